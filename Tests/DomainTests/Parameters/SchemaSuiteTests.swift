import Foundation
import TestSupport
import Testing

/// How far the validator agrees with the official suite, and that docs/json-schema.md says exactly that.
@Suite struct SchemaSuiteTests {
    private static let suite = Result { try SchemaSuite() }

    @Test func atLeast98PercentOfWhatIsRequired() throws {
        let required = try Self.suite.get().counts.filter { !$0.file.contains("/") }
        let (cases, passed) = (required.map(\.cases).reduce(0, +), required.map(\.passed).reduce(0, +))
        #expect(cases >= 1_250)
        #expect(passed * 100 >= cases * 98)
    }

    @Test func theListOfMissesIsExact() throws {
        let listed = try Page().rows(of: "misses").map { row in
            SchemaSuite.Case(file: row[0], schema: row[1], value: row[2])
        }
        #expect(Set(listed) == Set(try Self.suite.get().misses))
        #expect(Set(listed).count == listed.count)
    }

    /// `SLUICE_BLESS=1` writes the table anew.
    @Test func theTableOfKeywordsIsExact() throws {
        var page = try Page()
        let lines = try Self.suite.get().counts.map { "| \($0.file) | \($0.cases) | \($0.passed) |" }
        if ProcessInfo.processInfo.environment["SLUICE_BLESS"] == "1" {
            try page.replace("cases", with: ["| file of the suite | cases | passed |", "|---|--:|--:|"] + lines)
        }
        #expect(try page.rows(of: "cases") == lines.map(Page.cells))
    }
}

/// docs/json-schema.md, whose tables stand between comments that name them.
private struct Page {
    private static let file = PublicSuite.repository.appending(path: "docs/json-schema.md")
    private var lines: [String]

    init() throws {
        lines = try String(contentsOf: Self.file, encoding: .utf8).components(separatedBy: "\n")
    }

    static func cells(_ row: String) -> [String] {
        row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private func place(of table: String) throws -> Range<Int> {
        let start = try #require(lines.firstIndex(of: "<!-- table: \(table) -->"))
        let end = try #require(lines[start...].firstIndex(of: "<!-- end of table -->"))
        return start + 1..<end
    }

    /// The cells of the rows below the head.
    func rows(of table: String) throws -> [[String]] {
        try lines[place(of: table)].filter { $0.hasPrefix("|") }.dropFirst(2).map(Self.cells)
    }

    mutating func replace(_ table: String, with rows: [String]) throws {
        lines.replaceSubrange(try place(of: table), with: rows)
        try lines.joined(separator: "\n").write(to: Self.file, atomically: true, encoding: .utf8)
    }
}
