import Foundation
import Storage
import Testing

@testable import StorageSQLite

@Suite struct OpeningTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("a.sqlite")
    }

    private static let first = "CREATE TABLE number (value BIGINT PRIMARY KEY, note TEXT)"
    private static let second = "CREATE TABLE other (value BIGINT PRIMARY KEY)"

    private func setting(_ name: String, _ database: SQLiteDatabase, _ mode: TransactionMode) async throws -> SQLValue?
    {
        try await database.transaction(mode) { try $0.run("PRAGMA \(name)").first?.values.first }
    }

    @Test func anAcknowledgedChangeIsOnDisk() async throws {
        let database = try SQLiteDatabase(path: path, schema: .numbers)
        // Read outside of a transaction too, as the writer's groups begin there.
        let outside = try await database.writerLane.perform { try $0.run("PRAGMA synchronous").first?.values.first }
        #expect(outside == 2)
        #expect(try await setting("synchronous", database, .write) == 2)
        #expect(try await setting("journal_mode", database, .write) == "wal")
        #expect(try await setting("auto_vacuum", database, .write) == 2)
    }

    @Test func aDatabaseIsReopened() async throws {
        let database = try SQLiteDatabase(path: path, schema: .numbers)
        try await database.insert(1)
        try await database.close()
        let again = try SQLiteDatabase(path: path, schema: .numbers)
        #expect(try await again.numbers() == [1])
        #expect(!FileManager.default.fileExists(atPath: path + ".schema-1"))
    }

    @Test func aDatabaseOfANewerReleaseIsLeftAlone() async throws {
        let newer = try SQLiteDatabase(path: path, schema: .of(Self.first, Self.second))
        try await newer.insert(1)
        try await newer.close()
        let error = #expect(throws: StorageError.self) { try SQLiteDatabase(path: path, schema: .of(Self.first)) }
        #expect("\(try #require(error))".contains("schema version 2"))
        let again = try SQLiteDatabase(path: path, schema: .of(Self.first, Self.second))
        #expect(try await again.numbers() == [1])
    }

    @Test func aMigrationKeepsACopyOfWhatWas() async throws {
        let older = try SQLiteDatabase(path: path, schema: .of(Self.first))
        try await older.insert(1)
        try await older.close()
        let newer = try SQLiteDatabase(path: path, schema: .of(Self.first, Self.second))
        try await newer.insert(2)
        #expect(try await newer.numbers() == [1, 2])
        let copy = try SQLiteDatabase(path: path + ".schema-1", schema: .of(Self.first))
        #expect(try await copy.numbers() == [1])
    }

    @Test func aMigrationThatFailsLeavesTheDatabaseAsItWas() async throws {
        let older = try SQLiteDatabase(path: path, schema: .of(Self.first))
        try await older.insert(1)
        try await older.close()
        for _ in 1...2 {
            #expect(throws: StorageError.self) {
                try SQLiteDatabase(path: path, schema: .of(Self.first, Self.second, "CREATE TABLE number (x TEXT)"))
            }
        }
        let again = try SQLiteDatabase(path: path, schema: .of(Self.first))
        #expect(try await again.numbers() == [1])
    }

    @Test func freePagesGoBackToTheDisk() async throws {
        let database = try SQLiteDatabase(path: path, schema: .numbers)
        try await database.transaction(.write) { connection in
            for number in 0..<500 {
                _ = try connection.run(
                    "INSERT INTO number VALUES ($1, $2)", .integer(Int64(number)),
                    .text(String(repeating: "x", count: 10_000)))
            }
        }
        _ = try await database.transaction(.write) { try $0.run("DELETE FROM number") }
        let full = try await database.figures()
        #expect(full.freeBytes > 5_000_000)
        var free = try await database.reclaim(pages: 100)
        #expect(free > 0)
        while free > 0 { free = try await database.reclaim() }
        #expect(try await database.checkpoint())
        let small = try await database.figures()
        #expect(small.freeBytes == 0)
        #expect(small.fileBytes < 100_000)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(size == small.fileBytes)
    }
}
