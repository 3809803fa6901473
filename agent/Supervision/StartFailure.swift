/// Why a child could not be started. Nothing of it is running.
public enum StartFailure: Error, Sendable, Equatable {
    /// No such command: the name or path as it was given.
    case commandNotFound(String)
    /// The command is there but may not be executed, is no program, or its interpreter is missing.
    case notExecutable(String)
    /// The working directory is missing or is no directory.
    case directoryMissing(String)
    /// Its lease was over by the time that the supervisor heard of it: the supervisor had been stopped.
    case leaseEnded
    /// The supervisor is ending and starts nothing any more.
    case shuttingDown
    /// Anything else that the system refused.
    case other(errno: Int32, message: String)
}

extension StartFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .commandNotFound(let command):
            "command not found: \(command); give a full path or put its directory into PATH"
        case .notExecutable(let command):
            "not executable: \(command); check its permissions, its format, and the interpreter named in its first line"
        case .directoryMissing(let directory):
            "no such working directory: \(directory)"
        case .leaseEnded: "its lease ended before it could be started"
        case .shuttingDown: "the supervisor is shutting down"
        case .other(_, let message):
            message
        }
    }
}
