import Domain
import Storage
import TestSupport
import Testing

@Suite struct LogReadingTests {
    /// Batches of lines whose times overlap and repeat, in the order of their arrival.
    private static func batches(_ random: inout SeededGenerator) -> [[LogRecord]] {
        var number = 0
        return (0..<Int.random(in: 1...30, using: &random)).map { _ in
            let start = Int64.random(in: 0...60, using: &random)
            let isSorted = Bool.random(using: &random)
            return (0..<Int.random(in: 1...20, using: &random)).map { line in
                number += 1
                let time = isSorted ? start + Int64(line) : start + Int64.random(in: 0...10, using: &random)
                return LogRecord.of(
                    number, run: [1, 2, 3, nil].randomElement(using: &random) ?? nil, at: time,
                    level: 10 * Int.random(in: 1...5, using: &random),
                    message: ["alpha beta", "Beta", "gamma"].randomElement(using: &random),
                    task: ["a", "b", nil].randomElement(using: &random) ?? nil)
            }
        }
    }

    private static func filter(_ random: inout SeededGenerator) -> LogFilter {
        func some<Value>(_ values: [Value]) -> Value? {
            Int.random(in: 0..<4, using: &random) == 0 ? values.randomElement(using: &random) : nil
        }
        return LogFilter(
            runIDs: some([[], [.number(1)], [.number(3), .number(2)], [.number(9)]]),
            taskRunIDs: some([[], ["a"], ["a", "b"]]), hasTaskRun: some([true, false]),
            lowestLevel: some([20, 40]), highestLevel: some([10, 30]), earliest: some([.at(20), .at(65)]),
            latest: some([.at(5), .at(40)]), text: some([LogTextSearch("BETA"), LogTextSearch("gamma -flow")]))
    }

    private static func meets(_ filter: LogFilter, _ record: LogRecord) -> Bool {
        (filter.runIDs.map { ids in record.runID.map { ids.contains($0) } ?? false } ?? true)
            && (filter.taskRunIDs.map { ids in record.taskRunID.map { ids.contains($0) } ?? false } ?? true)
            && (filter.hasTaskRun.map { $0 == (record.taskRunID != nil) } ?? true)
            && record.level >= (filter.lowestLevel ?? .min) && record.level <= (filter.highestLevel ?? .max)
            && record.timestamp >= (filter.earliest ?? .at(.min)) && record.timestamp <= (filter.latest ?? .at(.max))
            && (filter.text.map { text in
                let words = record.message.lowercased()
                return text == LogTextSearch("BETA") ? words.contains("beta") : false
            } ?? true)
    }

    /// Batches arrive on several days, whatever the times of their lines.
    private static func arrival(_ batch: Int) -> Timestamp { .at(0) + .seconds(batch * 10_000) }

    /// By time, then run, then arrival.
    private static func sorted(_ records: [LogRecord]) -> [LogRecord] {
        records.enumerated().sorted { left, right in
            let (one, other) = (left.element, right.element)
            if one.timestamp != other.timestamp { return one.timestamp < other.timestamp }
            let runs = [one, other].map { $0.runID?.description ?? "" }
            return runs[0] != runs[1] ? runs[0] < runs[1] : left.offset < right.offset
        }.map(\.element)
    }

    @Test(arguments: StorageEngine.all, 0..<12 as Range<UInt64>)
    func readingIsSortingWhatWasWritten(engine: StorageEngine, seed: UInt64) async throws {
        let logs = try engine.logs()
        var random = SeededGenerator(seed: seed)
        let batches = Self.batches(&random)
        for (number, batch) in batches.enumerated() { try await logs.append(batch, at: Self.arrival(number)) }
        let all = Self.sorted(batches.flatMap { $0 })
        for _ in 0..<40 {
            let filter = Self.filter(&random)
            let expected = all.filter { Self.meets(filter, $0) }
            let limit = Int.random(in: 0...60, using: &random)
            let offset = Int.random(in: 0...60, using: &random)
            let oldest = try await logs.read(filter, limit: limit, offset: offset)
            #expect(oldest == Array(expected.dropFirst(offset).prefix(limit)), "\(filter)")
            let newest = try await logs.read(filter, order: .newestFirst, limit: limit, offset: offset)
            #expect(newest == Array(expected.reversed().dropFirst(offset).prefix(limit)), "\(filter)")
            #expect(try await logs.count(filter) == expected.count)
        }
    }

    @Test(arguments: StorageEngine.all)
    func pagesOfManyChunksFitTogether(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        for batch in 0..<700 {
            _ = try await logs.append(
                .numbered(batch * 3..<batch * 3 + 3, begin: UInt64(batch), end: UInt64(batch + 1)),
                id: .number(batch), at: .at(0) + .seconds(batch * 400))
        }
        let filter = LogFilter(runIDs: [.number(1)])
        for order in [LogOrder.oldestFirst, .newestFirst] {
            var pages: [String] = []
            while true {
                let page = try await logs.read(filter, order: order, limit: 200, offset: pages.count)
                pages += page.map(\.message)
                if page.count < 200 { break }
            }
            let numbers = (0..<2100).map { "\($0)" }
            #expect(pages == (order == .oldestFirst ? numbers : numbers.reversed()))
        }
        #expect(try await logs.count(filter) == 2100)
        #expect(try await logs.read(filter, limit: 5, offset: 2100).isEmpty)
        #expect(try await logs.read(filter, limit: 5, offset: 9999).isEmpty)
    }

    @Test(arguments: StorageEngine.all, [1, 7, 1000])
    func followingGivesEachLineOnceInTheOrderOfArrival(engine: StorageEngine, limit: Int) async throws {
        let logs = try engine.logs()
        let runID = ID<FlowRun>.number(1)
        var cursor = LogCursor.start
        var seen: [String] = []
        for batch in (0..<12).reversed() {
            let lines = CapturedLines.numbered(
                batch * 10..<batch * 10 + batch, attempt: batch + 1, begin: 0, end: 1)
            _ = try await logs.append(lines, id: .number(batch), at: Self.arrival(12 - batch))
            while true {
                let bytes = limit == 7 ? 5 : .max
                let (records, next, _) = try await logs.follow(runID, after: cursor, limit: limit, bytes: bytes)
                seen += records.map(\.message)
                cursor = try #require(LogCursor(next.description))
                if records.isEmpty { break }
            }
        }
        #expect(seen == (0..<12).reversed().flatMap { batch in (0..<batch).map { "\(batch * 10 + $0)" } })
        #expect(try await logs.follow(.number(2)).records.isEmpty)
    }

    @Test(arguments: ["", "1", "1-", "-1", "1-2-3", "a-b", "-1-2", "1--2"])
    func aCursorIsReadStrictly(text: String) {
        #expect(LogCursor(text) == nil)
    }

    @Test(arguments: [
        ("error", true), ("ERROR", true), ("missing", false), ("missing error", true), ("error -timeout", false),
        ("error !timeout", false), ("+error +timeout", true), ("+error +missing", false), ("-missing", true),
        ("\"connection timeout\"", true), ("\"timeout connection\"", false), ("-\"connection timeout\"", false),
        ("stderr", true), ("", true), ("+ - !", true), ("\"\"", true), ("\\\"quoted\\\"", true), ("\"", true),
    ])
    func textIsSearchedAsPrefectDoes(query: String, isFound: Bool) async throws {
        let logs = try StorageEngine.memory.logs()
        try await logs.append([
            .of(1, at: 1, name: "stderr", message: "Error: \"quoted\" Connection timeout after 5 s")
        ])
        #expect(try await logs.count(LogFilter(text: LogTextSearch(query))) == (isFound ? 1 : 0))
    }
}
