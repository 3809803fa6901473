public import Domain
public import JSON
import Storage

extension Orchestrator {
    /// Keeps filters under a name, instead of those that were kept under it.
    ///
    /// - Returns: the saved search, and whether it is new.
    public func saveSearch(
        named name: String, filters: [JSONValue]
    ) async throws -> (search: SavedSearch, isNew: Bool) {
        try await change { change in
            let former = try change.store.savedSearch(named: name)
            var search =
                former
                ?? SavedSearch(
                    id: change.surroundings.newID(), name: name, filters: filters, created: change.now,
                    updated: change.now)
            search.filters = filters
            search.updated = change.now
            try change.store.save(search)
            return (search, former == nil)
        }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func savedSearch(_ id: ID<SavedSearch>) async throws -> SavedSearch {
        try await database.read { try $0.savedSearch(id) }.orNotFound("Saved search", id)
    }

    /// The saved searches that are asked for.
    public func savedSearches(_ request: ListRequest<SavedSearchOrder>) async throws -> [SavedSearch] {
        try await database.read { try $0.savedSearches(request.query(.always)) }
    }

    /// - Throws: `OrchestrationError.notFound`.
    public func deleteSavedSearch(_ id: ID<SavedSearch>) async throws {
        try await change { change in
            _ = try change.store.savedSearch(id).orNotFound("Saved search", id)
            try change.store.deleteSavedSearch(id)
        }
    }
}
