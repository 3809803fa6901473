import Domain
import Foundation
import Storage
import Testing

@testable import StorageSQLite

@Suite struct LogRetentionTests {
    private static let dayLength: Duration = .seconds(86_400)

    @Test(arguments: StorageEngine.all)
    func aRunIsDeletedWhole(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        for batch in 0..<250 {
            for run in 1...2 {
                let lines = CapturedLines.numbered(
                    batch..<batch + 1, run: run, begin: UInt64(batch), end: UInt64(batch + 1))
                _ = try await logs.append(lines, id: .number(batch), at: .at(0) + .seconds(batch * 1000))
            }
        }
        try await logs.delete(.number(1))
        #expect(try await logs.count(LogFilter(runIDs: [.number(1)])) == 0)
        #expect(try await logs.taken(.number(1), attempt: 1) == 0)
        #expect(try await logs.count(LogFilter(runIDs: [.number(2)])) == 250)
    }

    /// A folder with a line for each of `days` days, of about `bytes` bytes.
    private func filled(
        _ folder: TemporaryFolder, days: Int, bytes: Int = 1
    ) async throws -> (folder: SQLiteLogFolder, logs: LogStore) {
        let opened = try SQLiteLogFolder(path: folder.file("logs"), at: .at(0))
        let logs = LogStore(opened)
        for day in 0..<days {
            try await logs.append(
                [.of(day + 1, at: Int64(day), message: String(repeating: "x", count: bytes))],
                at: .at(0) + Self.dayLength * day + .seconds(3600))
        }
        return (opened, logs)
    }

    private func times(_ logs: LogStore) async throws -> [Int64] {
        try await logs.read(LogFilter(), limit: 100).map(\.timestamp.microseconds)
    }

    @Test func daysLeaveByAgeAndNotTheDayOfNow() async throws {
        let place = try TemporaryFolder()
        let (folder, logs) = try await filled(place, days: 5)
        let limits = LogLimits(age: Self.dayLength * 2, bytes: nil)
        // Two days after the end of the first, less a moment; and then.
        let moment = Timestamp.at(0) + Self.dayLength * 3
        #expect(try await logs.prune(limits, at: moment - .microseconds(1)) == 0)
        #expect(try await times(logs) == [0, 1, 2, 3, 4])
        #expect(try await logs.prune(limits, at: moment) > 0)
        #expect(try await times(logs) == [1, 2, 3, 4])
        #expect(try await logs.prune(LogLimits(age: .zero, bytes: nil), at: moment + Self.dayLength) > 0)
        #expect(try await times(logs) == [4])
        #expect(try await logs.prune(LogLimits(age: nil, bytes: nil), at: moment + Self.dayLength * 999) == 0)
        try await folder.close()
        #expect(try files(place) == ["1970-01-05.sqlite"])
    }

    private func files(_ place: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place.file("logs")).sorted()
    }

    @Test func theOldestDaysLeaveBySize() async throws {
        let place = try TemporaryFolder()
        let (_, logs) = try await filled(place, days: 6, bytes: 1_000_000)
        let now = Timestamp.at(0) + Self.dayLength * 5
        let before = try await logs.size()
        let given = try await logs.prune(LogLimits(age: nil, bytes: 3_500_000), at: now)
        #expect(try await times(logs) == [3, 4, 5])
        #expect(try await logs.size() == before - given)
        #expect(try await logs.size() <= 3_500_000)
    }

    @Test func theDayOfNowIsTrimmedWhenItAloneIsTooLarge() async throws {
        let place = try TemporaryFolder()
        let (folder, logs) = try await filled(place, days: 1)
        for line in 0..<400 {
            try await logs.append(
                [.of(line, at: Int64(1000 + line), message: String(repeating: "y", count: 20_000))], at: .at(0))
        }
        let full = try await logs.size()
        #expect(full > 8_000_000)
        let limit = 4_000_000
        #expect(try await logs.prune(LogLimits(age: .zero, bytes: limit), at: .at(0)) > 0)
        let left = try await times(logs) + logs.read(LogFilter(), limit: 999, offset: 100).map(\.timestamp.microseconds)
        #expect(left.count > 100 && left.count < 200)
        #expect(left == Array(Int64(1400) - Int64(left.count)..<1400), "the newest lines stay")
        #expect(try await logs.size() <= limit)
        try await folder.close()
        let size = try FileManager.default.attributesOfItem(atPath: place.file("logs/1970-01-01.sqlite"))[.size] as? Int
        #expect(try #require(size) <= limit, "the file itself has become smaller")
    }

    @Test func aDayThatIsReadIsRemovedAfterwards() async throws {
        let place = try TemporaryFolder()
        let (folder, logs) = try await filled(place, days: 2)
        let day = LogDay(number: 0)
        let file = place.file("logs/\(day.fileName)")
        let (entered, gate) = (Gate(), Gate())
        let reader = Task {
            try await folder.use(day) { database in
                entered.open()
                await gate.passed()
                return try await database.transaction(.read) {
                    try $0.run("SELECT count(*) FROM log_chunk").first?.count()
                }
            }
        }
        await entered.passed()
        let removal = Task { try await folder.remove(day) }
        // It is not to be found from now on, and yet it is there for who reads it.
        while await folder.days(from: nil).count == 2 { await Task.yield() }
        #expect(try await folder.use(day) { _ in true } == nil)
        #expect(try await times(logs) == [1])
        #expect(FileManager.default.fileExists(atPath: file))
        gate.open()
        #expect(try await reader.value == 1)
        try await removal.value
        for companion in ["", "-wal", "-shm"] { #expect(!FileManager.default.fileExists(atPath: file + companion)) }
    }
}
