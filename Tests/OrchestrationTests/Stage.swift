import Bundles
import Domain
import Glibc
import JSON
import Orchestration
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

/// An orchestrator on a database in memory, with a clock that is moved by hand, one pool and one agent.
final class Stage: Sendable {
    let clock = ManualClock()
    let orchestrator: Orchestrator
    let agentID: ID<Agent>
    private let folder: String

    /// - Parameters:
    ///   - database: an empty one; nothing for one in memory.
    ///   - steady: what leases are counted by; nothing for `clock`.
    init(
        seed: UInt64 = 1, database: (any Database)? = nil, steady: (@Sendable () -> Duration)? = nil
    ) async throws {
        var template = Array("/tmp/sluice-stage-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let generator = Mutex(SeededGenerator(seed: seed))
        let surroundings = Surroundings(
            clock: { [clock] in clock.time }, steady: steady, random: { generator.withLock { $0.next() } })
        orchestrator = Orchestrator(
            database: try database ?? SQLiteDatabase(inMemory: .main),
            logs: LogStore(try SQLiteDatabase(inMemory: LogSchema.schema)),
            bundles: try BundleStore(directory: "\(folder)/bundles"), surroundings: surroundings)
        try await orchestrator.ensureStandardPool()
        agentID = surroundings.newID()
    }

    deinit {
        rmdir("\(folder)/bundles")
        rmdir(folder)
    }

    /// A deployment of `echo`, changed by `edit`.
    @discardableResult
    func deploy(
        _ name: String = "plain", flow: String = "sample", _ edit: (inout DeploymentRequest) -> Void = { _ in }
    ) async throws -> Deployment {
        var request = DeploymentRequest(name: name, flowID: try await orchestrator.ensureFlow(named: flow).flow.id)
        request.poolName = WorkPool.standardName
        request.execution = ExecutionSpec(command: .arguments(["echo", "hello"]))
        edit(&request)
        return try await orchestrator.deploy(request).deployment
    }

    @discardableResult
    func submit(
        _ deployment: Deployment, _ edit: (inout RunRequest) -> Void = { _ in }
    ) async throws -> FlowRun {
        var request = RunRequest()
        edit(&request)
        return try await orchestrator.submit(request, to: deployment.id).run.run
    }

    /// Lets the agent come, holding these attempts.
    func welcomeAgent(
        slots: Int = 4, queues: [String] = [], labels: [String: String] = [:], offer: Resources = .none,
        holding: [AttemptName] = []
    ) async throws -> (agent: Agent, adopted: [AttemptName]) {
        try await orchestrator.welcome(
            AgentIntroduction(
                id: agentID, name: "a1", host: "h1", version: "1", poolName: WorkPool.standardName,
                queueNames: queues, slots: slots, labels: labels, offer: offer, holding: holding))
    }

    /// What the agent is granted when it asks for this many runs.
    func claim(_ credit: Int = 100, queues: [String] = []) async throws -> [Grant] {
        let pool = try await orchestrator.pool(named: WorkPool.standardName)
        return try await orchestrator.claim(
            for: [Seat(agentID: agentID, poolID: pool.id, queueNames: queues, credit: credit)])
    }

    func report(
        _ grant: Grant, _ sequence: Int, _ fact: AttemptReport.Fact
    ) async throws -> ReportAnswer {
        let name = AttemptName(run: grant.run.id, attempt: grant.attempt)
        return try await orchestrator.take(
            [AttemptReport(name: name, sequence: sequence, fact: fact)], from: agentID)[0]
    }

    /// Executes a granted run to its end.
    func finish(_ grant: Grant, _ cause: AttemptEnd.Cause = .exited(code: 0)) async throws {
        #expect(try await report(grant, 1, .started(at: clock.time)) == .taken(through: 1))
        clock.advance(by: .milliseconds(10))
        #expect(try await report(grant, 2, .ended(AttemptEnd(cause, at: clock.time))) == .taken(through: 2))
    }

    func state(_ run: FlowRun) async throws -> RunState { try await orchestrator.run(run.id).state }
}
