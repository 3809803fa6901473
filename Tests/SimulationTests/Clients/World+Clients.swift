import Domain
import Orchestration
import Storage

extension World {
    // MARK: - The beginning

    /// The first life of the server, the agents, and what is to be deployed: all of it before anything goes wrong.
    func prepare() async throws {
        await startServer()
        while server?.isUp != true {
            guard let entry = schedule.next() else { throw StorageError.unavailable("the server never came up") }
            await happen(entry)
        }
        try await deploy()
        for (index, host) in plan.hosts.enumerated() {
            addHost(index, host)
            after(delay(0...500), "agent") { $0.startAgent(index) }
        }
        server?.life.trouble(with: serverRates)
        planRequests()
    }

    private func deploy() async throws {
        guard let orchestrator = server?.orchestrator else { return }
        let flow = try await orchestrator.ensureFlow(named: "flow").flow.id
        var random = random
        for (index, wanted) in plan.deployments.enumerated() {
            var request = DeploymentRequest(name: "d\(index)", flowID: flow)
            request.poolName = WorkPool.standardName
            request.queueName = wanted.queue
            request.concurrencyLimit = wanted.limit
            request.execution = ExecutionSpec(
                command: .arguments(["true"]), policy: wanted.policy, priority: wanted.priority)
            let deployment = try await orchestrator.deploy(request).deployment
            clients.deployments.append(deployment.id)
            guard let queue = deployment.queueID, !clients.queues.contains(queue) else { continue }
            clients.queues.append(queue)
            let limit = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 1...3, using: &random) : nil
            try await orchestrator.updateQueue(queue) { $0.concurrencyLimit = limit }
        }
        self.random = random
    }

    private func planRequests() {
        let last = plan.duration * 7 / 10
        for number in 0..<plan.runs {
            after(Int64.random(in: 0...last, using: &random), "submit") { await $0.submit("run \(number)") }
        }
        for number in 0..<plan.batches {
            after(Int64.random(in: 0...last, using: &random), "batch") { await $0.submitBatch(number) }
        }
        if chance(0.4) { planPause() }
    }

    private func planPause() {
        guard let queue = clients.queues.randomElement(using: &random) else { return }
        let begin = Int64.random(in: 0...plan.duration / 2, using: &random)
        let span = Int64.random(in: 1_000_000...plan.duration / 2, using: &random)
        after(begin, "pause") { world in
            await world.request("pause") { orchestrator, life in
                try await orchestrator.updateQueue(queue) { $0.isPaused = true }
                life.put(.then { $0.planResumption(of: queue, after: span) })
            }
        }
    }

    private func planResumption(of queue: ID<WorkQueue>, after span: Int64) {
        after(isCalm ? 0 : span, "resume") { world in
            await world.request("resume") { orchestrator, _ in
                try await orchestrator.updateQueue(queue) { $0.isPaused = false }
            }
        }
    }

    // MARK: - Requests

    /// Asks the server for something, again and again until it is answered, as a client does that was cut off.
    func request(
        _ label: String, _ body: @escaping @Sendable (Orchestrator, ServerLife) async throws -> Void
    ) async {
        clients.open += 1
        await tryRequest(label, body)
    }

    private func tryRequest(
        _ label: String, _ body: @escaping @Sendable (Orchestrator, ServerLife) async throws -> Void
    ) async {
        guard let server, server.isUp else { return repeatRequest(label, body) }
        let orchestrator = server.orchestrator
        await perform(label, server.life) {
            do {
                try await body(orchestrator, server.life)
                server.life.put(.then { $0.clients.open -= 1 })
            } catch let error as OrchestrationError {
                // Too late, or not possible any more: an answer like any other.
                server.life.put(
                    .then { world in
                        world.clients.open -= 1
                        world.note("\(label): \(error)")
                    })
            } catch {
                server.life.put(
                    .then { world in
                        world.judgeFailure(of: label, error)
                        world.repeatRequest(label, body)
                    })
            }
        }
    }

    private func repeatRequest(
        _ label: String, _ body: @escaping @Sendable (Orchestrator, ServerLife) async throws -> Void
    ) {
        after(delay(50...700), label) { await $0.tryRequest(label, body) }
    }

    private func submit(_ key: String) async {
        guard let deployment = clients.deployments.randomElement(using: &random) else { return }
        var wanted = RunRequest()
        wanted.name = key
        wanted.idempotencyKey = key
        if chance(0.3) { wanted.priority = Int.random(in: 0...3, using: &random) }
        if chance(0.15) { wanted.due = serverClock.wall + .milliseconds(Int.random(in: 100...5000, using: &random)) }
        let request = wanted
        await self.request("submit") { orchestrator, life in
            let run = try await orchestrator.submit(request, to: deployment).run.run.id
            life.put(.then { $0.noteSubmission(run) })
        }
    }

    private func noteSubmission(_ run: ID<FlowRun>) {
        note("submitted \(run)")
        guard !clients.runs.contains(run) else { return find("a submission was acknowledged twice as new") }
        clients.runs.append(run)
        if chance(0.2), !clients.areProbing { planCancel(run) }
    }

    private func planCancel(_ run: ID<FlowRun>) {
        after(delay(0...12_000), "cancel") { world in
            await world.request("cancel") { orchestrator, life in
                _ = try await orchestrator.cancel(run, reason: "somebody asked")
                life.put(
                    .then { world in
                        world.note("cancelled \(run)")
                        world.clients.cancelled.insert(run)
                    })
            }
        }
    }

    private func submitBatch(_ number: Int) async {
        guard let deployment = clients.deployments.randomElement(using: &random) else { return }
        let size = Int.random(in: 1...4, using: &random)
        let isCancelled = chance(0.3)
        clients.open += 1
        await tryRequest("batch") { orchestrator, life in
            let (lines, continuation) = AsyncStream.makeStream(of: BatchLine.self)
            for line in 1...size { continuation.yield(BatchLine(number: line, request: RunRequest())) }
            continuation.finish()
            let batch = try await orchestrator.submitBatch(lines, to: deployment, named: "batch \(number)")
            life.put(
                .then { world in
                    world.note("submitted batch \(batch.id) of \(size)")
                    world.clients.batches.append((batch.id, size))
                    if isCancelled { world.planCancel(batch.id) }
                })
        }
    }

    private func planCancel(_ batch: ID<Batch>) {
        after(delay(0...5000), "cancel batch") { world in
            await world.request("cancel batch") { orchestrator, _ in
                _ = try await orchestrator.cancelBatch(batch, reason: "somebody asked")
            }
        }
    }

    /// Takes an agent out of service; it comes back later.
    func drainAgent(_ host: Int) async {
        let agent = hosts[host].agentID
        note("agent \(host) is to be drained")
        await request("drain") { orchestrator, _ in _ = try await orchestrator.drain(agent, reason: "for repair") }
    }

    /// When all is over, a run for each slot shows that none has leaked.
    func probe() {
        clients.areProbing = true
        note("probe")
        for (number, host) in plan.hosts.enumerated() {
            for slot in 0..<host.slots {
                after(delay(0...100), "submit") { await $0.submit("probe \(number) \(slot)") }
            }
        }
    }
}
