import JSON
import TestSupport
import Testing

/// The public JSONTestSuite, every case of it.
@Suite struct JSONSuiteTests {
    private func texts(_ prefix: String) throws -> [(name: String, bytes: [UInt8])] {
        try PublicSuite.json.files().filter { $0.hasPrefix(prefix) }
            .map { ($0, try PublicSuite.json.contents(of: $0)) }
    }

    @Test func whatMustBeReadIsReadAndWrittenAgain() throws {
        let texts = try texts("y_")
        #expect(texts.count >= 95)
        for (name, bytes) in texts {
            guard let value = try? JSONValue(parsing: bytes) else {
                Issue.record("\(name) is refused")
                continue
            }
            #expect(try JSONValue(parsing: value.serializedBytes()) == value, "\(name)")
        }
    }

    @Test func whatMustBeRefusedIsRefused() throws {
        let texts = try texts("n_")
        #expect(texts.count >= 188)
        for (name, bytes) in texts {
            #expect(throws: JSONError.self, "\(name)") { try JSONValue(parsing: bytes) }
        }
    }

    /// Where a parser is free, ours reads any number and refuses what is no Unicode text; docs/json-schema.md says so.
    @Test func whereAParserIsFreeOnlyNumbersAreRead() throws {
        let texts = try texts("i_")
        #expect(texts.count >= 35)
        for (name, bytes) in texts {
            let isRead = (try? JSONValue(parsing: bytes)) != nil
            #expect(isRead == name.hasPrefix("i_number_"), "\(name)")
        }
    }

    /// Both directions of the free cases: deeper nesting is read where the limits allow it.
    @Test func deepNestingIsAMatterOfLimits() throws {
        let bytes = try PublicSuite.json.contents(of: "i_structure_500_nested_arrays.json")
        _ = try JSONValue(parsing: bytes, limits: JSONLimits(depth: 500))
    }
}
