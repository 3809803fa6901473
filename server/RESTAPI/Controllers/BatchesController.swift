import Domain
import Hummingbird
import JSON
import Orchestration

/// Many runs at once.
struct BatchesController: Controller {
    private static let mediaTypes: Set<String> = [
        "application/x-ndjson", "application/jsonl", "application/ndjson", "application/x-jsonlines",
    ]

    let orchestrator: Orchestrator
    let configuration: RESTConfiguration

    var routes: [Route] {
        [
            .post("/batches", create)
                .does(
                    "Submit many runs of a deployment: their parameters, a line of JSON each", takes: .lines,
                    query: [.optional("deployment", .text), .optional("deployment_id", .id), .optional("name", .text)],
                    .created(.batch), .notFound),
            .get("/batches/{id}", read)
                .does("Read a batch", .ok(.batch)),
            .post("/batches/filter", filter)
                .does("List batches", takes: .listRequest(), .ok(.list(of: .batch))),
            .get("/batches/find/{prefix}", find)
                .does("Find a batch by the beginning of its id", .ok(.batch), .conflict),
            .post("/batches/{id}/cancel", cancel)
                .does("Cancel what has not ended of a batch", takes: .reason, .ok(.cancelled)),
            .post("/batches/{id}/pause") { try await setPaused($0, true) }
                .does("Have the runs of a batch wait", .ok(.batch)),
            .post("/batches/{id}/resume") { try await setPaused($0, false) }
                .does("Have the runs of a batch wait no longer", .ok(.batch)),
            .post("/batches/{id}/retry", retry)
                .does("Run again what has failed of a batch", takes: .reason, .ok(.retried)),
            .get("/batches/{id}/follow", follow)
                .does("Follow a batch as it proceeds, as server-sent events", .sends(.events)),
        ]
    }

    /// The body is read as it comes, and as fast as it is stored.
    private func create(_ call: Call) async throws -> Response {
        guard let type = call.mediaType, Self.mediaTypes.contains(type) else {
            throw Problem(
                .unsupportedMediaType, "a batch is sent as lines of JSON, with \"Content-Type: application/x-ndjson\"")
        }
        let deployment = try await deployment(call)
        let batch = try await orchestrator.submitBatch(
            BatchLines(call.request), to: deployment, named: call.query("name"))
        return .json(try await orchestrator.describedBatch(batch.id).view, .created)
    }

    private func deployment(_ call: Call) async throws -> ID<Deployment> {
        if let id = call.query("deployment_id") {
            guard let id = ID<Deployment>(id) else { throw Problem.notFound("Deployment \"\(id)\" not found") }
            return try await orchestrator.deployment(id).id
        }
        let names = call.query("deployment")?.split(separator: "/", maxSplits: 1).map { String($0) } ?? []
        guard names.count == 2 else {
            throw Problem.invalid("say which deployment is to run: ?deployment=FLOW/DEPLOYMENT or ?deployment_id=ID")
        }
        return try await orchestrator.deployment(named: names[1], ofFlow: names[0]).id
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.describedBatch(try call.id(of: Batch.self)).view)
    }

    private func find(_ call: Call) async throws -> Response {
        .json(try await orchestrator.findBatch(try call.name("prefix")).view)
    }

    private func setPaused(_ call: Call, _ isPaused: Bool) async throws -> Response {
        let id = try call.id(of: Batch.self)
        try await orchestrator.setPaused(batch: id, isPaused)
        return .json(try await orchestrator.describedBatch(id).view)
    }

    private func retry(_ call: Call) async throws -> Response {
        let id = try call.id(of: Batch.self)
        let body: ReasonBody = try await call.body()
        let count = try await orchestrator.retryBatch(id, reason: body.reason ?? "retried with its batch")
        return .json(["retried": count.json])
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: ListRequest<BatchOrder> = try await call.body()
        return .json(.list(try await orchestrator.batches(request), \.view))
    }

    private func cancel(_ call: Call) async throws -> Response {
        let id = try call.id(of: Batch.self)
        let body: ReasonBody = try await call.body()
        return .json([
            "cancelled": try await orchestrator.cancelBatch(id, reason: body.reason ?? "cancelled by request").json
        ])
    }

    private func follow(_ call: Call) async throws -> Response {
        let batch = try await orchestrator.describedBatch(try call.id(of: Batch.self)).batch
        let notices = orchestrator.bulletin.notices(limit: 1) { notice in
            if case .runChanged(let change) = notice { change.batchID == batch.id } else { false }
        }
        return .events(
            for: call, on: notices, keepAlive: configuration.keepAlive,
            BatchTeller(orchestrator: orchestrator, batch: batch.id))
    }
}
