import JSON

/// Where a schema stands: in which document, and where in that.
struct SchemaLocation: Sendable, Hashable {
    /// The URI by which the document was asked for; empty for the schema that is being compiled.
    let document: String
    /// A JSON pointer (RFC 6901).
    let pointer: String

    static let root = SchemaLocation(document: "", pointer: "")

    static func + (place: SchemaLocation, pointer: String) -> SchemaLocation {
        SchemaLocation(document: place.document, pointer: place.pointer + pointer)
    }

    /// The pointer, after the document's URI if it is another document than the one being compiled.
    var description: String { document.isEmpty ? pointer : "\(document)#\(pointer)" }

    /// The schema that this one is a part of; nil for a whole document.
    var parent: SchemaLocation? {
        pointer.lastIndex(of: "/").map { SchemaLocation(document: document, pointer: String(pointer[..<$0])) }
    }
}
