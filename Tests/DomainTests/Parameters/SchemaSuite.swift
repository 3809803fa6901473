import Domain
import JSON
import TestSupport

/// The official JSON-Schema-Test-Suite for draft 2020-12, and how our validator does.
struct SchemaSuite {
    /// One value held against one schema.
    struct Case: Hashable {
        let file: String
        let schema: String
        let value: String
    }

    /// Cases and those of them that are answered as the suite wants, by file.
    private(set) var counts: [(file: String, cases: Int, passed: Int)] = []
    private(set) var misses: [Case] = []

    private let library: SchemaLibrary
    private static let tests = "tests/draft2020-12"

    init() throws {
        library = SchemaLibrary(try Self.remotes())
        for file in try PublicSuite.jsonSchema.files(in: Self.tests, recursively: true) {
            try run(file)
        }
    }

    /// What the suite wants to be served at `http://localhost:1234`.
    private static func remotes() throws -> [String: JSONValue] {
        var documents: [String: JSONValue] = [:]
        for path in try PublicSuite.jsonSchema.files(in: "remotes", recursively: true) {
            let bytes = try PublicSuite.jsonSchema.contents(of: "remotes/\(path)")
            documents["http://localhost:1234/\(path)"] = try JSONValue(parsing: bytes)
        }
        return documents
    }

    private mutating func run(_ file: String) throws {
        let groups = try JSONValue(parsing: PublicSuite.jsonSchema.contents(of: "\(Self.tests)/\(file)"))
        let name = String(file.dropLast(".json".count))
        var (cases, missed) = (0, misses.count)
        // The tests of a format are about what it accepts; all others are about annotations.
        let formats: FormatAssertion = file.hasPrefix("optional/format/") ? .asserted : .ignored
        for group in groups.arrayValue ?? [] {
            let compiled = try? ParameterSchema(group["schema"] ?? .null, formats: formats, library: library)
            for test in group["tests"]?.arrayValue ?? [] {
                cases += 1
                let verdict = compiled.map { $0.validate(test["data"] ?? .null).isEmpty }
                guard verdict == nil || verdict != test["valid"]?.boolValue else { continue }
                misses.append(
                    Case(
                        file: name, schema: group["description"]?.stringValue ?? "",
                        value: test["description"]?.stringValue ?? ""))
            }
        }
        missed = misses.count - missed
        counts.append((name, cases, cases - missed))
    }
}
