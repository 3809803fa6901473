public import JSON

/// A named unit of work that somebody wrote. Names are unique.
public struct Flow: Sendable, Hashable {
    public let id: ID<Flow>
    public var name: String
    public var tags: [String]
    public var labels: JSONObject
    public var created: Timestamp
    public var updated: Timestamp

    public init(
        id: ID<Flow>, name: String, tags: [String] = [], labels: JSONObject = [:], created: Timestamp,
        updated: Timestamp
    ) {
        self.id = id
        self.name = name
        self.tags = tags
        self.labels = labels
        self.created = created
        self.updated = updated
    }
}
