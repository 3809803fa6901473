public import Domain
import Secrets
import Storage

/// Why a use case did not come to its end, whatever layer found out: what those who tell it to clients distinguish.
public enum UseCaseFailure: Sendable {
    /// Somebody's mistake, or the state of the world.
    case refused(OrchestrationError)
    /// What was asked for may not happen to a run in the state that it is in.
    case illegal(IllegalTransition)
    /// Somebody else changed the same thing at the same time.
    case overtaken(String)
    /// The storage cannot be used now; later it may.
    case unavailable(String)
    /// The disk has no room for what was asked. Nothing of it was kept.
    case full(String)
    /// A fault of the program or damaged data: nothing that a client could mend.
    case fault(String)

    public init(_ error: any Error) {
        switch error {
        case let error as OrchestrationError: self = .refused(error)
        case let error as IllegalTransition: self = .illegal(error)
        case let error as StorageError: self.init(error)
        case let error as SecretFailure: self.init(error)
        default: self = .fault("\(error)")
        }
    }

    private init(_ error: SecretFailure) {
        switch error {
        case .noKey, .otherKey: self = .unavailable(error.description)
        case .damaged: self = .fault(error.description)
        }
    }

    private init(_ error: StorageError) {
        switch error {
        case .conflict, .constraint: self = .overtaken(error.description)
        case .unavailable: self = .unavailable(error.description)
        case .full: self = .full(error.description)
        case .corrupt: self = .fault(error.description)
        }
    }
}
