import Domain
import Storage
import TestSupport
import Testing

@testable import Orchestration

extension Stage {
    /// As a flow that reports for itself.
    @discardableResult
    func propose(_ type: StateType, for run: FlowRun) async throws -> ProposalAnswer {
        let state = RunState(id: orchestrator.surroundings.newID(), type: type, timestamp: clock.time)
        return try await orchestrator.propose(state, for: run.id, force: true)
    }

    func everything() async throws -> [FlowRun] {
        try await orchestrator.database.read { try $0.runs(Query(order: "run.id", limit: 1_000_000)) }
    }

    func leases() async throws -> Set<ID<FlowRun>> {
        let agent = agentID
        return Set(try await orchestrator.database.read { try $0.leases(of: agent) }.map(\.runID))
    }

    func count(_ sql: String) async throws -> Int {
        try await orchestrator.database.transaction(.read) { try $0.run(sql).first?.count() ?? 0 }
    }

    /// Nothing is left of runs and batches that are gone, and what is left is sound.
    func expectNoOrphans() async throws {
        let findings = try await orchestrator.database.read { try $0.findings() }
        #expect(findings.isEmpty, "\(findings)")
        for table in ["run_state", "attempt", "lease"] {
            let orphans = "SELECT count(*) FROM \(table) WHERE run_id NOT IN (SELECT id FROM run)"
            #expect(try await count(orphans) == 0, "\(table)")
        }
        let batches = "SELECT count(*) FROM batch WHERE id NOT IN (SELECT batch_id FROM run WHERE batch_id IS NOT NULL)"
        #expect(try await count(batches) == 0)
        #expect(
            try await count(
                "SELECT count(*) FROM lane WHERE batch_id <> '' AND batch_id NOT IN (SELECT id FROM batch)") == 0)
        #expect(
            try await count(
                """
                SELECT count(*) FROM tally
                WHERE scope LIKE 'batch:%' AND substr(scope, 7) NOT IN (SELECT id FROM batch)
                """) == 0)
    }
}
