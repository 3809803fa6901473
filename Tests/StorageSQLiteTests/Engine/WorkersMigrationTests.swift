import Domain
import StorageSQLite
import Testing

@testable import Storage

/// Databases from before workers asked for runs.
@Suite struct WorkersMigrationTests {
    /// Runs that no agent could execute waited nowhere; those that agents execute stay where they are.
    @Test func runsThatWaitedForWorkersGetALane() async throws {
        let earlier = Schema.main.migrations.filter { $0.version < 4 }
        let database = try SQLiteDatabase(inMemory: Schema(migrations: earlier))
        let (queue, served) = (ID<WorkQueue>.number(1), ID<Deployment>.number(2))
        try await database.transaction(.write) { connection in
            for statement in Self.contents(queue, served) { _ = try connection.run(statement) }
            try Schema.main.apply(to: connection)
        }
        let woken = try await database.write { try $0.wakeDueRuns(at: .at(100), limit: 10) }
        #expect(woken.count == 3)
        let (forWorkers, forAgents, ofServed) = try await database.read { store in
            (
                try store.openLanes(of: queue, for: .workers), try store.openLanes(of: queue, for: .agents),
                try store.openLanes(serving: served)
            )
        }
        #expect(Set(forWorkers.compactMap(\.head?.id)) == [.number(11), .number(12)])
        #expect(forWorkers.compactMap(\.lane.deploymentID) == [.number(4)])
        #expect(forAgents.compactMap(\.head?.id) == [.number(10)])
        #expect(ofServed.compactMap(\.head?.id) == [.number(13)])
    }

    private static func contents(_ queue: ID<WorkQueue>, _ served: ID<Deployment>) -> [String] {
        [
            "INSERT INTO flow (id, name, created, updated) VALUES ('f', 'etl', 1, 1)",
            """
            INSERT INTO work_pool (id, name, type, is_paused, default_queue_id, created, updated)
            VALUES ('p', 'pool', 'kubernetes', FALSE, '\(queue)', 1, 1)
            """,
            """
            INSERT INTO work_queue (id, pool_id, name, description, is_paused, priority, created, updated)
            VALUES ('\(queue)', 'p', 'default', '', FALSE, 1, 1, 1)
            """,
            "INSERT INTO lane (id, queue_id, deployment_id, batch_id, is_open) VALUES (1, '\(queue)', '', '', TRUE)",
            deployment(2, "NULL"), deployment(3, "'\(queue)'"), deployment(4, "'\(queue)'", limit: "2"),
            deployment(5, "'\(queue)'", execution: "'{}'"),
            run(10, of: 5, "'\(queue)'", lane: "1", readiness: 2), run(11, of: 3, "'\(queue)'"),
            run(12, of: 4, "'\(queue)'"), run(13, of: 2, "NULL"),
        ]
    }

    private static func deployment(
        _ id: Int, _ queue: String, limit: String = "NULL", execution: String = "NULL"
    ) -> String {
        """
        INSERT INTO deployment (id, flow_id, name, is_paused, enforces_schema, queue_id, concurrency_limit, execution,
            created, updated)
        VALUES ('\(ID<Deployment>.number(id))', 'f', 'd\(id)', FALSE, TRUE, \(queue), \(limit), \(execution), 1, 1)
        """
    }

    private static func run(
        _ id: Int, of deployment: Int, _ queue: String, lane: String = "NULL", readiness: Int = 0
    ) -> String {
        """
        INSERT INTO run (id, version, name, flow_id, deployment_id, queue_id, lane_id, readiness, priority, due,
            state_type, state_name, state_version, attempt, run_count, failures, crashes, total_run_time,
            auto_scheduled, expected_start, created, updated)
        VALUES ('\(ID<FlowRun>.number(id))', 1, 'r', 'f', '\(ID<Deployment>.number(deployment))', \(queue),
            \(lane), \(readiness), 0, 50, 'SCHEDULED', 'Scheduled', 1, 0, 0, 0, 0, 0, FALSE, 50, 1, 1)
        """
    }
}
