public import JSON

/// Reads a YAML file that is no deployment as the values that it holds, by the same rules: what readers of YAML disagree
/// about is refused, and what is wrong is told with its line.
public enum ValueReader {
    /// - Returns: the documents of the file, in their order.
    /// - Throws: ``UnreadableDocument`` or ``InvalidDocument``.
    public static func values(of file: String) throws -> [JSONValue] {
        do {
            return try values(text: DocumentFolder.text(of: file, atMost: YAMLComposer.largestText), file: file)
        } catch let error as FileFailure {
            throw UnreadableDocument(reason: error.description)
        }
    }

    /// - Parameter file: how messages name the text.
    public static func values(text: String, file: String) throws(InvalidDocument) -> [JSONValue] {
        let problems = ProblemList()
        let values = YAMLComposer(problems: problems).roots(of: text).compactMap { $0.json(problems) }
        if values.isEmpty, problems.isEmpty {
            problems.add(DocumentPlace(line: 1, column: 1), "there is nothing in it")
        }
        guard problems.isEmpty else { throw InvalidDocument(file: file, problems: problems.problems) }
        return values
    }
}
