import JSON
import TestSupport
import Testing

@Suite struct JSONNumberTests {
    @Test(arguments: [
        "0", "-0", "1.0", "0.10", "1e5", "1E+05", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "-9223372036854775809", "123456789012345678901234567890", "3.14159265358979323846264338327950288", "1e400",
        "-0.0e-0",
    ])
    func spellingIsKept(_ text: String) throws {
        #expect(try JSONValue(parsing: text).serialized() == text)
    }

    @Test func wholeNumbersThatFitAreIntegers() throws {
        #expect(try JSONValue(parsing: "9223372036854775807") == .integer(.max))
        #expect(try JSONValue(parsing: "-9223372036854775808") == .integer(.min))
        for text in ["9223372036854775808", "-9223372036854775809", "18446744073709551616", "1.0", "1e0", "-0"] {
            guard case .number(let number) = try JSONValue(parsing: text) else {
                Issue.record("\(text) was not kept as it is spelled")
                continue
            }
            #expect(number.lexeme == text)
        }
    }

    @Test func accessorsConvertExactlyOrNotAtAll() throws {
        #expect(try JSONValue(parsing: "1.0").intValue == 1)
        #expect(try JSONValue(parsing: "-1.50e1").intValue == -15)
        #expect(try JSONValue(parsing: "-0").intValue == 0)
        #expect(try JSONValue(parsing: "1.5").intValue == nil)
        #expect(try JSONValue(parsing: "9223372036854775808").intValue == nil)
        #expect(try JSONValue(parsing: "-9223372036854775808.0").intValue == .min)
        #expect(try JSONValue(parsing: "1e400").intValue == nil)
        #expect(try JSONValue(parsing: "1e400").doubleValue == .infinity)
        #expect(try JSONValue(parsing: "0.1").doubleValue == 0.1)
        #expect(JSONValue("1").intValue == nil)
    }

    @Test func doublesRoundTripInTheirShortestSpelling() throws {
        var random = SeededGenerator(seed: 7)
        let special = [
            0, -0.0, 0.1, 1, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .leastNormalMagnitude, 1e21,
            1e-7, 100,
        ]
        let doubles = special + (0..<5_000).map { _ in Double(bitPattern: random.next()) }.filter(\.isFinite)
        for double in doubles {
            let text = try #require(JSONValue(double)).serialized()
            #expect(try JSONValue(parsing: text).doubleValue?.bitPattern == double.bitPattern)
        }
        #expect(JSONValue(Double.nan) == nil)
        #expect(JSONValue(-Double.infinity) == nil)
        #expect(JSONValue(0.1 as Double)?.serialized() == "0.1")
    }

    @Test func numbersAreMadeFromTheirSpelling() {
        #expect(JSONValue(numberLexeme: "12") == .integer(12))
        #expect(JSONValue(numberLexeme: "1.20")?.serialized() == "1.20")
        for text in ["", " 1", "1 ", "\"1\"", "null", "1,2", "0x1", "+1"] {
            #expect(JSONValue(numberLexeme: text) == nil)
        }
        #expect(JSONValue(UInt64.max).serialized() == "18446744073709551615")
        #expect(JSONValue(-7 as Int8) == .integer(-7))
    }

    @Test(arguments: [
        ("1", "1.0"), ("100", "1e2"), ("0", "-0.0"), ("0.5", "5e-1"), ("0.00120", "12e-4"),
        ("0", "0e99999999999999999999"),
        ("9223372036854775808", "9223372036854775808.0"), ("-15", "-1.5E1"), ("1200000000000000000000000", "12e23"),
    ])
    func spellingsOfOneNumberAreMathematicallyEqual(_ left: String, _ right: String) throws {
        let (left, right) = try (JSONValue(parsing: left), JSONValue(parsing: right))
        #expect(left.isMathematicallyEqual(to: right))
        #expect(left.withUniformNumbers.hashValue == right.withUniformNumbers.hashValue)
        #expect(JSONValue.array([["a": left]]).isMathematicallyEqual(to: [["a": right]]))
    }

    @Test func differentNumbersAreNotEqual() throws {
        let pairs = [("1", "-1"), ("0.1", "0.10000000000000000000001"), ("1e9", "1e10"), ("1", "true"), ("0", "false")]
        for (left, right) in pairs {
            #expect(try !JSONValue(parsing: left).isMathematicallyEqual(to: JSONValue(parsing: right)))
        }
    }

    @Test func orderIsExact() throws {
        let ascending = [
            "-1e300", "-2", "-1.5", "-1", "-1e-9", "0", "1e-9", "0.1", "0.10000000000000000000001", "0.5", "1", "1.5",
            "9",
            "10", "9007199254740992", "9007199254740993", "9007199254740993.5", "1e300",
        ].compactMap { JSONValue(numberLexeme: $0).flatMap(ExactDecimal.init) }
        for (place, left) in ascending.enumerated() {
            for (otherPlace, right) in ascending.enumerated() {
                #expect((left < right) == (place < otherPlace))
                #expect((left == right) == (place == otherPlace))
            }
        }
    }

    @Test func orderAndMultiplesAgreeWithIntegers() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<5_000 {
            let left = Int64.random(in: -1_000_000...1_000_000, using: &random)
            let right = Int64.random(in: -1_000...1_000, using: &random)
            #expect((ExactDecimal(left) < ExactDecimal(right)) == (left < right))
            #expect(ExactDecimal(left).isMultiple(of: ExactDecimal(right)) == (right == 0 ? nil : left % right == 0))
            #expect(ExactDecimal(left).wholeValue == left)
        }
    }

    @Test(arguments: [
        ("4.5", "1.5", true), ("0.3", "0.1", true), ("0.0075", "0.0001", true), ("0.00751", "0.0001", false),
        ("1e300", "7", false),
        ("7e300", "7", true), ("1e308", "0.123456789", false), ("1e308", "0.5", true), ("1e18", "262144", true),
        ("-9", "3", true),
        ("0", "0.7", true), ("5", "999999999999999999", false), ("1999999999999999998", "999999999999999999", true),
    ])
    func multiplesAreExact(_ number: String, _ divisor: String, _ expected: Bool) throws {
        let number = try #require(JSONValue(numberLexeme: number).flatMap(ExactDecimal.init))
        let divisor = try #require(JSONValue(numberLexeme: divisor).flatMap(ExactDecimal.init))
        #expect(number.isMultiple(of: divisor) == expected)
    }
}
