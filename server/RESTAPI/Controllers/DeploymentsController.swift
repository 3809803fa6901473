import Domain
import Hummingbird
import JSON
import Orchestration

struct DeploymentsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] { ownRoutes + runRoutes }

    private var ownRoutes: [Route] {
        [
            .post("/deployments", create)
                .does(
                    "Make a deployment, or change the one of its flow and name", takes: .deploymentCreate,
                    .created(.deployment), .ok(.deployment), .notFound),
            .get("/deployments/{id}", read)
                .does("Read a deployment", .ok(.deployment)),
            .patch("/deployments/{id}", update)
                .does("Change a deployment", takes: .deploymentUpdate, .noContent),
            .delete("/deployments/{id}", delete)
                .does("Delete a deployment", .noContent),
            .get("/deployments/name/{flow}/{deployment}", readByName)
                .does("Read a deployment by its flow's name and its own", .ok(.deployment)),
            .post("/deployments/filter", filter)
                .does(
                    "List deployments", takes: .listRequest(sort: .words(of: DeploymentOrder.self)),
                    .ok(.list(of: .deployment))),
            .post("/deployments/count", count)
                .does("Count deployments", takes: .relatedFilters, .ok(.count)),
            .post("/deployments/paginate", paginate)
                .does(
                    "Read a page of deployments", takes: .pageRequest(sort: .words(of: DeploymentOrder.self)),
                    .ok(.page(of: .deployment))),
        ]
    }

    private var runRoutes: [Route] {
        [
            .post("/deployments/get_scheduled_flow_runs", poll)
                .does(
                    "List the runs that those who serve deployments could execute", takes: .deploymentPoll,
                    .ok(.list(of: .flowRun))),
            .post("/deployments/{id}/create_flow_run", createRun)
                .does(
                    "Submit a run of a deployment", takes: .deploymentRunCreate, .created(.deploymentRun),
                    .ok(.deploymentRun)),
            .post("/deployments/{id}/create_flow_run/bulk", createRuns)
                .does("Submit runs of a deployment", takes: .list(of: .deploymentRunCreate), .ok(.bulkRunResults)),
            .post("/deployments/bulk_delete", deleteMany)
                .does("Delete deployments", takes: .bulkRequest, .ok(.deleted)),
            .get("/deployments/{id}/work_queue_check", queues)
                .does("List the queues that the runs of a deployment wait in", .ok(.list(of: .workQueue))),
            .get("/deployments/{id}/versions", versions)
                .does(
                    "List the versions of a deployment", query: [.optional("before", .whole)],
                    .ok(.list(of: .deploymentVersion))),
            .get("/deployments/{id}/sla_breaches", breaches)
                .does(
                    "List what a deployment and its runs have not kept of what is expected of them, the newest first",
                    query: [.optional("limit", .whole(Self.breachPage))], .ok(.list(of: .levelBreach))),
            .post("/deployments/{id}/rollback", rollBack)
                .does("Have a deployment be again what it was", takes: .rollback, .ok(.deployment)),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: DeploymentBody = try await call.body()
        let (deployment, isNew) = try await orchestrator.deploy(body.request)
        return .json(try await orchestrator.describe(deployment).view, isNew ? .created : .ok)
    }

    private func read(_ call: Call) async throws -> Response {
        let deployment = try await orchestrator.deployment(try call.id(of: Deployment.self))
        return .json(try await orchestrator.describe(deployment).view)
    }

    private func readByName(_ call: Call) async throws -> Response {
        let deployment = try await orchestrator.deployment(
            named: try call.name("deployment"), ofFlow: try call.name("flow"))
        return .json(try await orchestrator.describe(deployment).view)
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: DeploymentChanges = try await call.body()
        let id = try call.id(of: Deployment.self)
        do {
            try await orchestrator.updateDeployment(
                id, poolName: changes.poolName, queueName: changes.queueName, leavesPool: changes.leavesPool,
                schedules: changes.schedules, changes.apply)
        } catch OrchestrationError.invalidParameters(let violations) {
            throw Problem(
                .conflict, "Error updating deployment: \(violations.map(\.description).joined(separator: "; "))")
        }
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteDeployment(try call.id(of: Deployment.self))
        return .noContent
    }

    private func deleteMany(_ call: Call) async throws -> Response {
        .json(["deleted": try await orchestrator.deleteDeployments(try await call.body()).json])
    }

    private func queues(_ call: Call) async throws -> Response {
        let queues = try await orchestrator.queues(ofDeployment: try call.id(of: Deployment.self))
        return .json(.list(queues, \.view))
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: ListRequest<DeploymentOrder> = try await call.body()
        return .json(.list(try await orchestrator.deployments(request), \.view))
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countDeployments(try await call.body()).json)
    }

    private func paginate(_ call: Call) async throws -> Response {
        let request: PageRequest<DeploymentOrder> = try await call.body()
        return .json(try await orchestrator.deployments(request).view(\.view))
    }

    private func poll(_ call: Call) async throws -> Response {
        let body: DeploymentPollBody = try await call.body()
        let now = orchestrator.now
        let runs = try await orchestrator.offers(ofDeployments: body.deploymentIDs, body.poll)
        return .json(.list(runs) { $0.view(at: now) })
    }

    private func createRun(_ call: Call) async throws -> Response {
        let body: FlowRunBody = try await call.body()
        let request = body.request(stateID: orchestrator.surroundings.newID(), at: orchestrator.now)
        let submission = try await orchestrator.submitOrRefuse(request, to: try call.id(of: Deployment.self))
        var view = submission.run.members(at: orchestrator.now)
        view["is_served"] = .bool(try await orchestrator.isServed(submission))
        return .json(.object(view), submission.isNew ? .created : .ok)
    }

    /// How many runs Prefect's server creates at once.
    private static let bulkLimit = 100

    private func createRuns(_ call: Call) async throws -> Response {
        let bodies: [FlowRunBody] = try await call.body()
        guard bodies.count <= Self.bulkLimit else {
            throw Problem(.badRequest, "Cannot create more than \(Self.bulkLimit) flow runs at once.")
        }
        let requests = bodies.map { $0.request(stateID: orchestrator.surroundings.newID(), at: orchestrator.now) }
        let results = try await orchestrator.submit(each: requests, to: try call.id(of: Deployment.self))
        return .json(.object(["results": .list(results, \.view)]))
    }

    /// How many versions are handed over at once.
    private static let versionPage = 200

    private func versions(_ call: Call) async throws -> Response {
        let before = call.query("before")
        guard before == nil || before.flatMap({ Int($0) }) != nil else {
            throw Problem.invalid("?before= takes the number of a version, not \"\(before ?? "")\"")
        }
        let versions = try await orchestrator.versions(
            of: try call.id(of: Deployment.self), before: before.flatMap { Int($0) }, limit: Self.versionPage)
        return .json(.list(versions, \.view))
    }

    /// How many breaches are handed over at once.
    private static let breachPage = 1...200

    private func breaches(_ call: Call) async throws -> Response {
        let text = call.query("limit") ?? "\(Self.breachPage.upperBound)"
        guard let limit = Int(text), Self.breachPage.contains(limit) else {
            throw Problem.invalid("?limit= takes a number from 1 to \(Self.breachPage.upperBound), not \"\(text)\"")
        }
        let breaches = try await orchestrator.breaches(of: try call.id(of: Deployment.self), limit: limit)
        return .json(.list(breaches, \.json))
    }

    private func rollBack(_ call: Call) async throws -> Response {
        let body: RollbackBody = try await call.body()
        let deployment = try await orchestrator.rollBack(try call.id(of: Deployment.self), to: body.version)
        return .json(try await orchestrator.describe(deployment).view)
    }
}

extension Result<ID<FlowRun>, OrchestrationError> {
    /// What became of one of many runs, in the words of Prefect's server.
    fileprivate var view: JSONValue {
        switch self {
        case .success(let run): .object(["flow_run_id": .string(run.description), "status": "CREATED", "error": .null])
        case .failure(.invalidParameters(let violations)):
            failed("Parameter validation failed: " + violations.map(\.description).joined(separator: "; "))
        case .failure(let error): failed(error.description)
        }
    }

    private func failed(_ reason: String) -> JSONValue {
        .object(["flow_run_id": .null, "status": "FAILED", "error": .string(reason)])
    }
}

extension Orchestrator {
    /// Submits a run; bad parameters are refused in the words of Prefect's server.
    func submitOrRefuse(
        _ request: RunRequest, to deployment: ID<Deployment>
    ) async throws -> Submission {
        do {
            return try await submit(request, to: deployment)
        } catch OrchestrationError.invalidParameters(let violations) {
            let reasons = violations.map(\.description).joined(separator: "; ")
            throw Problem(.conflict, "Error creating flow run: \(reasons)")
        } catch OrchestrationError.missingParameter(let missing) {
            throw Problem(.conflict, "Error creating flow run: \(missing)")
        }
    }

    fileprivate func isServed(_ submission: Submission) async throws -> Bool {
        if submission.isGranted { return true }
        let run = submission.run.run
        if let queue = run.queueID { return try await isServed(queue) }
        guard let deployment = run.deploymentID else { return false }
        return try await isServed(deployment)
    }
}
