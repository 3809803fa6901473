import Domain
import Storage
import Synchronization

/// Whether changes can be stored now, as far as can be told without storing any.
final class StorageWatch: Sendable {
    /// The write-ahead logs want some room before their content goes back into the databases.
    static let reserve = 8 << 20
    /// How long a failure is held against the disk: what nobody tries again any more is not to stand for ever.
    static let memory: Duration = .seconds(5)

    private let failure = Mutex<(at: Timestamp, message: String)?>(nil)

    /// Notes that a change was stored.
    func stored() { failure.withLock { $0 = nil } }

    /// Notes why a change was not stored, if that was the storage's fault.
    func failed(_ error: any Error, at now: Timestamp) {
        switch error as? StorageError {
        case .full, .unavailable: failure.withLock { $0 = (now, "\(error)") }
        case .conflict, .constraint, .corrupt, nil: break
        }
    }

    /// Why changes cannot be stored, or soon will not be.
    ///
    /// - Parameter free: bytes that are left where the data are, if that is known.
    func complaint(at now: Timestamp, free: Int?) -> String? {
        if let failure = failure.withLock({ $0 }), now - failure.at < Self.memory { return failure.message }
        guard let free, free < Self.reserve else { return nil }
        return
            "the server's disk is full: \(free >> 10) KiB are left, and it wants \(Self.reserve >> 20) MiB; free space "
            + "where it keeps its data, and it goes on by itself"
    }
}
