import TestSupport
import Testing

@testable import SluiceCLI

@Suite struct CSVParserTests {
    private func parse(_ text: String, pieces: Int = .max) throws -> [[String]] {
        var parser = CSVParser()
        var records: [CSVParser.Record] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            records += try parser.take(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        if let last = try parser.finish() { records.append(last) }
        return records.map(\.fields)
    }

    @Test(arguments: [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("\"a \"\"b\"\"\",\"c,\nd\"\n", [["a \"b\"", "c,\nd"]]), ("a,\n,b\n", [["a", ""], ["", "b"]]),
        ("a\n\n\nb\n", [["a"], ["b"]]), ("a\n\"\"\n", [["a"], [""]]), ("\u{FEFF}a\n", [["a"]]), ("", []),
        ("a", [["a"]]),
        (" a , b \n", [[" a ", " b "]]), ("\"\u{FEFF}x\"", [["x"]]),
    ])
    func `Records`(text: String, records: [[String]]) throws {
        for pieces in [1, 2, 3, .max] { #expect(try parse(text, pieces: pieces) == records) }
    }

    @Test(arguments: [
        ("a\n\"b", 2, "a quote is opened and never closed"), ("a\"b", 1, "a quote within a field"),
        ("\"a\"b", 1, "something follows the quote"), ("a\n\nb\rc", 3, "a carriage return stands alone"),
        ("\"x\ny\"\n\"", 3, "a quote is opened"),
    ])
    func `Faults have a line`(text: String, line: Int, reason: String) {
        do {
            _ = try parse(text)
            #expect(Bool(false))
        } catch let fault as CSVParser.Fault {
            #expect(fault.line == line && fault.reason.hasPrefix(reason))
        } catch {
            #expect(Bool(false))
        }
    }

    @Test func `What is written by the rules is read back, however it is cut`() throws {
        var random = SeededGenerator(seed: 17)
        let letters = ["a", "ö", ",", "\"", "\n", "\r\n", " ", ""]
        for _ in 0..<500 {
            let width = Int.random(in: 2...4, using: &random)
            let records = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                (0..<width).map { _ in
                    (0..<Int.random(in: 0...5, using: &random)).map { _ in
                        letters[Int.random(in: 0..<letters.count, using: &random)]
                    }.joined()
                }
            }
            let text = records.map { record in
                record.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",") + "\r\n"
            }.joined()
            #expect(try parse(text, pieces: Int.random(in: 1...9, using: &random)) == records)
        }
    }
}
