/// Why the supervisor could not be reached or a capture file not be read.
public enum SupervisionError: Error, Sendable, Equatable {
    /// The command that starts a supervisor did not: what it said, or why it could not be run.
    case launchFailed(command: String, reason: String)
    /// No supervisor answers in this directory.
    case unreachable(directory: String, errno: Int32)
    /// The supervisor speaks another version of the protocol.
    case versionMismatch(supervisor: UInt16, agent: UInt16)
    /// The connection ended before the answer came.
    case disconnected
    /// The capture file could not be read.
    case captureUnreadable(path: String, errno: Int32)
    /// What stands at this offset of the capture file is no record.
    case captureDamaged(path: String, offset: UInt64)
}

extension SupervisionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .launchFailed(let command, let reason):
            "cannot start the supervisor (\(command)): \(reason)"
        case .unreachable(let directory, let number):
            "no supervisor answers in \(directory): \(systemMessage(number))"
        case .versionMismatch(let supervisor, let agent):
            "the running supervisor speaks version \(supervisor), this agent \(agent); "
                + "it ends by itself when its children have ended, or with SIGTERM, which stops them"
        case .disconnected:
            "the supervisor closed the connection"
        case .captureUnreadable(let path, let number):
            "cannot read captured output \(path): \(systemMessage(number))"
        case .captureDamaged(let path, let offset):
            "captured output \(path) is damaged at byte \(offset)"
        }
    }
}
