/// A schema cannot be used: it says something that JSON Schema does not know, or refers to what is not there.
public struct SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the schema, as a JSON pointer (RFC 6901); after the URI of the document, if that is another.
    public let pointer: String
    public let reason: String

    public init(pointer: String, reason: String) {
        self.pointer = pointer
        self.reason = reason
    }

    public var description: String {
        "invalid schema\(pointer.isEmpty ? "" : " at \(pointer)"): \(reason)"
    }
}
