import Domain
import Hummingbird
import JSON
import Orchestration

struct ArtifactsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/artifacts", create)
                .does("Make an artifact", takes: .artifactCreate, .created(.artifact)),
            .get("/artifacts/{id}", read)
                .does("Read an artifact", .ok(.artifact)),
            .patch("/artifacts/{id}", update)
                .does("Change an artifact", takes: .artifactUpdate, .noContent),
            .delete("/artifacts/{id}", delete)
                .does("Delete an artifact", .noContent),
            // (At one place of a path, the router wants one name.)
            .get("/artifacts/{id}/latest", readLatest)
                .does("Read the latest artifact of a key", path: ["id": .segment], .ok(.artifact)),
            .post("/artifacts/filter", filter)
                .does("List artifacts", takes: .artifactListRequest, .ok(.list(of: .artifact))),
            .post("/artifacts/count", count)
                .does("Count artifacts", takes: .artifactFilters, .ok(.count)),
            .post("/artifacts/latest/filter", filterLatest)
                .does(
                    "List the latest artifact of each key", takes: .artifactListRequest,
                    .ok(.list(of: .artifactCollection))),
            .post("/artifacts/latest/count", countLatest)
                .does("Count the keys of artifacts", takes: .artifactFilters, .ok(.count)),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: ArtifactBody = try await call.body()
        return .json(try await orchestrator.createArtifact(body.request).view, .created)
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.artifact(try call.id(of: Artifact.self)).view)
    }

    private func readLatest(_ call: Call) async throws -> Response {
        .json(try await orchestrator.artifactCollection(key: try call.name("id")).latestView)
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: ArtifactChanges = try await call.body()
        try await orchestrator.updateArtifact(try call.id(of: Artifact.self), changes.apply)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteArtifact(try call.id(of: Artifact.self))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: FilteredRequest<ArtifactFilters, ArtifactOrder> = try await call.body()
        return .json(.list(try await orchestrator.artifacts(request), \.view))
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countArtifacts(try await call.body()).json)
    }

    private func filterLatest(_ call: Call) async throws -> Response {
        let request: FilteredRequest<ArtifactFilters, ArtifactOrder> = try await call.body()
        return .json(.list(try await orchestrator.artifactCollections(request), \.view))
    }

    private func countLatest(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countArtifactCollections(try await call.body()).json)
    }
}
