import Domain
import JSON
import Orchestration
import Testing

/// A run that an agent executes, and what its process shows.
struct AttemptUnderWay {
    let run: String
    let name: AttemptName
    let agent: ID<Agent>
    let credential: String
}

extension TestServer {
    func attemptUnderWay() async throws -> AttemptUnderWay {
        let run = try await run(try await deploy())
        let agent = orchestrator.surroundings.newID(Agent.self)
        _ = try await orchestrator.welcome(
            AgentIntroduction(
                id: agent, name: "a", host: "h", version: "1", poolName: WorkPool.standardName, queueNames: [],
                slots: 1, labels: [:], holding: []))
        let pool = try await orchestrator.pool(named: WorkPool.standardName)
        let grant = try #require(
            try await orchestrator.claim(for: [Seat(agentID: agent, poolID: pool.id, queueNames: [], credit: 1)]).first)
        return AttemptUnderWay(
            run: run, name: AttemptName(run: grant.run.id, attempt: grant.attempt),
            agent: agent, credential: grant.environment["PREFECT_API_AUTH_STRING"] ?? "")
    }
}
