import Domain
import Hummingbird
import JSON
import Orchestration

/// Runs of deployments for times that have passed.
struct BackfillsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/deployments/{id}/backfill", create)
                .does(
                    "Submit the runs of a deployment for times that have passed, as a batch", takes: .backfillCreate,
                    .ok(.backfill))
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: BackfillBody = try await call.body()
        let backfill = try await orchestrator.backfill(body.request, of: try call.id(of: Deployment.self))
        var batch = JSONValue.null
        if let id = backfill.batch { batch = try await orchestrator.describedBatch(id).view }
        return .json(backfill.view(batch))
    }
}

extension Backfill {
    /// - Parameter batch: the view of its batch, or null.
    fileprivate func view(_ batch: JSONValue) -> JSONValue {
        var skipped = JSONObject()
        for omission in Rerun.Omission.allCases { skipped[omission.rawValue] = (omitted[omission] ?? 0).json }
        return [
            "batch": batch, "runs": intervals.count.json, "skipped": .object(skipped),
            "first": intervals.first?.start.json ?? .null, "last": intervals.last?.start.json ?? .null,
        ]
    }
}
