import Domain
import TestSupport
import Testing
import Wire

@testable import AgentRuntime

/// Whatever bytes a program writes, lines come out that anybody can read, store and show.
struct OutputFuzzTests {
    /// What programs write, and what they should not.
    private static let pieces: [[UInt8]] = [
        Array("plain\n".utf8), Array("é€😀".utf8), [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xFF, 0xFE], [0x80], [0],
        Array("\u{1B}[31;1mred\u{1B}[0m\u{1B}]0;title\u{7}".utf8), [0x0D, 0x0A], [0x0D], [0x0A], [0xED, 0xA0, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xC0, 0xAF], Array(repeating: 0x61, count: 20_000),
        Array(repeating: 0xE2, count: 700),
        Array(String(repeating: "€", count: 6000).utf8), [0x0B, 0x0C, 0x1C, 0xC2, 0x85], Array("\u{2028}\u{2029}".utf8),
    ]

    private func output(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<random.choice(of: 40)).flatMap { _ in
            random.choice(of: 4) == 0 ? random.bytes(random.choice(of: 50)) : Self.pieces[random.choice(of: 20)]
        }
    }

    private func lines(_ bytes: [UInt8], cutAt cuts: [Int]) -> [PlacedLine] {
        var splitter = LineSplitter()
        var lines: [PlacedLine] = []
        var begin = 0
        for end in cuts + [bytes.count] where end > begin {
            let piece = OutputPiece(
                stream: .standardOutput, at: Timestamp(microseconds: 1), bytes: Array(bytes[begin..<end]),
                begin: UInt64(begin), end: UInt64(end))
            splitter.split(piece, into: &lines)
            begin = end
        }
        splitter.flush(at: UInt64(bytes.count), isShowing: false, into: &lines)
        return lines
    }

    @Test(arguments: Fuzz.seeds(300))
    func linesAreTextOfABoundedLengthWhereverReadsWereCut(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = output(&random)
        let whole = lines(bytes, cutAt: [])
        let cuts = (0..<random.choice(of: 20)).map { _ in random.choice(of: max(1, bytes.count)) }.sorted()
        #expect(lines(bytes, cutAt: cuts) == whole, "seed \(seed)")
        let feeds = bytes.count { $0 == 0x0A }
        #expect(whole.count == feeds + (bytes.last.map { $0 != 0x0A } ?? false ? 1 : 0), "seed \(seed)")
        for line in whole {
            // Each byte that is no text becomes one character of three bytes.
            #expect(line.line.message.utf8.count <= 3 * LineSplitter.longest + 64, "seed \(seed)")
            #expect(!line.line.message.utf8.contains { $0 == 0 || $0 == 0x0A }, "seed \(seed)")
        }
    }
}
