import JSON
import Testing

@testable import Domain

@Suite struct PythonSpellingTests {
    @Test(arguments: [
        ("null", "None"), ("true", "True"), ("false", "False"), ("12", "12"), ("-0", "0"), ("1.0", "1.0"),
        ("1e2", "100.0"),
        ("0.10", "0.1"), ("1E400", "inf"), ("-1e400", "-inf"), ("-0.0", "-0.0"), ("1e16", "1e+16"),
        ("12345678901234567.0", "1.2345678901234568e+16"),
        ("1e15", "1000000000000000.0"), ("1e22", "1e+22"), ("0.0001", "0.0001"), ("0.00001", "1e-05"),
        ("123456789012345678901234567890", "123456789012345678901234567890"), ("-1e16", "-1e+16"), ("-2e16", "-2e+16"),
        ("[]", "[]"), ("[1, \"a\", null]", "[1, 'a', None]"), ("{}", "{}"),
        ("{\"a\": [true], \"b\": {}}", "{'a': [True], 'b': {}}"),
        (#""it's""#, #""it's""#), (#""say \"x\"""#, #"'say "x"'"#),
        (#""'\"""#, #"'\'"'"#), (#""a\\b\n\r\t""#, #"'a\\b\n\r\t'"#),
        (#""\u0000\u001f\u007f\u00ad\u200b\ue000\u2028""#, #"'\x00\x1f\x7f\xad\u200b\ue000\u2028'"#),
        (#""é漢𝄞 \u00a0\u3000""#, #"'é漢𝄞 \xa0\u3000'"#), (#""\udb40\udc01""#, #"'\U000e0001'"#),
    ])
    func spellsAsPythonDoes(_ json: String, _ expected: String) throws {
        #expect(PythonSpelling.of(try JSONValue(parsing: json)) == expected)
    }

    @Test func longValuesAreCut() {
        let long = PythonSpelling.of(.array([JSONValue](repeating: "abcdefgh", count: 100_000)))
        #expect(long.utf8.count < 2_100)
        #expect(long.hasSuffix("…"))
        #expect(PythonSpelling.of(String(repeating: "a", count: 100_000)).utf8.count < 2_100)
    }
}
