import Domain
import Glibc
import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct TextTests {
    @Test func `A table fits the width whenever its columns can, and its columns stand under their titles`() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let table = Self.randomTable(&random)
            for width in [20, 40, 60, 80, 200] {
                let lines = table.lines(width: width, style: Style(isOn: false))
                #expect(lines.count == table.rows.count + 1)
                #expect(lines.allSatisfy { $0.last != " " })
                guard table.narrowest <= width else { continue }
                #expect(lines.allSatisfy { TerminalText.width($0) <= width })
            }
        }
    }

    @Test func `What need not be cut is not, and numbers are right-aligned`() {
        var table = Table([Table.Column("NAME", narrowest: 3), Table.Column("N", isRight: true), Table.Column("LAST")])
        table.add([Table.Cell("a"), Table.Cell("100"), Table.Cell("x")])
        table.add([Table.Cell("long name"), Table.Cell("7"), Table.Cell("")])
        #expect(
            table.lines(width: 80, style: Style(isOn: false)) == [
                "NAME         N  LAST", "a          100  x", "long name    7",
            ])
        #expect(
            table.lines(width: 17, style: Style(isOn: false)) == ["NAME      N  LAST", "a       100  x", "long …    7"])
    }

    @Test func `Colours take no room`() {
        var table = Table([Table.Column("A"), Table.Column("B")])
        table.add([Table.Cell("x", .red), Table.Cell("y")])
        #expect(table.lines(width: 80, style: Style(isOn: true))[1] == "\u{1B}[31mx\u{1B}[0m  y")
    }

    @Test(arguments: ["", "abc", "äöü", "日本語テキスト", "👩‍👩‍👧 family", "e\u{301}e\u{301}", "a\u{200B}b"])
    func `Fitted text is no wider than its room`(text: String) {
        for width in 0...16 {
            let fitted = TerminalText.fitted(text, to: width)
            #expect(TerminalText.width(fitted) <= width)
            if TerminalText.width(text) <= width { #expect(fitted == text) }
        }
    }

    @Test func `Control characters cannot reach the terminal, but for colours and tabs of a log`() {
        #expect(TerminalText.line("a\u{1B}[2J\nb\t\u{202E}c") == "a\u{FFFD}[2J\u{FFFD}b\u{FFFD}\u{FFFD}c")
        #expect(TerminalText.logLine("\u{1B}[1;31mred\u{1B}[0m\tx") == "\u{1B}[1;31mred\u{1B}[0m\tx")
        #expect(TerminalText.logLine("\u{1B}]0;title\u{7}\u{1B}[2J\r") == "\u{FFFD}]0;title\u{FFFD}\u{FFFD}[2J\u{FFFD}")
        #expect(TerminalText.logLine("\u{1B}[") == "\u{FFFD}[")
    }

    @Test(arguments: [
        (0, "just now"), (900_000, "just now"), (-5_000_000, "5s ago"), (125_000_000, "in 2m 5s"),
        (-90_000_000_000, "1d 1h ago"),
    ])
    func `Times are relative`(microseconds: Int64, text: String) {
        let now = Timestamp(microseconds: 1_800_000_000_000_000)
        #expect(HumanTime.relative(Timestamp(microseconds: now.microseconds + microseconds), to: now) == text)
    }

    @Test func `Amounts`() {
        #expect(
            [0, 999, 1000, 1_234_567, -1000].map(HumanAmount.count) == ["0", "999", "1,000", "1,234,567", "-1,000"])
        #expect([1, 2, 0].map { HumanAmount.of($0, "run") } == ["1 run", "2 runs", "0 runs"])
        #expect(
            [0, 1023, 1024, 1536, 5 << 20].map(HumanAmount.bytes) == [
                "0 bytes", "1023 bytes", "1.0 KiB", "1.5 KiB", "5.0 MiB",
            ])
    }

    @Test(arguments: [
        "", "plain", "a b", "it's", "$(x) `y` \"z\"", "a\\b", "*?[x]", "-n", "~", "ünïcode", "a\nb", "#", "a;b&c|d>e",
    ])
    func `A quoted word is one word to a shell`(text: String) throws {
        let stream = try #require(popen("printf %s_ \(Lines.quoted(text))", "r"))
        defer { pclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 1000)
        let count = fread(&bytes, 1, bytes.count, stream)
        #expect(String(decoding: bytes[..<count], as: UTF8.self) == text + "_")
    }

    @Test func `Shortened ids are unambiguous among themselves`() {
        var random = SeededGenerator(seed: 3)
        let ids = (0..<200).map { number in
            ID<FlowRun>(at: Timestamp(microseconds: 1_800_000_000_000_000 + Int64(number / 40) * 1000), from: &random)
                .description
        }
        for (id, short) in zip(ids, ids.shortened()) {
            #expect(short.count >= 13 && ids.filter { $0.hasPrefix(short) } == [id])
        }
        #expect(["a"].shortened() == ["a"] && [String]().shortened().isEmpty)
    }

    private static func randomTable(_ random: inout SeededGenerator) -> Table {
        let columns = (0..<Int.random(in: 1...6, using: &random)).map { index in
            Table.Column(
                "C\(index)", narrowest: Bool.random(using: &random) ? Int.random(in: 2...6, using: &random) : nil,
                isRight: Bool.random(using: &random))
        }
        var table = Table(columns)
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            table.add(
                columns.map { _ in
                    let letters = ["a", "ß", "日", " "]
                    let count = Int.random(in: 0...20, using: &random)
                    return Table.Cell(
                        (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }.joined())
                })
        }
        return table
    }
}
