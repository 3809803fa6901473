import Storage
import Testing

@testable import StorageSQLite

@Suite struct ReadingTests {
    let folder: TemporaryFolder
    let database: SQLiteDatabase

    init() throws {
        folder = try TemporaryFolder()
        database = try SQLiteDatabase(path: folder.file("a.sqlite"), schema: .numbers, readers: 2)
    }

    private static let endless = """
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n
        """

    @Test func valuesComeBackAsTheyWere() async throws {
        let values: [SQLValue] = [
            .null, .integer(.min), .integer(.max), .real(0.1), .real(.infinity), .text(""), .text("é\u{0}🚰\n"),
            .bytes([]), .bytes([0, 255, 0]), .text(String(repeating: "ä", count: 5_000_000)),
        ]
        let back = try await database.transaction(.read) { connection in
            try values.map { try connection.run("SELECT $1", [$0])[0].values[0] }
        }
        #expect(back == values)
    }

    @Test func aReadSeesOneMoment() async throws {
        try await database.insert(1)
        let (begun, written) = (Gate(), Gate())
        let reading = Task { [database] in
            try await database.transaction(.read) { connection in
                let before = try connection.run("SELECT value FROM number").count
                begun.open()
                written.wait()
                return (before, try connection.run("SELECT value FROM number").count)
            }
        }
        await begun.passed()
        try await database.insert(2)
        written.open()
        #expect(try await reading.value == (1, 1))
        #expect(try await database.numbers() == [1, 2])
    }

    @Test func readsBeyondTheConnectionsWaitTheirTurn() async throws {
        try await database.insert(1)
        let gates = [Gate(), Gate()]
        let holders = gates.map { gate in
            let entered = Gate()
            let task = Task { [database] in
                try await database.transaction(.read) { _ in
                    entered.open()
                    gate.wait()
                }
            }
            return (task, entered)
        }
        for (_, entered) in holders { await entered.passed() }
        let waiting = (0..<20).map { _ in Task { [database] in try await database.numbers() } }
        for gate in gates { gate.open() }
        for task in waiting { #expect(try await task.value == [1]) }
        for (task, _) in holders { try await task.value }
    }

    @Test func aReadWhoseCallerGoesIsStopped() async throws {
        for _ in 0..<10 {
            let begun = Gate()
            let reading = Task { [database] in
                try await database.transaction(.read) { connection in
                    begun.open()
                    return try connection.run(Self.endless).count
                }
            }
            await begun.passed()
            reading.cancel()
            await #expect(throws: CancellationError.self) { try await reading.value }
        }
        try await database.insert(1)
        #expect(try await database.numbers() == [1])
    }

    @Test func aReadWhoseCallerHasGoneDoesNotBegin() async throws {
        let reading = Task { [database] in
            while !Task.isCancelled { await Task.yield() }
            return try await database.transaction(.read) { try $0.run(Self.endless).count }
        }
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
    }

    @Test func statementsAreForgottenInTime() async throws {
        let memory = try SQLiteDatabase(inMemory: .numbers)
        let sums = try await memory.transaction(.read) { connection in
            try (0..<2000).map { number in
                let one = try connection.run("SELECT 1 + \(number)").first?.count() ?? 0
                return one + (try connection.run("SELECT 1").first?.count() ?? 0)
            }
        }
        #expect(sums == (0..<2000).map { $0 + 2 })
        let kept = try await memory.writerLane.perform { $0.statementCount }
        #expect(kept <= 256)
    }
}
