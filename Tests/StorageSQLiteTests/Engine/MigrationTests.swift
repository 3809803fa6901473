import Domain
import Foundation
import Testing

@testable import Storage
@testable import StorageSQLite

/// Databases that earlier releases wrote.
@Suite struct MigrationTests {
    @Test func aDatabaseFromBeforeRetentionIsBroughtUpAndPruned() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.sqlite")
        let older = try SQLiteDatabase(path: path, schema: Schema(migrations: [.v01]))
        let (flow, deployment) = (ID<Flow>.number(1), ID<Deployment>.number(2))
        try await older.transaction(.write) { connection in
            for statement in Self.contents(flow, deployment) { _ = try connection.run(statement) }
        }
        try await older.close()

        let database = try SQLiteDatabase(path: path, schema: .main)
        #expect(FileManager.default.fileExists(atPath: path + ".schema-1"))
        var kept = try #require(try await database.read { try $0.deployment(deployment) })
        #expect(kept.name == "d" && kept.retention == nil && kept.execution == nil)
        kept.retention = RunRetention(age: .forever, count: .newest(3))
        let changed = kept
        try await database.write { try $0.update(changed) }
        #expect(try await database.read { try $0.deployment(deployment) } == changed)
        #expect(
            try await database.read { try $0.retentions() } == [
                deployment: RunRetention(age: .forever, count: .newest(3))
            ])

        #expect(try await database.read { try $0.deploymentsWithFinishedRuns() } == [nil, deployment])
        let pruned = try await database.write { store in
            try store.prune(
                FinishedRuns(of: deployment, endedBy: .at(50), unchangedSince: .distantFuture), limit: 100)
        }
        #expect(pruned == PrunedRuns(runs: 1, rows: 2, hasMore: false))
        let left = try await database.read { try $0.runs(Query(order: "run.id")) }
        #expect(left.map(\.id) == [.number(12), .number(13), .number(14)])
        #expect(try await database.read { try $0.tally() } == [.completed: 2, .running: 1])
        try await database.close()
    }

    /// A deployment with two runs that have ended and one that has not, and a run of none.
    private static func contents(_ flow: ID<Flow>, _ deployment: ID<Deployment>) -> [String] {
        var statements = [
            "INSERT INTO flow (id, name, created, updated) VALUES ('\(flow)', 'f', 1, 1)",
            """
            INSERT INTO deployment (id, flow_id, name, is_paused, enforces_schema, created, updated)
            VALUES ('\(deployment)', '\(flow)', 'd', FALSE, TRUE, 1, 1)
            """,
            "INSERT INTO tally VALUES ('queue:none', 'COMPLETED', 3), ('queue:none', 'RUNNING', 1)",
        ]
        let runs = [
            (11, "COMPLETED", "'\(deployment)'", "50"), (12, "COMPLETED", "'\(deployment)'", "51"),
            (13, "RUNNING", "'\(deployment)'", "NULL"), (14, "COMPLETED", "NULL", "10"),
        ]
        for (number, type, deployment, end) in runs {
            let run = ID<FlowRun>.number(number)
            statements.append(
                """
                INSERT INTO run (id, version, name, flow_id, deployment_id, readiness, priority, state_type, state_name,
                    state_version, attempt, run_count, failures, crashes, end_time, total_run_time, auto_scheduled,
                    expected_start, created, updated)
                VALUES ('\(run)', 1, 'r', '\(flow)', \(deployment), 0, 0, '\(type)', 'S', 1, 0, 0, 0, 0, \(end), 0,
                    FALSE, 1, 1, 60)
                """)
            statements.append(
                """
                INSERT INTO run_state (run_id, version, id, type, name, timestamp)
                VALUES ('\(run)', 1, '\(run)', '\(type)', 'S', 1)
                """)
        }
        return statements
    }
}
