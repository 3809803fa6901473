import APIClient
import Bundles
import DeploymentDocument

/// Why a command did not do what it was asked to: the cause, the value and the remedy.
struct CommandFailure: Error, CustomStringConvertible {
    /// What the shell is told.
    enum Code: Int32 {
        /// The run or the operation failed, or the server refused it.
        case failed = 1
        /// What was asked for is wrong, and that could be seen without a server.
        case usage = 2
        case unreachable = 3
    }

    let code: Code
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    static func usage(_ description: String) -> CommandFailure { CommandFailure(.usage, description) }
    static func failed(_ description: String) -> CommandFailure { CommandFailure(.failed, description) }

    /// Any error that a command may throw.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as APIError: self.init(error)
        case let error as BatchProductionError:
            let cause = CommandFailure(error.cause)
            self.init(cause.code, "\(cause.description)\nNothing was queued.")
        case let error as InvalidDocument:
            let count = HumanAmount.of(error.problems.count, "problem")
            self.init(.usage, "\(count) in \(error.file), so nothing was deployed:\n\(error)")
        case let error as UnreadableDocument: self.init(.usage, error.description)
        case let error as BundleError: self.init(.failed, "the code cannot be packed: \(error)")
        default: self.init(.failed, "\(error)")
        }
    }

    private init(_ error: APIError) {
        switch error {
        case .unreachable, .unexpected:
            self.init(
                .unreachable,
                """
                \(error)
                Start one with 'sluice dev', or name another by --api URL or SLUICE_API_URL.
                """)
        case .interrupted: self.init(.unreachable, "\(error)")
        case .invalidAddress: self.init(.usage, "\(error); give one like http://127.0.0.1:4200/api")
        case .refused(status: 401, _):
            self.init(
                .failed,
                """
                the server wants to know who calls it
                Put its auth string, USER:PASSWORD, into the variable SLUICE_API_AUTH_STRING.
                """)
        case .refused(_, let detail): self.init(.failed, Refusal.plain(detail))
        case .unsendable, .cancelled: self.init(.failed, "\(error)")
        }
    }
}

/// The command has said all there is to say, and ends with a code other than 0: a run that it followed has failed.
struct QuietFailure: Error {}
