public import JSON

/// What a template refers to that is kept outside of it.
public protocol JobReferences {
    /// The value of a variable; nothing where there is none of that name.
    func variable(named name: String) throws -> JSONValue?

    /// What a block holds, its secrets in plain text; nothing where there is none.
    ///
    /// - Parameter type: the slug of its type.
    func block(named name: String, type: String) throws -> JSONObject?

    /// The same by the block's id.
    func block(id: String) throws -> JSONObject?
}

/// Why a job cannot be made from its template.
public enum JobTemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    case noBlock(String)
    case notInBlock(String)
    case notAText(String)
    case unreadable(field: String, expected: String)
    case unclosedQuote(String)
    case lookup(String)

    public var description: String {
        switch self {
        case .noBlock(let name):
            "there is no block \(name), which the deployment or its work pool refers to: make it, or change them"
        case .notInBlock(let path): "{{ \(path) }} names nothing in that block"
        case .notAText(let path): "{{ \(path) }} stands in the middle of a text, and is a list or an object"
        case .unreadable(let field, let expected): "\"\(field)\" of the job is to be \(expected)"
        case .unclosedQuote(let command): "a quotation in the command is not closed: \(command)"
        case .lookup(let reason): "what the job's template refers to could not be read: \(reason)"
        }
    }
}
