import Glibc

/// Why an agent cannot use its data directory.
public enum AgentDataError: Error, Sendable, Hashable, CustomStringConvertible {
    case unusable(path: String, reason: String)
    /// Another agent runs on the same directory.
    case inUse(directory: String, holder: String)
    /// `agent.id` does not hold an id.
    case invalidID(path: String, content: String)

    public var description: String {
        switch self {
        case .unusable(let path, let reason):
            "\(path) cannot be used: \(reason). Choose another directory with --data, or change its permissions."
        case .inUse(let directory, let holder):
            "another agent\(holder) runs on \(directory). Stop it, or give each agent a directory of its own "
                + "with --data."
        case .invalidID(let path, let content):
            "\(path) holds no id: \"\(content)\". Restore it, or delete it to make this another agent."
        }
    }
}

/// What the C library says about an errno.
func systemReason(_ number: Int32) -> String {
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
}
