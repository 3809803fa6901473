/// Why an attempt cannot be started here. The description is what people read as the run's state message.
enum PreparationError: Error, Sendable, Hashable, CustomStringConvertible {
    case emptyCommand
    /// A NUL in an argument or a variable, which the system could not pass on.
    case unpassable(String)
    case workingDirectoryOutside(String)
    case workingDirectoryMissing(String)
    /// A relative working directory without a bundle that it could be relative to.
    case workingDirectoryNotAbsolute(String)
    case file(AgentDataError)
    case bundle(digest: String, reason: String)
    /// - Parameter source: where it was to come from, without credentials.
    case code(String, reason: String)
    case python(String)

    /// Whether the deployment's code could not be had: another attempt may have more luck.
    var isLackOfCode: Bool {
        switch self {
        case .bundle, .code: true
        default: false
        }
    }

    var description: String {
        switch self {
        case .emptyCommand: "the command is empty; give the deployment one"
        case .unpassable(let what): "\(what) cannot be passed to a program; remove the NUL byte or the sign ="
        case .workingDirectoryOutside(let path):
            "the working directory \(path) lies outside of the deployment's code; give a path below its root"
        case .workingDirectoryMissing(let path): "no such working directory in the deployment's code: \(path)"
        case .workingDirectoryNotAbsolute(let path):
            "the working directory \(path) is relative, and no code is shipped that it could be relative to; "
                + "give an absolute path, or ship the code"
        case .file(let error): error.description
        case .bundle(let digest, let reason): "the code (bundle \(digest.prefix(12))) cannot be had: \(reason)"
        case .code(let source, let reason): "the code (\(source)) cannot be had: \(reason)"
        case .python(let reason): reason
        }
    }
}
