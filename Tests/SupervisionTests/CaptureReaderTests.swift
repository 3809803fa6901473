import Glibc
import TestSupport
import Testing

@testable import Supervision

struct CaptureReaderTests {
    private func inTemporaryFile(_ body: (String) throws -> Void) rethrows {
        let directory = temporaryDirectory()
        defer {
            unlink(directory + "/capture")
            rmdir(directory)
        }
        try body(directory + "/capture")
    }

    private func append(_ texts: [String], to path: String) {
        var file = CaptureFile(path: path)
        for (index, text) in texts.enumerated() {
            let stream: CaptureRecord.Stream = index % 2 == 0 ? .standardOutput : .standardError
            Array(text.utf8).withUnsafeBytes { file.append(stream, at: 7, $0) }
        }
        file.close()
    }

    private func replace(_ bytes: [UInt8], at path: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    @Test func aMissingFileIsEmpty() throws {
        var reader = CaptureReader(path: "/no/such/capture")
        #expect(try reader.next().isEmpty)
    }

    @Test func recordsAreReadOnceAndFromAnyBoundary() throws {
        try inTemporaryFile { path in
            append(["one", "two", "three"], to: path)
            var reader = CaptureReader(path: path)
            let records = try reader.next()
            #expect(records.map { String(decoding: $0.bytes, as: UTF8.self) } == ["one", "two", "three"])
            #expect(records.map(\.stream) == [.standardOutput, .standardError, .standardOutput])
            #expect(try reader.next().isEmpty)
            var second = CaptureReader(path: path, offset: records[0].end)
            #expect(try second.next() == Array(records.dropFirst()))
            append(["four"], to: path)
            #expect(try reader.next().map { String(decoding: $0.bytes, as: UTF8.self) } == ["four"])
        }
    }

    @Test func aTornTailWaitsForItsRest() throws {
        try inTemporaryFile { path in
            append(["one", "two"], to: path)
            let whole = try #require(contents(path))
            for cut in 0...whole.count {
                replace(Array(whole.prefix(cut)), at: path)
                var reader = CaptureReader(path: path)
                #expect(try reader.next().count == (cut < 16 ? 0 : cut < 32 ? 1 : 2))
                replace(whole, at: path)
                _ = try reader.next()
                #expect(reader.offset == UInt64(whole.count))
            }
        }
    }

    @Test(arguments: [1, 20, 100, 5000])
    func aSmallLimitOnlyMakesMoreReads(limit: Int) throws {
        try inTemporaryFile { path in
            let texts = (0..<40).map { String(repeating: "x", count: 1 + $0 * 97) }
            append(texts, to: path)
            var reader = CaptureReader(path: path)
            var read: [Int] = []
            while case let some = try reader.next(limit: limit), !some.isEmpty { read += some.map(\.bytes.count) }
            #expect(read == texts.map(\.utf8.count))
        }
    }

    @Test func aReleasedPrefixIsSkipped() throws {
        try inTemporaryFile { path in
            append((0..<30).map { _ in String(repeating: "x", count: 10_001) }, to: path)
            var reader = CaptureReader(path: path)
            var records = try reader.next(limit: 100_000)
            while case let some = try reader.next(), !some.isEmpty { records += some }
            for kept in [3, 0] {
                reader.release(upTo: records[records.count - 1 - kept].end)
                var late = CaptureReader(path: path, offset: records[2].end)
                #expect(try late.next() == records.suffix(kept))
            }
        }
    }

    @Test func garbageIsRefusedAndNeverTraps() throws {
        var random = SeededGenerator(seed: 1)
        try inTemporaryFile { path in
            append(["one", "two", "three"], to: path)
            let whole = try #require(contents(path))
            for _ in 0..<300 {
                var bytes = whole
                for _ in 0..<3 {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                replace(bytes, at: path)
                var reader = CaptureReader(path: path, offset: .random(in: 0...60, using: &random))
                do {
                    while try !reader.next(limit: 20).isEmpty {}
                } catch SupervisionError.captureDamaged(_, let offset) {
                    #expect(offset == reader.offset)
                }
            }
            replace(Array("this is no capture file".utf8), at: path)
            var reader = CaptureReader(path: path)
            #expect(throws: SupervisionError.captureDamaged(path: path, offset: 0)) { try reader.next() }
            var far = CaptureReader(path: path, offset: .max)
            #expect(try far.next().isEmpty)
        }
    }
}
