import JSON

/// The documents that a schema may refer to beside its own parts. Nothing is ever fetched: what is not here is unknown.
///
/// Any library has the metaschema of draft 2020-12 and those of its vocabularies.
public struct SchemaLibrary: Sendable {
    private let documents: [String: JSONValue]

    /// What a schema may refer to when nothing else is said: the metaschemas.
    public static let standard = SchemaLibrary([:])

    /// - Parameter documents: schemas by their URIs, which are absolute and have no fragment. They are trusted to be
    ///   of sensible size.
    public init(_ documents: [String: JSONValue]) {
        self.documents = documents
    }

    /// The document of that URI, which has no fragment.
    func document(at uri: String) -> JSONValue? {
        documents[uri] ?? Metaschema.document(at: uri)
    }
}
