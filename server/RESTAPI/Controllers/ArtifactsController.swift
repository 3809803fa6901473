import Domain
import Hummingbird
import JSON
import Orchestration

struct ArtifactsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/artifacts", create),
            .get("/artifacts/{id}", read),
            .patch("/artifacts/{id}", update),
            .delete("/artifacts/{id}", delete),
            // (At one place of a path, the router wants one name.)
            .get("/artifacts/{id}/latest", readLatest),
            .post("/artifacts/filter", filter),
            .post("/artifacts/count", count),
            .post("/artifacts/latest/filter", filterLatest),
            .post("/artifacts/latest/count", countLatest),
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
