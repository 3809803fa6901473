public import JSON

/// A named value that flows and templates read. Names are unique.
public struct Variable: Sendable, Hashable {
    /// Characters of a name, at most.
    public static let longestName = 255
    /// Bytes of a value as JSON without blanks, at most.
    public static let largestValue = 5000

    /// Whether a variable may be called so.
    public static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.count <= longestName
            && text.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" || $0 == "_"
            }
    }

    public let id: ID<Variable>
    public var name: String
    public var value: JSONValue
    public var tags: [String]
    public let created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<Variable>, name: String, value: JSONValue, tags: [String] = [], created: Timestamp, updated: Timestamp
    ) {
        self.id = id
        self.name = name
        self.value = value
        self.tags = tags
        self.created = created
        self.updated = updated
    }
}
