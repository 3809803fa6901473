import Glibc

/// Why a process cannot be confined as its deployment says, and so is not started.
public enum ConfinementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Only root may be somebody else.
    case notRoot(user: String)
    case noUser(String)
    /// What is asked for needs control groups, which this agent may not make.
    case needsGroups(limit: String)
    case group(String, Int32)
    case unwritable(String)

    public var description: String {
        switch self {
        case .notRoot(let user):
            "it is to run as the user \(user), and only an agent that root has started can do that: start it as root, or "
                + "leave 'user' out"
        case .noUser(let user): "there is no user \(user) on this agent's host: make one, or change 'user'"
        case .needsGroups(let limit):
            "its limit of \(limit) needs control groups, which this agent may not make: start it as root, or leave the "
                + "limit out"
        case .group(let path, let code):
            "the control group \(path) cannot be set up: \(String(cString: strerror(code)))"
        case .unwritable(let path): "\(path) cannot be written"
        }
    }
}
