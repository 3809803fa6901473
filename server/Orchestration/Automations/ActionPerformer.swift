import Domain
import JSON
import Secrets
import Storage

/// Does actions, each so that doing it twice is no worse than once where that is in the server's hands.
struct ActionPerformer: Sendable {
    /// Why an action cannot be done, for people.
    struct Failure: Error {
        let reason: String
        var details: JSONObject = [:]
        /// Given when it is worth trying again.
        var postponement: Postponement?

        init(_ reason: String, details: JSONObject = [:], _ postponement: Postponement? = nil) {
            self.reason = reason
            self.details = details
            self.postponement = postponement
        }
    }

    let orchestrator: Orchestrator
    let messenger: any Messenger
    private let portraits: any ResourcePortraits

    init(_ orchestrator: Orchestrator, _ messenger: any Messenger, _ portraits: any ResourcePortraits) {
        self.orchestrator = orchestrator
        self.messenger = messenger
        self.portraits = portraits
    }

    /// - Throws: what keeps the server from knowing whether it is done, such as a full disk: it is tried again.
    func perform(_ triggered: TriggeredAction) async throws -> ActionResult {
        var result = ActionResult()
        do {
            try await perform(triggered, &result)
        } catch let failure as Failure {
            result.failure = failure.reason
            result.postponement = failure.postponement
            result.details = result.details.merging(failure.details)
        } catch let error as OrchestrationError {
            result.failure = "'\(triggered.action.type)' was refused: \(error)"
        } catch StorageError.corrupt(let what) {
            result.failure = "storage is damaged: \(what)"
        } catch let error as SecretFailure {
            result.failure = "the block cannot be opened: \(error)"
        }
        return result
    }

    private func perform(_ triggered: TriggeredAction, _ result: inout ActionResult) async throws {
        switch triggered.action {
        case .doNothing: break
        case .runDeployment(let run): try await start(run, triggered, &result)
        case .setDeploymentPaused(let isPaused, let target):
            let id = try triggered.id(of: target, .deployment, "deployment")
            result.related = [EventResource(.deployment, "\(id)", role: "target")]
            try await orchestrator.setPaused(isPaused, deployment: id)
            result.details["status_code"] = 200
        case .setPoolPaused(let isPaused, let target):
            try await setPaused(isPaused, pool: try triggered.id(of: target, .workPool, "work pool"), &result)
        case .setQueuePaused(let isPaused, let target):
            let id = try triggered.id(of: target, .workQueue, "work queue")
            result.related = [EventResource(.workQueue, "\(id)", role: "target")]
            try await orchestrator.updateQueue(id) { $0.isPaused = isPaused }
            result.details["status_code"] = 204
        case .setAutomationPaused(let isPaused, let target):
            let id = try triggered.id(of: target, .automation, "automation")
            result.related = [EventResource(.automation, "\(id)", role: "target")]
            try await orchestrator.setEnabled(!isPaused, automation: id)
            result.details["status_code"] = 204
        case .changeRunState, .cancelRun, .suspendRun, .resumeRun, .deleteRun:
            try await change(try triggered.runID(), triggered, &result)
        case .setVariable(let assignment): try await set(assignment, triggered, &result)
        case .emitEvent(let emission): try await emit(emission, triggered, &result)
        case .callWebhook(let block, let payload): try await call(block, payload, triggered, &result)
        case .notify(let block, let subject, let body):
            try await notify(block, subject, body, triggered, &result)
        }
    }

    private func setPaused(_ isPaused: Bool, pool id: ID<WorkPool>, _ result: inout ActionResult) async throws {
        guard let pool = try await orchestrator.database.read({ try $0.pool(id) }) else {
            throw Failure("Work pool \(id) not found")
        }
        result.related = [EventResource(.workPool, "\(id)", name: pool.name, role: "target")]
        try await orchestrator.updatePool(named: pool.name) { $0.isPaused = isPaused }
        result.details["status_code"] = 204
    }

    private func set(
        _ assignment: AutomationAction.VariableAssignment, _ triggered: TriggeredAction, _ result: inout ActionResult
    ) async throws {
        let writer = writer(for: triggered)
        let name = try await writer.text(assignment.name)
        let values = try await writer.parameters(["value": assignment.value], orSay: "Unable to set the variable")
        let variable = try await orchestrator.setVariable(
            named: name, to: values["value"] ?? .null, tags: assignment.tags)
        result.related = [EventResource(.variable, "\(variable.id)", name: variable.name, role: "target")]
        result.details["status_code"] = 200
    }

    // MARK: - Runs

    private func start(
        _ run: AutomationAction.RunDeployment, _ triggered: TriggeredAction, _ result: inout ActionResult
    ) async throws {
        let deployment = try triggered.id(of: run.deployment, .deployment, "deployment")
        result.related = [EventResource(.deployment, "\(deployment)", role: "target")]
        var request = RunRequest()
        request.parameters = try await writer(for: triggered).parameters(
            run.parameters ?? [:], orSay: "Unable to create flow run from deployment")
        request.jobVariables = run.jobVariables ?? [:]
        // What is done twice starts one run.
        request.idempotencyKey = "automation-action-\(triggered.id)"
        request.due = orchestrator.now + run.delay
        request.createdBy = [
            "id": triggered.automation.id.json, "type": "AUTOMATION",
            "display_value": .string(triggered.automation.name),
        ]
        do {
            let started = try await orchestrator.submit(request, to: deployment).run.run
            result.related.append(EventResource(.flowRun, "\(started.id)", name: started.name, role: "flow-run"))
            result.details["status_code"] = 201
        } catch let error as OrchestrationError {
            throw Failure("the run was refused: \(error)")
        }
    }

    private func change(
        _ run: ID<FlowRun>, _ triggered: TriggeredAction, _ result: inout ActionResult
    ) async throws {
        result.related = [EventResource(.flowRun, "\(run)", role: "target")]
        let by = "by Automation \(triggered.automation.id)"
        switch triggered.action {
        case .deleteRun:
            try await orchestrator.deleteRun(run)
            result.details["status_code"] = 204
        case .resumeRun:
            try require(try await orchestrator.resume(run), "Failed to resume flow run")
        case .cancelRun:
            try await propose(.cancelling, for: run, "Cancelled \(by)", &result)
        case .suspendRun:
            let end = orchestrator.now + .seconds(3600)
            try await propose(
                .paused, named: StateName.suspended, for: run, "Suspended \(by)", &result,
                details: StateDetails(["pause_timeout": end.json, "pause_reschedule": true]))
        case .changeRunState(let type, let name, let message, let force):
            try await propose(
                type, named: name, for: run, message ?? "State changed \(by)", &result, force: force)
        default: break
        }
    }

    private func propose(
        _ type: StateType, named name: String? = nil, for run: ID<FlowRun>, _ message: String,
        _ result: inout ActionResult, details: StateDetails = StateDetails(), force: Bool = false
    ) async throws {
        let state = RunState(
            id: orchestrator.surroundings.newID(), type: type, name: name, timestamp: orchestrator.now,
            message: message, details: details)
        try require(try await orchestrator.propose(state, for: run, force: force), "Failed to set state")
        result.details["status_code"] = 201
    }

    private func require(_ answer: ProposalAnswer, _ complaint: String) throws {
        guard answer.status != .accept else { return }
        throw Failure("\(complaint): \(answer.reason ?? answer.status.rawValue)")
    }

    func writer(for triggered: TriggeredAction) -> ActionTemplates {
        ActionTemplates(orchestrator, triggered, portraits)
    }
}

extension TriggeredAction {
    fileprivate func id<Subject>(
        of target: ActionTarget<Subject>, _ kind: EventResourceKind, _ name: String
    ) throws -> ID<Subject> {
        switch target {
        case .selected(let id): return id
        case .inferred:
            guard let event else { throw ActionPerformer.Failure("No event to infer the \(name)") }
            guard let id: ID<Subject> = event.first(kind) else {
                throw ActionPerformer.Failure("No \(name) could be inferred")
            }
            return id
        }
    }

    /// The run that the labels of the trigger tell of, or the event.
    fileprivate func runID() throws -> ID<FlowRun> {
        let prefix = EventResourceKind.flowRun.prefix
        if let id = firing.labels["prefect.resource.id"], id.hasPrefix(prefix),
            let run = ID<FlowRun>(id.dropFirst(prefix.count))
        {
            return run
        }
        guard let run: ID<FlowRun> = event?.first(.flowRun) else {
            throw ActionPerformer.Failure("No flow run could be inferred")
        }
        return run
    }
}

extension Event {
    /// The first thing of a kind that it is about, or has to do with.
    func first<Subject>(_ kind: EventResourceKind) -> ID<Subject>? {
        ([resource] + related).lazy.compactMap { $0.id(as: kind, of: Subject.self) }.first
    }
}
