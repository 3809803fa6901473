public import Domain

/// Why a use case did not do what it was asked. Each is somebody's mistake or the state of the world, never a fault of
/// the program; the API makes a response of each in one place.
public enum OrchestrationError: Error, Sendable, CustomStringConvertible {
    /// There is no such thing. `kind` is a word of the vocabulary; `name` is what was looked for.
    /// `hint` says what there is instead.
    case notFound(kind: String, name: String, hint: String? = nil)
    /// It exists already, or something that exists stands against it.
    case conflict(String)
    /// The parameters do not satisfy the deployment's schema.
    case invalidParameters([SchemaViolation])
    /// The command needs a parameter that the run does not have.
    case missingParameter(UnresolvedReference)
    /// What was asked for makes no sense; the message says which value, and what would.
    case invalid(String)
    /// A line of a batch is not valid. Nothing of the batch was kept.
    case invalidBatchLine(number: Int, reason: String)
    /// It was there and is over.
    case gone(String)
    /// It belongs to the server itself, and clients may not do that to it.
    case forbidden(String)
    /// A block cannot hold another block in that way.
    case badReference(String)
    /// Larger than what is taken.
    case tooLarge(String)
    /// It was said with the credential of an attempt that has ended, or of none.
    case refusedSpeaker(String)

    public var description: String {
        switch self {
        case .notFound(let kind, let name, let hint):
            "\(kind) \"\(name)\" not found" + (hint.map { ": \($0)" } ?? "")
        case .conflict(let message), .invalid(let message), .tooLarge(let message), .forbidden(let message),
            .badReference(let message), .gone(let message), .refusedSpeaker(let message):
            message
        case .invalidParameters(let violations):
            "the parameters are not valid: " + violations.map(\.description).joined(separator: "; ")
        case .missingParameter(let missing): missing.description
        case .invalidBatchLine(let number, let reason):
            "line \(number) of the batch is not valid: \(reason) (nothing of the batch was kept)"
        }
    }
}
