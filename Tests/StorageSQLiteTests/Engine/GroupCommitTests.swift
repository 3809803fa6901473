import Storage
import Synchronization
import Testing

@testable import StorageSQLite

@Suite struct GroupCommitTests {
    let folder: TemporaryFolder
    let database: SQLiteDatabase

    init() throws {
        folder = try TemporaryFolder()
        database = try SQLiteDatabase(path: folder.file("a.sqlite"), schema: .numbers)
    }

    @Test func whatWaitsTogetherIsCommittedTogetherAndInOrder() async throws {
        let order = Mutex<[Int]>([])
        let outcomes = try await database.group(
            (1...50).map { number in
                { connection in
                    order.withLock { $0.append(number) }
                    try connection.insert(number)
                }
            })
        let figures = try await database.figures()
        #expect(outcomes.allSatisfy { $0.isSuccess })
        #expect(order.withLock { $0 } == Array(1...50))
        #expect(figures.commits == 2)
        #expect(figures.writes == 51)
        #expect(try await database.numbers() == Array(1...50))
    }

    @Test func aBodyThatThrowsIsUndoneAlone() async throws {
        struct Refusal: Error {}
        let outcomes = try await database.group([
            { try $0.insert(1) },
            { connection in
                try connection.insert(2)
                throw Refusal()
            },
            { try $0.insert(3) },
            { try $0.insert(1) },
            { try $0.insert(4) },
        ])
        #expect(outcomes.map(\.isSuccess) == [true, false, true, false, true])
        #expect(throws: Refusal.self) { try outcomes[1].get() }
        #expect(outcomes[3].error == .constraint("UNIQUE constraint failed: number.value"))
        #expect(try await database.numbers() == [1, 3, 4])
    }

    @Test func changedRowsAreCounted() async throws {
        let counts = try await database.transaction(.write) { connection in
            for number in 1...3 { try connection.insert(number) }
            let add = "UPDATE number SET value = value + 10 WHERE value >= $1"
            let remove = "DELETE FROM number WHERE value = $1"
            return try [
                connection.change(add, [.integer(2)]), connection.change(add, [.integer(100)]),
                connection.change(remove, [.integer(1)]), connection.change(remove, [.integer(1)]),
            ]
        }
        #expect(counts == [2, 0, 1, 0])
    }

    @Test func aBodyThatThrowsAloneLeavesNothing() async throws {
        await #expect(throws: StorageError.conflict("x")) {
            try await database.transaction(.write) { connection in
                try connection.insert(1)
                throw StorageError.conflict("x")
            }
        }
        #expect(try await database.numbers() == [])
    }

    @Test func anAnsweredWriteIsSeenByEveryRead() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<16 {
                group.addTask { [database] in
                    for step in 0..<20 {
                        try await database.insert(caller * 100 + step)
                        #expect(try await database.numbers().contains(caller * 100 + step))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aGroupEndsWhenItsTimeIsUp() async throws {
        // Each look at this watch finds 8 ms gone: a group is over after its third body.
        let looks = Atomic(0)
        let database = try SQLiteDatabase(path: folder.file("b.sqlite"), schema: .numbers, readers: 1) {
            .milliseconds(8 * looks.add(1, ordering: .relaxed).newValue)
        }
        let outcomes = try await database.group((1...9).map { number in { try $0.insert(number) } })
        #expect(outcomes.allSatisfy { $0.isSuccess })
        #expect(try await database.figures().commits == 4)
        #expect(try await database.numbers() == Array(1...9))
    }

    @Test func aConstraintCheckedAtTheCommitFailsOnlyItsBody() async throws {
        let database = try SQLiteDatabase(
            path: folder.file("c.sqlite"),
            schema: .of(
                "CREATE TABLE number (value BIGINT PRIMARY KEY)",
                """
                CREATE TABLE child (value BIGINT PRIMARY KEY REFERENCES number (value) DEFERRABLE INITIALLY DEFERRED)
                """))
        let outcomes = try await database.group([
            { try $0.insert(1) },
            { _ = try $0.run("INSERT INTO child VALUES (7)") },
            { try $0.insert(2) },
        ])
        #expect(outcomes.map(\.isSuccess) == [true, false, true])
        #expect(outcomes[1].error == .constraint("FOREIGN KEY constraint failed"))
        #expect(try await database.numbers() == [1, 2])
    }

    @Test func aCancelledCallerIsServedAllTheSame() async throws {
        let gate = try await database.holdWriter()
        let caller = Task { [database] in try await database.insert(1) }
        await database.waitUntilQueued(1)
        caller.cancel()
        try await gate.release()
        try await caller.value
        #expect(try await database.numbers() == [1])
    }

    @Test func closingServesWhatWaitsAndRefusesTheRest() async throws {
        let gate = try await database.holdWriter()
        let waiting = Task { [database] in try await database.insert(1) }
        await database.waitUntilQueued(1)
        let closing = Task { [database] in try await database.close() }
        gate.open()
        try await waiting.value
        try await closing.value
        await #expect(throws: StorageError.self) { try await database.insert(2) }
        await #expect(throws: StorageError.self) { try await database.numbers() }
        try await database.close()
        let again = try SQLiteDatabase(path: folder.file("a.sqlite"), schema: .numbers)
        #expect(try await again.numbers() == [1])
    }
}
