import Domain
import Foundation
import Storage
import TestSupport
import Testing

@testable import StorageSQLite

@Suite struct LogDayTests {
    private static let dayLength: Duration = .seconds(86_400)

    @Test func aDayIsKnownByItsFile() throws {
        for number in [-719_528, -1, 0, 1, 20_778, 2_932_896] {
            let day = LogDay(number: number)
            #expect(LogDay(fileName: day.fileName) == day)
            #expect(LogDay(day.start) == day && LogDay(day.end) == LogDay(number: number + 1))
            #expect(LogDay(day.end - .microseconds(1)) == day)
        }
        #expect(LogDay(number: 20_778).fileName == "2026-11-21.sqlite")
        for name in ["2026-11-21.sqlite-wal", "logs.sqlite", "2026-11-31.sqlite", "2026-1-2.sqlite", ".sqlite", ""] {
            #expect(LogDay(fileName: name) == nil)
        }
    }

    /// What an attempt has written, and how it comes to the server: in pieces, some repeated, on several days, with the
    /// server restarted now and then and its clock set back.
    @Test(arguments: 0..<12 as Range<UInt64>)
    func outputIsTakenExactlyOnceAcrossDaysAndRestarts(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let place = try TemporaryFolder()
        var now = Timestamp("2026-11-21T20:00:00Z") ?? .at(0)
        let runs = (0..<3).map { _ in ID<FlowRun>(at: now, from: &random) }
        var folder = try SQLiteLogFolder(path: place.file("logs"), at: now)
        var logs = LogStore(folder)
        var arrived: [ID<FlowRun>: [String]] = [:]
        var sent: [ID<FlowRun>: [CapturedLines]] = [:]
        for step in 0..<40 {
            let run = runs[Int.random(in: 0..<3, using: &random)]
            let fresh = Self.next(of: run, step, after: sent[run, default: []].last, at: now)
            let earlier = sent[run, default: []].filter { _ in Bool.random(using: &random) }
            // An agent repeats what it has not heard of, from any place on.
            for piece in (earlier.isEmpty ? [] : earlier.suffix(3)) + [fresh] {
                let progress = try await logs.append(piece, id: .number(step), at: now)
                #expect(progress.isStored == (piece == fresh))
                #expect(progress.taken == fresh.begin || progress.taken == fresh.end)
                #expect(progress.gap == 0)
            }
            sent[run, default: []].append(fresh)
            arrived[run, default: []] += fresh.lines.map(\.message)
            #expect(try await logs.taken(run, attempt: 1) == fresh.end)
            now = now + .seconds(Int.random(in: -7200...30_000, using: &random))
            if Int.random(in: 0..<10, using: &random) == 0 {
                try await folder.close()
                folder = try SQLiteLogFolder(path: place.file("logs"), at: now)
                logs = LogStore(folder)
            }
        }
        for run in runs {
            let wanted = arrived[run, default: []]
            #expect(try await Self.followed(run, logs, limit: 7) == wanted)
            #expect(try await logs.count(LogFilter(runIDs: [run])) == wanted.count)
            let read = try await logs.read(LogFilter(runIDs: [run]), limit: 1000)
            #expect(Set(read.map(\.message)) == Set(wanted))
            #expect(read.map(\.timestamp) == read.map(\.timestamp).sorted())
        }
        #expect(await folder.days(from: nil).count > 3)
    }

    private static func next(
        of run: ID<FlowRun>, _ step: Int, after last: CapturedLines?, at now: Timestamp
    ) -> CapturedLines {
        let begin = last?.end ?? 0
        let lines = (0...step % 4).map {
            CapturedLine(timestamp: now + .microseconds($0), level: 20, message: "\(step).\($0)")
        }
        return CapturedLines(
            runID: run, attempt: 1, begin: begin, end: begin + UInt64(lines.count) * 10, lines: lines)
    }

    private static func followed(_ run: ID<FlowRun>, _ logs: LogStore, limit: Int) async throws -> [String] {
        var messages: [String] = []
        var cursor = LogCursor.start
        while true {
            let (records, next, _) = try await logs.follow(run, after: cursor, limit: limit)
            if records.isEmpty { return messages }
            messages += records.map(\.message)
            cursor = try #require(LogCursor(next.description))
        }
    }

    /// Ten days with a run of its own each, whose lines have the times of their day.
    private func tenDays(_ place: TemporaryFolder) async throws -> [ID<FlowRun>] {
        var random = SeededGenerator(seed: 1)
        let folder = try SQLiteLogFolder(path: place.file("logs"), at: .at(0))
        let logs = LogStore(folder)
        let runs = (0..<10).map { ID<FlowRun>(at: LogDay(number: $0).start + Self.dayLength / 2, from: &random) }
        for (day, run) in runs.enumerated() {
            let time = LogDay(number: day).start + Self.dayLength / 2
            let lines = [CapturedLine(timestamp: time, level: 20, message: "\(day)")]
            let captured = CapturedLines(runID: run, attempt: 1, begin: 0, end: 1, lines: lines)
            _ = try await logs.append(captured, id: .number(day), at: time)
        }
        #expect(await folder.openings == 10, "a run's first line asks nothing of days before the run")
        try await folder.close()
        return runs
    }

    @Test func onlyDaysThatAQueryCanTouchAreOpened() async throws {
        let place = try TemporaryFolder()
        let runs = try await tenDays(place)
        let folder = try SQLiteLogFolder(path: place.file("logs"), at: .at(0))
        let logs = LogStore(folder)
        #expect(await folder.openings == 0)
        #expect(try await logs.read(LogFilter(runIDs: [runs[8]]), limit: 9).map(\.message) == ["8"])
        #expect(await folder.openings == 2, "its own day and the one after it")
        #expect(try await logs.follow(runs[9]).records.map(\.message) == ["9"])
        #expect(await folder.openings == 2, "it is open still")
        // What the days hold is looked for once.
        #expect(try await logs.read(LogFilter(), limit: 99).map(\.message) == (0..<10).map { "\($0)" })
        let before = await folder.openings
        let span = LogFilter(earliest: LogDay(number: 3).start, latest: LogDay(number: 4).end)
        #expect(try await logs.read(span, limit: 9).map(\.message) == ["3", "4"])
        #expect(await folder.openings <= before + 2)
        let newest = await folder.openings
        #expect(try await logs.read(LogFilter(), order: .newestFirst, limit: 1).map(\.message) == ["9"])
        #expect(await folder.openings <= newest + 2, "and the page after it is not looked at")
        #expect(await folder.openFiles <= SQLiteLogFolder.openLimit)
        try await folder.close()
        await #expect(throws: StorageError.self) { try await logs.count(LogFilter()) }
    }

    @Test func aFolderIsUsedByOneProcess() async throws {
        let place = try TemporaryFolder()
        let folder = try SQLiteLogFolder(path: place.file("logs"), at: .at(0))
        #expect(throws: StorageError.self) { try SQLiteLogFolder(path: place.file("logs"), at: .at(0)) }
        try await folder.close()
        try await SQLiteLogFolder(path: place.file("logs"), at: .at(0)).close()
    }

    // MARK: What was before

    private func former(_ place: TemporaryFolder, closing: Bool) async throws -> SQLiteDatabase {
        let database = try SQLiteDatabase(path: place.file("logs.sqlite"), schema: LogSchema.schema)
        _ = try await LogStore(database).append(.numbered(0..<3, begin: 0, end: 30), id: .number(1))
        if closing { try await database.close() }
        return database
    }

    @Test(arguments: [true, false])
    func theOneFileOfBeforeBecomesTheFileOfADay(wasClosed: Bool) async throws {
        let place = try TemporaryFolder()
        let database = try await former(place, closing: wasClosed)
        let old = place.file("logs.sqlite")
        if !wasClosed {
            // As after kill -9: what was acknowledged is in the log beside the file.
            for companion in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: old + companion, toPath: old + companion + ".copy")
            }
            try await database.close()
            for companion in ["", "-wal"] {
                _ = try? FileManager.default.removeItem(atPath: old + companion)
                try FileManager.default.moveItem(atPath: old + companion + ".copy", toPath: old + companion)
            }
        }
        let now = Timestamp("2026-11-21T20:00:00Z") ?? .at(0)
        for start in 1...2 {
            let folder = try SQLiteLogFolder(path: place.file("logs"), adopting: old, at: now)
            let logs = LogStore(folder)
            #expect(try await logs.taken(.number(1), attempt: 1) == (start == 1 ? 30 : 40))
            #expect(try await logs.read(LogFilter(), limit: 9).prefix(3).map(\.message) == ["0", "1", "2"])
            let repeated = CapturedLines.numbered(0..<3, begin: 0, end: 30)
            #expect(try await logs.append(repeated, id: .number(1), at: now).isStored == false)
            _ = try await logs.append(.numbered(3..<4, begin: 30, end: 40), id: .number(2), at: now)
            #expect(try await Self.followed(.number(1), logs, limit: 2) == ["0", "1", "2", "3"])
            try await folder.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() == ["logs", "logs.lock"])
        }
    }
}
