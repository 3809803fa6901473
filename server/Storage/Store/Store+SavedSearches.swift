public import Domain
import JSON

extension Store {
    private static let savedSearchColumns = "id, name, filters, created, updated"

    private static func savedSearch(_ reader: inout RowReader) throws(StorageError) -> SavedSearch {
        SavedSearch(
            id: try reader.id(), name: try reader.text(), filters: try reader.optionalJSON()?.arrayValue ?? [],
            created: try reader.time(), updated: try reader.time())
    }

    /// The saved search of that id.
    public func savedSearch(_ id: ID<SavedSearch>) throws(StorageError) -> SavedSearch? {
        try rows("SELECT \(Self.savedSearchColumns) FROM saved_search WHERE id = $1", .id(id))
            .decoded(Self.savedSearch).first
    }

    /// The saved search of that name.
    public func savedSearch(named name: String) throws(StorageError) -> SavedSearch? {
        try rows("SELECT \(Self.savedSearchColumns) FROM saved_search WHERE name = $1", .text(name))
            .decoded(Self.savedSearch).first
    }

    /// The saved searches that a query asks for.
    public func savedSearches(_ query: Query) throws(StorageError) -> [SavedSearch] {
        try select(Self.savedSearchColumns, from: "saved_search", query).decoded(Self.savedSearch)
    }

    /// Adds a saved search, or stores the filters of one that is there.
    public func save(_ search: SavedSearch) throws(StorageError) {
        try execute(
            """
            INSERT INTO saved_search (\(Self.savedSearchColumns)) VALUES (\(placeholders(5)))
            ON CONFLICT (id) DO UPDATE SET filters = excluded.filters, updated = excluded.updated
            """,
            .id(search.id), .text(search.name), .json(.array(search.filters)), .time(search.created),
            .time(search.updated))
    }

    /// Forgets a saved search.
    public func deleteSavedSearch(_ id: ID<SavedSearch>) throws(StorageError) {
        try execute("DELETE FROM saved_search WHERE id = $1", .id(id))
    }
}
