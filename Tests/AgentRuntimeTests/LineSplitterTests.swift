import Domain
import TestSupport
import Testing
import Wire

@testable import AgentRuntime

struct LineSplitterTests {
    /// The lines of pieces that follow one another as in a capture file: a header of 13 bytes before each.
    private func lines(
        _ pieces: [(OutputPiece.Stream, [UInt8])], flush: Bool = true
    ) -> [PlacedLine] {
        var splitter = LineSplitter()
        var lines: [PlacedLine] = []
        var offset: UInt64 = 0
        for (stream, bytes) in pieces {
            let piece = piece(stream, bytes, at: offset)
            offset = piece.end
            splitter.split(piece, into: &lines)
        }
        if flush { splitter.flush(at: offset, isShowing: false, into: &lines) }
        return lines
    }

    private func piece(_ stream: OutputPiece.Stream, _ bytes: [UInt8], at offset: UInt64) -> OutputPiece {
        OutputPiece(
            stream: stream, at: Timestamp(microseconds: Int64(offset)), bytes: bytes, begin: offset,
            end: offset + 13 + UInt64(bytes.count))
    }

    private func text(_ pieces: String...) -> [String] {
        lines(pieces.map { (.standardOutput, Array($0.utf8)) }).map(\.line.message)
    }

    @Test func linesEndAtLineFeeds() {
        #expect(text("one\ntwo\n") == ["one", "two"])
        #expect(text("one\r\ntwo\r\n") == ["one", "two"])
        #expect(text("one\n\n\ntwo") == ["one", "", "", "two"])
        #expect(text("o", "ne\nt", "wo", "\n") == ["one", "two"])
        #expect(text("one\r", "\ntwo") == ["one", "two"])
        #expect(text("") == [])
        #expect(text("50%\r100%\n\u{1B}[31mred\u{1B}[0m\n") == ["50%\r100%", "\u{1B}[31mred\u{1B}[0m"])
    }

    @Test func theStreamsAreApart() {
        let lines = lines([
            (.standardOutput, Array("ou".utf8)), (.standardError, Array("err\n".utf8)),
            (.standardOutput, Array("t\n".utf8)),
        ])
        #expect(lines.map(\.line.message) == ["err", "out"])
        #expect(lines.map(\.line.level) == [40, 20])
    }

    @Test func charactersThatAreCutByPiecesAreWhole() {
        let bytes = Array("a€😀é\n".utf8)
        for cut in 0...bytes.count {
            let lines = lines([(.standardOutput, Array(bytes[..<cut])), (.standardOutput, Array(bytes[cut...]))])
            #expect(lines.map(\.line.message) == ["a€😀é"])
        }
    }

    @Test func whatIsNotTextIsReplaced() {
        #expect(lines([(.standardOutput, [0x61, 0xFF, 0xC3, 0x0A])])[0].line.message == "a\u{FFFD}\u{FFFD}")
        #expect(lines([(.standardOutput, [0x61, 0x00, 0x62, 0x0A])])[0].line.message == "a\u{2400}b")
        var random = SeededGenerator(seed: 1)
        let binary = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let lines = lines([(.standardOutput, binary)])
        let ends = binary.count { $0 == 0x0A } + (binary.last == 0x0A ? 0 : 1)
        #expect(lines.count == ends)
        #expect(!lines.contains { $0.line.message.utf8.contains(0) })
    }

    @Test func overlongLinesAreCutAndSaySo() {
        let ten = 10 << 20
        let pieces = (0..<160).map { _ in
            (OutputPiece.Stream.standardOutput, [UInt8](repeating: 0x78, count: ten / 160))
        }
        let lines = lines(pieces + [(.standardOutput, Array("\nnext\n".utf8))])
        #expect(lines.count == 2)
        let head = String(repeating: "x", count: LineSplitter.longest)
        #expect(lines[0].line.message == head + "… [cut: \(ten - LineSplitter.longest) more bytes]")
        #expect(lines[1].line.message == "next")
    }

    @Test func aCutGoesThroughNoCharacter() {
        let text = String(repeating: "€", count: 6000)
        let line = lines([(.standardOutput, Array(text.utf8))])[0].line.message
        let kept = LineSplitter.longest / 3
        #expect(line == String(repeating: "€", count: kept) + "… [cut: \(18000 - kept * 3) more bytes]")
    }

    @Test func aLineWithoutEndEndsSomewhere() {
        let piece = [UInt8](repeating: 0x79, count: 8 << 20)
        let lines = lines((0..<9).map { _ in (.standardError, piece) })
        #expect(lines.count == 2)
        #expect(lines[0].line.message.hasSuffix("… [cut: \((64 << 20) - LineSplitter.longest) more bytes]"))
    }

    @Test func aPromptIsShownAndItsEndMakesNoSecondLine() {
        var splitter = LineSplitter()
        var lines: [PlacedLine] = []
        splitter.split(piece(.standardOutput, Array("name? ".utf8), at: 0), into: &lines)
        #expect(lines.isEmpty && splitter.hasPending)
        splitter.flush(at: 19, isShowing: true, into: &lines)
        #expect(lines.map(\.line.message) == ["name? "])
        splitter.split(piece(.standardOutput, Array("\nthanks\n\n".utf8), at: 19), into: &lines)
        #expect(lines.map(\.line.message) == ["name? ", "thanks", ""])
    }

    /// However output is cut into pieces, it has the same lines, and their places grow.
    @Test(arguments: 0..<50)
    func cutsChangeNothing(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ab\n\r€\0".utf8) + [0xFF]
        let bytes = (0..<2000).map { _ in alphabet.randomElement(using: &random) ?? 0 }
        let whole = lines([(.standardOutput, bytes)]).map(\.line.message)
        var pieces: [(OutputPiece.Stream, [UInt8])] = []
        var position = 0
        while position < bytes.count {
            let end = min(bytes.count, position + Int.random(in: 1...90, using: &random))
            pieces.append((.standardOutput, Array(bytes[position..<end])))
            position = end
        }
        let cut = lines(pieces)
        #expect(cut.map(\.line.message) == whole)
        #expect(zip(cut, cut.dropFirst()).allSatisfy { $0.end < $1.end })
    }

    @Test func theLastErrorsAreTheLast() {
        var errors = LastErrors()
        #expect(errors.text == nil)
        for number in 1...100 {
            errors.take(LogLine(level: 40, timestamp: Timestamp(microseconds: 0), message: "e\(number)"))
            errors.take(LogLine(level: 20, timestamp: Timestamp(microseconds: 0), message: "o\(number)"))
        }
        #expect(errors.text == (81...100).map { "e\($0)" }.joined(separator: "\n"))
        errors.take(
            LogLine(level: 40, timestamp: Timestamp(microseconds: 0), message: String(repeating: "é", count: 5000)))
        #expect(errors.text == "…" + String(repeating: "é", count: 1024))
    }
}
