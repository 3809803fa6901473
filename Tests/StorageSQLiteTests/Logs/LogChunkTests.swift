import Domain
import TestSupport
import Testing

@testable import Storage

/// What is read back was written by this program, but a disk may have changed it since.
@Suite struct LogChunkTests {
    private static func chunk() throws -> LogChunk {
        let records = (0..<5).map { LogRecord.of($0, at: Int64($0) * 1000, message: "message \($0)", task: "task") }
        return try #require(LogChunkEncoder.chunks(of: records).first)
    }

    @Test func aBrokenChunkIsFoundDamaged() throws {
        let chunk = try Self.chunk()
        for length in chunk.body.indices {
            #expect(throws: StorageError.self) { try LogChunkBody(Array(chunk.body[..<length]), lineCount: 5) }
        }
        #expect(throws: StorageError.self) { try LogChunkBody(chunk.body, lineCount: 6) }
        #expect(throws: StorageError.self) { try LogChunkBody(chunk.body, lineCount: .max) }
    }

    @Test func aChangedChunkCrashesNothing() throws {
        let chunk = try Self.chunk()
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            var bytes = chunk.body
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let body = try? LogChunkBody(bytes, lineCount: 5) else { continue }
            for place in body.lines.indices { _ = try? body.record(at: place, runID: nil) }
        }
    }

    @Test func aChunkIsBounded() {
        let records = (0..<10_000).map { LogRecord.of($0, at: 0, message: String(repeating: "x", count: 100)) }
        let chunks = LogChunkEncoder.chunks(of: records)
        #expect(chunks.map(\.head.count).reduce(0, +) == 10_000)
        #expect(chunks.allSatisfy { $0.body.count < LogChunkEncoder.byteLimit + 1000 })
        #expect(chunks.count == 5)
    }
}
