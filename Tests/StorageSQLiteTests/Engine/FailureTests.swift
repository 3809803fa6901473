import Foundation
import Storage
import Testing

@testable import StorageSQLite

@Suite struct FailureTests {
    let folder: TemporaryFolder
    let database: SQLiteDatabase

    init() throws {
        folder = try TemporaryFolder()
        database = try SQLiteDatabase(path: folder.file("a.sqlite"), schema: .numbers)
    }

    private func isUnavailable(_ error: (any Error)?) -> Bool {
        guard case .unavailable? = error as? StorageError else { return false }
        return true
    }

    private func isFull(_ error: (any Error)?) -> Bool {
        guard case .full? = error as? StorageError else { return false }
        return true
    }

    @Test func aFullFileFailsOnlyWhatDoesNotFit() async throws {
        _ = try await database.transaction(.write) { connection in
            let pages = try connection.run("PRAGMA page_count").first?.count() ?? 0
            _ = try connection.run("PRAGMA max_page_count = \(pages + 20)")
        }
        let outcomes = try await database.group([
            { try $0.insert(1) },
            { _ = try $0.run("INSERT INTO number VALUES (2, $1)", .text(String(repeating: "x", count: 1_000_000))) },
            { try $0.insert(3) },
        ])
        #expect(outcomes.map(\.isSuccess) == [true, false, true])
        #expect(isFull(outcomes[1].error))
        #expect("\(try #require(outcomes[1].error))".contains("free space"))
        #expect(try await database.numbers() == [1, 3])
    }

    @Test(.enabled(if: geteuid() == 0, "mounting a small disk needs root"))
    func aFullDiskFailsTheGroupAndIsSurvived() async throws {
        let disk = folder.file("disk")
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        guard mount("tmpfs", disk, "tmpfs", 0, "size=2m") == 0 else { return }
        defer { umount2(disk, Int32(MNT_DETACH)) }
        let database = try SQLiteDatabase(path: disk + "/a.sqlite", schema: .numbers)
        try await database.insert(1)
        let filler = FileManager.default.createFile(atPath: disk + "/filler", contents: nil)
        #expect(filler)
        let handle = try #require(FileHandle(forWritingAtPath: disk + "/filler"))
        let block = Data(count: 4096)
        while (try? handle.write(contentsOf: block)) != nil {}
        try handle.close()

        let outcomes = try await database.group(
            (2...5).map { number in
                { connection in
                    let note = String(repeating: "x", count: 100_000)
                    _ = try connection.run("INSERT INTO number VALUES ($1, $2)", .integer(Int64(number)), .text(note))
                }
            })
        #expect(outcomes.allSatisfy { isFull($0.error) })
        #expect(try await database.numbers() == [1])

        try FileManager.default.removeItem(atPath: disk + "/filler")
        try await database.insert(6)
        #expect(try await database.numbers() == [1, 6])
        try await database.close()
    }

    @Test func aSecondOpenerIsToldWhoHasTheFile() async throws {
        let path = folder.file("a.sqlite")
        let error = #expect(throws: StorageError.self) { try SQLiteDatabase(path: path, schema: .numbers) }
        #expect("\(try #require(error))".contains("in use by process \(getpid())"))
        try await database.insert(1)
        #expect(try await database.numbers() == [1])
    }

    @Test func aFileThatIsNoDatabaseIsDamaged() throws {
        let path = folder.file("text.sqlite")
        try String(repeating: "This is not a database. ", count: 100).write(
            toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: StorageError.self) { try SQLiteDatabase(path: path, schema: .numbers) }
        guard case .corrupt? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aMissingFolderIsNamed() throws {
        let path = folder.file("missing/a.sqlite")
        let error = #expect(throws: StorageError.self) { try SQLiteDatabase(path: path, schema: .numbers) }
        #expect(isUnavailable(error))
        #expect("\(try #require(error))".contains("missing/a.sqlite"))
    }

    @Test(arguments: [
        "SELECT $2, $1", "SELECT $1, $3", "SELECT ?1", "SELECT :1", "SELECT $a", "SELEC 1", "SELECT * FROM nowhere",
        "SELECT 1; SELECT 2", "",
    ])
    func aStatementThatIsWrongIsNamed(sql: String) async throws {
        let error = await #expect(throws: StorageError.self) {
            try await database.transaction(.read) { try $0.run(sql, sql.contains(",") ? [1, 2] : [1]) }
        }
        guard case .corrupt(let message)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.hasSuffix("in: \(sql)"))
    }

    @Test func asManyValuesAsParameters() async throws {
        await #expect(throws: StorageError.corrupt("1 values for 2 parameters, in: SELECT $1, $2")) {
            try await database.transaction(.read) { try $0.run("SELECT $1, $2", 1) }
        }
    }

    @Test func aReadChangesNothing() async throws {
        let memory = try SQLiteDatabase(inMemory: .numbers)
        for database in [database, memory] {
            await #expect(throws: StorageError.self) { try await database.transaction(.read) { try $0.insert(1) } }
            try await database.insert(2)
            #expect(try await database.numbers() == [2])
            try await database.close()
            await #expect(throws: StorageError.self) { try await database.numbers() }
        }
    }
}
