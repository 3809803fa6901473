public import JSON

/// Filters that somebody keeps under a name. Names are unique.
public struct SavedSearch: Sendable, Hashable {
    public let id: ID<SavedSearch>
    public let name: String
    public var filters: [JSONValue]
    public let created: Timestamp
    public var updated: Timestamp

    public init(id: ID<SavedSearch>, name: String, filters: [JSONValue], created: Timestamp, updated: Timestamp) {
        self.id = id
        self.name = name
        self.filters = filters
        self.created = created
        self.updated = updated
    }
}
