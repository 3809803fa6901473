import Domain
import Hummingbird
import JSON
import Orchestration

struct SavedSearchesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .put("/saved_searches", save)
                .does(
                    "Save a search under a name", takes: .savedSearchCreate, .created(.savedSearch), .ok(.savedSearch)),
            .get("/saved_searches/{id}", read)
                .does("Read a saved search", .ok(.savedSearch)),
            .delete("/saved_searches/{id}", delete)
                .does("Delete a saved search", .noContent),
            .post("/saved_searches/filter", filter)
                .does("List saved searches", takes: .listPart, .ok(.list(of: .savedSearch))),
        ]
    }

    private func save(_ call: Call) async throws -> Response {
        let body: SavedSearchBody = try await call.body()
        let (search, isNew) = try await orchestrator.saveSearch(named: body.name, filters: body.filters)
        return .json(search.view, isNew ? .created : .ok)
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.savedSearch(try call.id(of: SavedSearch.self)).view)
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteSavedSearch(try call.id(of: SavedSearch.self))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        .json(.list(try await orchestrator.savedSearches(try await call.body()), \.view))
    }
}
