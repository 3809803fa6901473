import Domain
import Hummingbird
import JSON
import Orchestration

/// Runs that are taken together: changed at once, or summed up.
struct RunSetsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/flow_runs/bulk_delete", delete)
                .does("Delete runs", takes: .bulkRequest, .ok(.deleted)),
            .post("/flow_runs/bulk_set_state", setState)
                .does("Propose a state for runs", takes: .bulkProposal, .ok(.bulkResult)),
            .post("/flow_runs/history", history)
                .does("Count runs by spans of time", takes: .historyRequest, .ok(.list(of: .history))),
            .post("/task_runs/history", historyOfTasks)
                .does("Count task runs by spans of time", takes: .historyRequest, .ok(.list(of: .history))),
            .post("/flow_runs/lateness", lateness)
                .does(
                    "Read how late runs are on average, in seconds", takes: .relatedFilters, .ok(Schema.seconds.orNull)),
        ]
    }

    private func delete(_ call: Call) async throws -> Response {
        .json(["deleted": try await orchestrator.deleteRuns(try await call.body()).json])
    }

    private func setState(_ call: Call) async throws -> Response {
        let body: BulkProposalBody = try await call.body()
        let answers = try await orchestrator.propose(forEach: body.runs, force: body.proposal.isForced) {
            [orchestrator] in
            body.proposal.state.state(orchestrator.surroundings.newID(), at: orchestrator.now)
        }
        let results: [JSONValue] = answers.map { run, answer in
            var view = answer.view(of: run).objectValue ?? [:]
            view["flow_run_id"] = run.json
            return .object(view)
        }
        return .json(["results": .array(results)])
    }

    private func history(_ call: Call) async throws -> Response {
        .json(.list(try await orchestrator.history(try await call.body()), \.view))
    }

    private func historyOfTasks(_ call: Call) async throws -> Response {
        .json(.list(try await orchestrator.historyOfTaskRuns(try await call.body()), \.view))
    }

    private func lateness(_ call: Call) async throws -> Response {
        .json(try await orchestrator.meanLateness(try await call.body()).json)
    }
}

/// What `bulk_set_state` is given.
private struct BulkProposalBody: JSONReadable, Sendable {
    let runs: BulkRequest
    let proposal: ProposalBody

    init(reading reader: JSONReader) throws(JSONReadingError) {
        runs = try BulkRequest(reading: reader)
        proposal = try ProposalBody(reading: reader)
    }
}
