import JSON

/// Which keywords count in a schema resource. Its metaschema says so: the document that `$schema` names lists the
/// vocabularies that such schemas are written in (`$vocabulary`).
struct SchemaDialect: Sendable {
    /// Keywords of vocabularies that the metaschema leaves out; they say nothing then.
    private let ignored: Set<String>
    /// Whether `format` is checked in any case.
    let assertsFormats: Bool
    /// A vocabulary that a reader has to know and we do not; such a schema must be refused.
    let unknownVocabulary: String?

    /// Draft 2020-12, whose formats are annotations.
    static let standard = SchemaDialect(ignored: [], assertsFormats: false, unknownVocabulary: nil)

    private init(ignored: Set<String>, assertsFormats: Bool, unknownVocabulary: String?) {
        self.ignored = ignored
        self.assertsFormats = assertsFormats
        self.unknownVocabulary = unknownVocabulary
    }

    /// Reads `$vocabulary` in the document that `$schema` names. A metaschema that is unknown or lists nothing is taken
    /// for the standard one.
    init(metaschema uri: String, in library: SchemaLibrary) {
        guard uri != Metaschema.uri, let listed = library.document(at: uri)?["$vocabulary"]?.objectValue else {
            self = .standard
            return
        }
        let known = Metaschema.vocabularies
        let missing = known.filter { !listed.contains(key: $0.uri) }
        let present = Set(known.filter { listed.contains(key: $0.uri) }.flatMap(\.keywords))
        self.init(
            ignored: Set(missing.flatMap(\.keywords)).subtracting(present).subtracting(Metaschema.coreKeywords),
            assertsFormats: listed.contains(key: Metaschema.formatAssertion),
            unknownVocabulary: listed.first { uri, isRequired in
                isRequired == true && !known.contains { $0.uri == uri }
            }?.key)
    }

    func hasKeyword(_ name: String) -> Bool {
        ignored.isEmpty || !ignored.contains(name)
    }
}
