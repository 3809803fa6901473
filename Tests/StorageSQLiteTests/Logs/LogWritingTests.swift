import Domain
import Storage
import Testing

@Suite struct LogWritingTests {
    private static func messages(_ logs: LogStore, run: Int = 1) async throws -> [String] {
        try await logs.read(LogFilter(runIDs: [.number(run)]), limit: 1000).map(\.message)
    }

    @Test(arguments: StorageEngine.all)
    func capturedLinesBecomeRecords(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        let captured = CapturedLines(
            runID: .number(1), attempt: 2, begin: 0, end: 20,
            lines: [
                CapturedLine(timestamp: .at(5), level: 20, message: "héllo\u{0}🚰"),
                CapturedLine(timestamp: .at(-7), level: 40, message: ""),
            ])
        let id = ID<LogRecord>.number(99)
        let progress = try await logs.append(captured, id: id)
        #expect(progress == CaptureProgress(taken: 20, isStored: true, gap: 0))
        let records = try await logs.read(LogFilter(runIDs: [.number(1)]), limit: 10)
        #expect(records.map(\.message) == ["", "héllo\u{0}🚰"])
        #expect(records.map(\.name) == ["stderr", "stdout"])
        #expect(records.map(\.level) == [40, 20])
        #expect(records.map(\.timestamp) == [.at(-7), .at(5)])
        #expect(records.map(\.runID) == [.number(1), .number(1)])
        #expect(records[1].id == id)
        #expect(Set(records.map(\.id)).count == 2)
        let again = try await logs.read(LogFilter(runIDs: [.number(1)]), limit: 10)
        #expect(again == records)
    }

    @Test(arguments: StorageEngine.all)
    func aBatchIsStoredOnce(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        let first = CapturedLines.numbered(0..<3, begin: 0, end: 30)
        for isStored in [true, false] {
            #expect(try await logs.append(first, id: .number(1)).isStored == isStored)
        }
        #expect(try await Self.messages(logs) == ["0", "1", "2"])
        #expect(try await logs.taken(.number(1), attempt: 1) == 30)
        #expect(try await logs.taken(.number(1), attempt: 2) == 0)
    }

    @Test(arguments: StorageEngine.all)
    func aBatchThatBeginsWithinWhatIsTakenIsLeft(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        _ = try await logs.append(.numbered(0..<3, begin: 0, end: 30), id: .number(1))
        let overlapping = try await logs.append(.numbered(2..<5, begin: 20, end: 50), id: .number(2))
        #expect(overlapping == CaptureProgress(taken: 30, isStored: false, gap: 0))
        let cut = try await logs.append(.numbered(3..<5, begin: 30, end: 50), id: .number(3))
        #expect(cut == CaptureProgress(taken: 50, isStored: true, gap: 0))
        #expect(try await Self.messages(logs) == ["0", "1", "2", "3", "4"])
    }

    @Test(arguments: StorageEngine.all)
    func aGapIsReported(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        _ = try await logs.append(.numbered(0..<3, begin: 0, end: 30), id: .number(1))
        let late = try await logs.append(.numbered(5..<6, begin: 42, end: 50), id: .number(2))
        #expect(late == CaptureProgress(taken: 50, isStored: true, gap: 12))
        #expect(try await Self.messages(logs) == ["0", "1", "2", "5"])
    }

    @Test(arguments: StorageEngine.all)
    func attemptsAndRunsAreTakenApart(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        for (run, attempt) in [(1, 1), (1, 2), (2, 1)] {
            let lines = CapturedLines.numbered(0..<2, run: run, attempt: attempt, begin: 0, end: 10)
            #expect(try await logs.append(lines, id: .number(attempt)).isStored)
        }
        #expect(try await Self.messages(logs, run: 1) == ["0", "0", "1", "1"])
        #expect(try await Self.messages(logs, run: 2) == ["0", "1"])
    }

    @Test(arguments: StorageEngine.all)
    func recordsKeepWhatTheyAre(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        let records = [
            LogRecord.of(1, at: 10, level: 10, name: "prefect.flow_runs", task: "b"),
            .of(2, run: 2, at: 20, level: 50, task: "a"),
            .of(3, run: nil, at: 30, name: "prefect"),
            .of(4, at: 40, level: -3, task: "b"),
            .of(5, at: 50),
        ]
        try await logs.append(records)
        try await logs.append([])
        #expect(try await logs.read(LogFilter(), limit: 10) == records)
    }

    @Test(arguments: StorageEngine.all)
    func aLargeMessageIsKept(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        let message = String(repeating: "0123456789", count: 1_000_000)
        var captured = CapturedLines.numbered(0..<3, begin: 0, end: 11_000_000)
        captured.lines[1].message = message
        _ = try await logs.append(captured, id: .number(1))
        #expect(try await Self.messages(logs) == ["0", message, "2"])
    }

    @Test(arguments: StorageEngine.all)
    func idsCountUpThroughTheChunksOfABatch(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        let captured = CapturedLines.numbered(0..<10_000, begin: 0, end: 1)
        // The last 62 bits are about to overflow.
        let id = try #require(ID<LogRecord>("018bcfe5-6800-7000-bfff-ffffffffff00"))
        _ = try await logs.append(captured, id: id)
        let records = try await logs.read(LogFilter(), limit: 20_000)
        #expect(records.map(\.message) == (0..<10_000).map { "\($0)" })
        #expect(Set(records.map(\.id)).count == 10_000)
        #expect(records[255].id.description == "018bcfe5-6800-7000-bfff-ffffffffffff")
        #expect(records[256].id.description == "018bcfe5-6800-7000-8000-000000000000")
        #expect(records[9999].id.description == "018bcfe5-6800-7000-8000-00000000260f")
    }
}
