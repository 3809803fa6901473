import Domain
import Storage
import Testing

@Suite struct LogRetentionTests {
    private static func fill(_ logs: LogStore) async throws {
        for batch in 0..<250 {
            for run in 1...2 {
                let lines = CapturedLines.numbered(
                    batch..<batch + 1, run: run, begin: UInt64(batch), end: UInt64(batch + 1))
                _ = try await logs.append(lines, id: .number(batch))
            }
        }
    }

    @Test(arguments: StorageEngine.all)
    func whatIsOldGoesPieceByPiece(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        try await Self.fill(logs)
        #expect(try await logs.prune(before: .at(200)))
        #expect(try await logs.count(LogFilter()) == 400)
        while try await logs.prune(before: .at(200)) {}
        let left = try await logs.read(LogFilter(), limit: 1000)
        #expect(left.count == 100)
        #expect(left.first?.timestamp == .at(200))
        // What was taken is still known of the runs that wrote lately.
        #expect(try await logs.taken(.number(1), attempt: 1) == 250)
        while try await logs.prune(before: .distantFuture) {}
        #expect(try await logs.count(LogFilter()) == 0)
        #expect(try await logs.taken(.number(1), attempt: 1) == 0)
    }

    @Test(arguments: StorageEngine.all)
    func aRunIsDeletedWhole(engine: StorageEngine) async throws {
        let logs = try engine.logs()
        try await Self.fill(logs)
        try await logs.delete(.number(1))
        #expect(try await logs.count(LogFilter(runIDs: [.number(1)])) == 0)
        #expect(try await logs.taken(.number(1), attempt: 1) == 0)
        #expect(try await logs.count(LogFilter(runIDs: [.number(2)])) == 250)
    }
}
