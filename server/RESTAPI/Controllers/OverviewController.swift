import Domain
import Hummingbird
import JSON
import Orchestration

/// What pages show of many things at once: the routes that Prefect's UI has for itself.
struct OverviewController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/ui/flow_runs/history", runs)
                .does("List runs as points in time", takes: .runMarksRequest, .ok(.list(of: .runMark))),
            .post("/ui/flows/count-deployments", countDeployments)
                .does("Count the deployments of flows", takes: .flowIDs, .ok(.map(of: .count))),
            .post("/ui/flows/next-runs", nextRuns)
                .does("List the next run of flows", takes: .flowIDs, .ok(.map(of: Schema.nextRun.orNull))),
        ]
    }

    private func runs(_ call: Call) async throws -> Response {
        .json(.list(try await orchestrator.runMarks(try await call.body()), \.view))
    }

    private func countDeployments(_ call: Call) async throws -> Response {
        let body: FlowIDsBody = try await call.body()
        let counts = try await orchestrator.deploymentCounts(of: body.flows)
        return .json(body.view { (counts[$0] ?? 0).json })
    }

    private func nextRuns(_ call: Call) async throws -> Response {
        let body: FlowIDsBody = try await call.body()
        let runs = try await orchestrator.nextRuns(of: body.flows)
        return .json(body.view { runs[$0]?.view ?? .null })
    }
}

/// Which flows something is asked of.
private struct FlowIDsBody: JSONReadable, Sendable {
    let flows: [ID<Flow>]

    init(reading reader: JSONReader) throws(JSONReadingError) {
        flows = try reader.required("flow_ids")
        guard flows.count <= ListLimits.most else {
            throw try reader.required("flow_ids").error(
                "too_long", "List should have at most \(ListLimits.most) items after validation, not \(flows.count)")
        }
    }

    /// Something for each of them.
    func view(_ value: (ID<Flow>) -> JSONValue) -> JSONValue {
        var view: JSONObject = [:]
        for flow in flows { view[flow.description] = value(flow) }
        return .object(view)
    }
}
