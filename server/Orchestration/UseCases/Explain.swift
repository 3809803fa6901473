public import Domain
import Storage

/// Why a run is where it is: every reason that keeps it from executing, and what would help.
public struct Explanation: Sendable, Hashable {
    /// One thing that keeps the run where it is.
    public struct Reason: Sendable, Hashable {
        /// For programs: `not_due`, `awaiting_retry`, `pool_paused`, `queue_paused`, `batch_paused`, `pool_limit`, `queue_limit`,
        /// `deployment_limit`, `batch_limit`, `tag_limit`, `pool_rate`, `queue_rate`, `deployment_rate`, `limit_full`,
        /// `overlap`, `no_agent`, `no_worker`, `no_able_agent`, `agents_busy`, `resources_short`, `agents_kept`,
        /// `no_queue`, `executing`, `ended`, `sla_late`, `sla_duration` …
        public let code: String
        public let message: String
        /// What somebody could do.
        public let remedy: String?
    }

    public let run: FlowRun
    public let summary: String
    public let reasons: [Reason]
}

extension Orchestrator {
    /// - Parameter agentEndpoint: where agents reach this server, for the line that would start one.
    public func explain(_ id: ID<FlowRun>, agentEndpoint: String) async throws -> Explanation {
        let (now, leaseTime) = (now, surroundings.leaseTime)
        return try await database.read { [limitDesk] store in
            let run = try store.run(id).orNotFound("Flow run", id)
            let inquiry = Inquiry(
                run: run, store: store, limitDesk: limitDesk, now: now, leaseTime: leaseTime,
                agentEndpoint: agentEndpoint)
            let reasons = try inquiry.reasons() + store.breaches(of: id).map { Explanation.Reason($0, at: now) }
            let summary = reasons.first?.message ?? "it is ready: it is about to be taken"
            return Explanation(run: run, summary: summary, reasons: reasons)
        }
    }
}

private struct Inquiry {
    typealias Reason = Explanation.Reason

    let run: FlowRun
    let store: Store
    let limitDesk: LimitDesk
    let now: Timestamp
    let leaseTime: Timestamp
    let agentEndpoint: String

    func reasons() throws -> [Reason] {
        let state = run.state
        switch state.type {
        case .completed, .failed, .cancelled, .crashed:
            let message = state.message.map { ": \($0)" } ?? ""
            return [Reason(code: "ended", message: "it has ended \(state.name)\(message)", remedy: nil)]
        case .pending, .running, .cancelling: return try waitingForSlots() + [try executing()]
        case .paused:
            return [Reason(code: "paused", message: "it is paused until somebody resumes it", remedy: nil)]
        case .scheduled: return try waiting()
        }
    }

    private func waitingForSlots() throws -> [Reason] {
        try SlotInquiry(run: run.id, store: store, desk: limitDesk, now: leaseTime).reasons()
    }

    private func executing() throws -> Reason {
        guard let lease = try store.lease(of: run.id) else { return try executingByItself() }
        let agent = try store.agent(lease.agentID)
        let name = agent.map { "\($0.name) (\($0.host))" } ?? lease.agentID.description
        let age = DurationText.describe(now - run.state.timestamp)
        guard let agent, agent.isOnline(at: now) else {
            let left = DurationText.describe(lease.deadline - leaseTime)
            return Reason(
                code: "agent_silent",
                message: "it is \(run.state.name) on agent \(name), which is out of touch; its lease ends in \(left)",
                remedy: "bring the agent's host or network back; otherwise the run is taken from it then")
        }
        return Reason(
            code: "executing", message: "it is \(run.state.name) on agent \(name), since \(age)", remedy: nil)
    }

    private func executingByItself() throws -> Reason {
        let place = run.claimant.map { "which the worker \($0) has claimed" } ?? "in a process that reports for itself"
        let age = DurationText.describe(now - run.state.timestamp)
        guard let heard = try store.lastHeartbeat(of: run.id) else {
            return Reason(
                code: "executing", message: "it is \(run.state.name), \(place), since \(age)", remedy: nil)
        }
        let silence = DurationText.describe(now - heard)
        return Reason(
            code: "executing",
            message: "it is \(run.state.name), \(place), since \(age); its process was last heard of \(silence) ago",
            remedy: nil)
    }

    private func waiting() throws -> [Reason] {
        if run.state.details.waitsInProcess {
            return [
                Reason(
                    code: "awaiting_retry", message: "its process waits for the flow's own retry, until \(dueText)",
                    remedy: nil)
            ]
        }
        var reasons: [Reason] = []
        if let due = run.machine.due, due > now {
            let wait = DurationText.describe(due - now)
            reasons.append(
                run.state.name == StateName.awaitingRetry
                    ? Reason(
                        code: "awaiting_retry",
                        message: "it waits for its retry, in \(wait): \(run.state.message ?? "")", remedy: nil)
                    : Reason(code: "not_due", message: "it is not due before \(due), in \(wait)", remedy: nil))
        }
        guard let deployment = try run.deploymentID.flatMap({ try store.deployment($0) }) else {
            return reasons + [Reason(code: "no_deployment", message: "it has no deployment", remedy: nil)]
        }
        if run.queueID == nil, deployment.execution == nil {
            if let overlap = try Reason.overlap(run.id, in: store) { reasons.append(overlap) }
            return try reasons + limits.of(deployment) + server(of: deployment)
        }
        guard let queue = try run.queueID.flatMap({ try store.queue($0) }), let pool = try store.pool(queue.poolID)
        else {
            return reasons + [
                Reason(code: "no_queue", message: "its work queue does not exist any more", remedy: "deploy it anew")
            ]
        }
        if let overlap = try Reason.overlap(run.id, in: store) { reasons.append(overlap) }
        reasons += paused(pool, queue)
        reasons += try pausedBatch() + fullBatch()
        reasons += try limits.of(deployment) + limits.of(run, deployment) + limits.of(pool, queue)
        return try reasons + claimants(of: deployment, pool, queue)
    }

    /// Why nobody who could execute it does.
    private func claimants(of deployment: Deployment, _ pool: WorkPool, _ queue: WorkQueue) throws -> [Reason] {
        switch deployment.claimants(in: pool) {
        case .agents: return try agents(of: deployment, pool, queue)
        case .workers: return try workers(pool, queue)
        case .anyone:
            let (agents, workers) = (try agents(of: deployment, pool, queue), try workers(pool, queue))
            return agents.isEmpty || workers.isEmpty ? [] : agents + workers
        }
    }

    private var dueText: String { run.machine.due?.description ?? "now" }

    private func paused(_ pool: WorkPool, _ queue: WorkQueue) -> [Reason] {
        var reasons: [Reason] = []
        if pool.isPaused {
            reasons.append(
                Reason(
                    code: "pool_paused", message: "the work pool \(pool.name) is paused",
                    remedy: "sluice pool resume \(pool.name)"))
        }
        if queue.isPaused {
            reasons.append(
                Reason(
                    code: "queue_paused", message: "the work queue \(queue.name) is paused",
                    remedy: "sluice queue resume \(queue.name)"))
        }
        return reasons
    }

    private func pausedBatch() throws -> [Reason] {
        guard let batch = try run.batchID.flatMap({ try store.batch($0) }), batch.isPaused else { return [] }
        return [
            Reason(
                code: "batch_paused", message: "its batch \(batch.name) is paused",
                remedy: "sluice batch resume \(batch.id)")
        ]
    }

    private func fullBatch() throws -> [Reason] {
        guard let batch = try run.batchID.flatMap({ try store.batch($0) }), let limit = batch.maximumConcurrent,
            try store.occupancy(of: batch.id, of: batch.deploymentID) >= limit
        else { return [] }
        return [
            Reason(
                code: "batch_limit",
                message: "\(limit) runs of its batch \(batch.name) execute, and no more may at once",
                remedy: "wait for one of them, or cancel one")
        ]
    }

    /// Nothing if the queue has been asked for runs lately.
    private func workers(_ pool: WorkPool, _ queue: WorkQueue) throws -> [Reason] {
        guard !Polling.isRecent(queue.lastPolled, at: now) else { return [] }
        return [
            Reason(
                code: "no_worker",
                message: "no worker has asked the queue \(queue.name) of the pool \(pool.name) for runs"
                    + since(queue.lastPolled),
                remedy: "prefect worker start --pool \(pool.name)")
        ]
    }

    /// The same for a flow that serves itself.
    private func server(of deployment: Deployment) throws -> [Reason] {
        let polled = try store.lastPolled(deployment.id)
        guard !Polling.isRecent(polled, at: now) else { return [] }
        return [
            Reason(
                code: "no_worker",
                message: "no process has asked for the runs of the deployment \(deployment.name)" + since(polled),
                remedy: "start the program that serves it, or deploy it to a work pool")
        ]
    }

    private func since(_ time: Timestamp?) -> String {
        time.map { " since \($0), \(DurationText.describe(now - $0)) ago" } ?? " yet"
    }

    private func agents(of deployment: Deployment, _ pool: WorkPool, _ queue: WorkQueue) throws -> [Reason] {
        try AgentInquiry(
            run: run, needs: deployment.requirements(in: pool), pool: pool, queue: queue, store: store,
            now: now, agentEndpoint: agentEndpoint
        ).reasons()
    }

    private var limits: LimitInquiry { LimitInquiry(store: store, leaseTime: leaseTime) }
}

extension Orchestrator {
    /// Whether somebody serves the deployment by himself.
    public func isServed(_ deployment: ID<Deployment>) async throws -> Bool {
        Polling.isRecent(try await database.read { try $0.lastPolled(deployment) }, at: now)
    }

    /// Whether somebody would execute a run of that queue: what a person who has just queued one wants to know.
    public func isServed(_ queue: ID<WorkQueue>) async throws -> Bool {
        let now = now
        return try await database.read { store in
            guard let queue = try store.queue(queue) else { return false }
            if Polling.isRecent(queue.lastPolled, at: now) { return true }
            return try store.agents(of: queue.poolID).contains {
                $0.serves(queueNamed: queue.name) && $0.isOnline(at: now)
            }
        }
    }
}
