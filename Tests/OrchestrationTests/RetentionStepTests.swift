import Domain
import Glibc
import JSON
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

@testable import Orchestration

/// How retention goes about it: in small steps, by its indexes, and so that files become smaller.
@Suite struct RetentionStepTests {
    /// A batch of `count` runs that have ended, each with `states` states and `attempts` attempts.
    private func fill(
        _ stage: Stage, _ count: Int, states: Int = 2, attempts: Int = 0, parameters: Int = 0
    ) async throws -> ID<Batch> {
        let deployment = try await stage.deploy { $0.enforcesParameterSchema = false }
        let lines = AsyncStream<BatchLine> { stream in
            for number in 1...count {
                var request = RunRequest()
                request.parameters = ["text": .string(String(repeating: "x", count: parameters))]
                stream.yield(BatchLine(number: number, request: request))
            }
            stream.finish()
        }
        let batch = try await stage.orchestrator.submitBatch(lines, to: deployment.id).id
        let end = stage.clock.time
        try await stage.orchestrator.database.transaction(.write) { connection in
            try Self.end(batch, at: end, states: states, attempts: attempts, connection)
        }
        return batch
    }

    /// As if they had been executed.
    private static func end(
        _ batch: ID<Batch>, at time: Timestamp, states: Int, attempts: Int, _ connection: any Connection
    ) throws {
        _ = try connection.run(
            """
            UPDATE run SET state_type = 'COMPLETED', state_name = 'Completed', readiness = 0, due = NULL, end_time = $1,
                version = $2, state_version = $2, attempt = $3 WHERE batch_id = $4
            """, .time(time), .int(states), .int(attempts), .id(batch))
        for version in 1..<states {
            _ = try connection.run(
                """
                INSERT INTO run_state (run_id, version, id, type, name, timestamp)
                SELECT id, $1, substr(id, 1, 32) || $2, 'COMPLETED', 'Completed', end_time FROM run WHERE batch_id = $3
                """, .int(version + 1), .text(String(0x10000 + version, radix: 16).suffix(4).description), .id(batch))
        }
        for attempt in 0..<attempts {
            _ = try connection.run(
                """
                INSERT INTO attempt (run_id, attempt, agent_id, agent_name, granted, ended, reports)
                SELECT id, $1, id, 'a', end_time, end_time, 2 FROM run WHERE batch_id = $2
                """, .int(attempt + 1), .id(batch))
        }
        _ = try connection.run(
            "UPDATE tally SET state_type = 'COMPLETED' WHERE state_type = 'SCHEDULED' AND runs > 0")
    }

    @Test func twentyThousandRunsGoInSmallStepsAndTheFileShrinks() async throws {
        let place = try TemporaryPlace()
        let file = try SQLiteDatabase(path: "\(place.path)/a.sqlite", schema: .main)
        let spy = SpyingDatabase(file)
        let stage = try await Stage(database: spy)
        _ = try await fill(stage, 20_000, states: 3, attempts: 1, parameters: 500)
        let full = try await file.figures()
        #expect(full.fileBytes > 20_000_000)
        stage.clock.advance(by: .seconds(60))
        spy.reset()
        let pruner = RetentionPruner(
            stage.orchestrator, limits: RunLimits(age: nil, count: 10), reclaiming: file)
        _ = try await pruner.tick(at: stage.clock.time)
        #expect(try await stage.everything().count == 10)
        let seen = spy.seen
        #expect(seen.transactions >= 100)
        // A tally's row for each kind of run, beside what is removed.
        #expect(seen.mostChanges <= RetentionPruner.step + 1)
        let small = try await file.figures()
        #expect(small.fileBytes < full.fileBytes / 5, "\(small)")
        try await file.close()
        #expect(place.size(of: "a.sqlite") == small.fileBytes)
    }

    @Test func aLongHistoryGoesPieceByPiece() async throws {
        let spy = SpyingDatabase(try SQLiteDatabase(inMemory: .main))
        let stage = try await Stage(database: spy)
        let batch = try await fill(stage, 3, states: 4000, attempts: 1500)
        stage.clock.advance(by: .seconds(60))
        spy.reset()
        _ = try await RetentionPruner(stage.orchestrator, limits: RunLimits(age: .zero, count: nil))
            .tick(at: stage.clock.time)
        #expect(spy.seen.mostChanges <= RetentionPruner.step + 3, "with the batch, its lane and its tally")
        #expect(spy.seen.transactions >= 16)
        try await stage.expectNoOrphans()
        await #expect(throws: OrchestrationError.self) { try await stage.orchestrator.batch(batch) }
        for table in ["run", "run_state", "attempt", "batch", "lane"] {
            #expect(try await stage.count("SELECT count(*) FROM \(table)") == 0, "\(table)")
        }
    }

    /// A history that is cut off in the middle (the server dies) is that of a run still, and goes on later.
    @Test func aStepLeavesWholeRuns() async throws {
        let stage = try await Stage()
        _ = try await fill(stage, 5, states: 50, attempts: 7)
        let end = stage.clock.time
        for step in 1... {
            let pruned = try await stage.orchestrator.database.write { store in
                let all = FinishedRuns(
                    of: try store.deploymentsWithFinishedRuns().first ?? nil, endedBy: end, unchangedSince: end)
                return try store.prune(all, limit: 17)
            }
            #expect(pruned.rows <= 17)
            try await stage.expectNoOrphans()
            for run in try await stage.everything() {
                #expect(try await stage.orchestrator.history(of: run.id).last == run.state)
            }
            #expect(try await stage.everything().count == stage.count("SELECT count(*) FROM run"))
            guard pruned.hasMore else { break }
            try #require(step < 100, "each step removes something")
        }
        #expect(try await stage.everything().isEmpty)
    }

    @Test func aBatchTellsOfAllItsRunsUntilTheLastHasGone() async throws {
        let stage = try await Stage()
        let batch = try await fill(stage, 5)
        stage.clock.advance(by: .seconds(60))
        _ = try await RetentionPruner(stage.orchestrator, limits: RunLimits(age: nil, count: 2))
            .tick(at: stage.clock.time)
        #expect(try await stage.everything().count == 2)
        #expect(try await stage.orchestrator.batch(batch).runs == [.completed: 5])
        #expect(try await stage.orchestrator.tally() == [.completed: 2])
        try await stage.expectNoOrphans()
    }

    @Test func nothingScansTheRuns() async throws {
        let spy = SpyingDatabase(try SQLiteDatabase(inMemory: .main))
        let stage = try await Stage(database: spy)
        _ = try await fill(stage, 20, states: 3, attempts: 1)
        stage.clock.advance(by: .seconds(60))
        spy.reset()
        _ = try await RetentionPruner(stage.orchestrator, limits: RunLimits(age: .seconds(30), count: 3))
            .tick(at: stage.clock.time)
        // A tally is a few rows for each queue.
        let statements = spy.seen.statements.filter { !$0.contains("tally") }
        #expect(try await stage.everything().isEmpty)
        #expect(statements.count > 5)
        for sql in statements {
            let plan = try await stage.orchestrator.database.transaction(.read) { connection in
                let values = (1...9).filter { sql.contains("$\($0)") }.map { _ in SQLValue.null }
                return try connection.run("EXPLAIN QUERY PLAN " + sql, values).map { "\($0.values)" }
            }
            for line in plan {
                #expect(!line.contains("SCAN run") && !line.contains("SCAN attempt"), "\(sql): \(line)")
                #expect(!line.contains("TEMP B-TREE"), "\(sql): \(line)")
            }
        }
    }
}

/// A database that looks at what is done with it.
final class SpyingDatabase: Database {
    struct Seen: Sendable {
        var transactions = 0
        /// Rows that one transaction has inserted, changed and removed, at most.
        var mostChanges = 0
        var statements: Set<String> = []
    }

    private struct Spy: Connection {
        let base: any Connection
        let note: (String) -> Void
        var dialect: Dialect { base.dialect }

        func run(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> [Row] {
            note(sql)
            return try base.run(sql, values)
        }

        func change(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Int {
            note(sql)
            return try base.change(sql, values)
        }
    }

    private let base: any Database
    private let state = Mutex(Seen())

    init(_ base: any Database) { self.base = base }

    var seen: Seen { state.withLock { $0 } }
    func reset() { state.withLock { $0 = Seen() } }

    func transaction<Result: Sendable>(
        _ mode: TransactionMode, _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        try await base.transaction(mode) { [self] connection in
            let before = try changes(connection)
            let result = try body(
                Spy(base: connection) { sql in self.state.withLock { _ = $0.statements.insert(sql) } })
            let changed = try changes(connection) - before
            if mode == .write {
                state.withLock { seen in
                    seen.transactions += 1
                    seen.mostChanges = max(seen.mostChanges, changed)
                }
            }
            return result
        }
    }

    private func changes(_ connection: any Connection) throws(StorageError) -> Int {
        try connection.run("SELECT total_changes()").first?.count() ?? 0
    }
}

/// A folder that is gone with this object.
private final class TemporaryPlace {
    let path: String

    init() throws {
        var template = Array("/tmp/sluice-retention-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit { _ = system("rm -rf '\(path)'") }

    func size(of name: String) -> Int {
        var status = stat()
        return stat("\(path)/\(name)", &status) == 0 ? Int(status.st_size) : -1
    }
}
