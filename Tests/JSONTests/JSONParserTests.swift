import JSON
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        "[]", " [] ", "{}", "[ 1\n,\t2\r]", "null", "true", "false", "0", "-0", "-1", "1.5", "0e1", "0e+1", "1E22",
        "1e-2", "123.456e78", "-0.0", "\"\"", "\"a\"", "\" \"", "[[],[[]]]", "[null,1,\"1\",{}]", "{\"\":0}",
        "{\"a\":{\"b\":[{}]}}", "{\"a\":1,\"a\":2}", "{\"a\\u0000b\":1}", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0012\"", "\"\\uD834\\udd1e\"", "\"\\uDBFF\\uDFFF\"", "\"\u{7f}\"", "\"\u{2028}\u{2029}\"", "\"é€𝄞\"",
        "\"\\u00e9\"",
        "\"\\uFFFF\"", "\"\u{10ffff}\"", "[1,\n2,\n\n3\n]", "-123123123123123123123123123123",
        "0.000000000000000000001",
        "\"\\u005C\"", "\"/ \\/ // /* */ #\"",
    ])
    func accepts(_ text: String) throws {
        _ = try JSONValue(parsing: text)
    }

    @Test(arguments: [
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[,]", "[1 2]", "[1]]", "[1]x", "[\"a\"",
        "[\"a\",\n4\n,1,", "[1}", "{]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
        "{\"a\":1,,\"b\":2}",
        "{a:1}", "{1:1}", "{'a':1}", "{\"a\" 1}", "{\"a\"::1}", "{\"a\":1 \"b\":2}", "{\"a\":1}#", "{\"a\":1}//",
        "{\"a\":/*c*/1}", "{,}", "{null:null}", "{\"a\":true} \"x", "nul", "nulL", "NULL", "tru", "True", "fals",
        "truee",
        "+1", "-", "--1", "-a", "01", "-01", "00", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "1eE2", "0x1",
        "1_000",
        "1.2.3", "1e1.5", "0e", "2.e3", "-2.", "NaN", "Infinity", "-Infinity", "-NaN", "1a", "1 000", "１", "0.3e+",
        "\"", "\"a", "\"\\\"", "\"\\", "\"\\a\"", "\"\\x00\"", "\"\\u\"", "\"\\u12\"", "\"\\u123", "\"\\u123g\"",
        "\"\\U0041\"",
        "\"\\'\"", "\"\t\"", "\"\n\"", "\"\u{0}\"", "\"\u{1f}\"", "'a'", "a", "\"a\"b", "\"\\uD800\"", "\"\\uD800\\n\"",
        "\"\\uD800\\u0041\"", "\"\\uDC00\"", "\"\\uDC00\\uD800\"", "\"\\uD800\\uD800\\uDC00\"", "\"\\uD800\\\"",
        "[\u{0b}]",
        "[\u{a0}]", "[\u{2060}]", "\u{feff}[]", "[]\u{0}", "[\"\\\u{0}\"]", "<null>", "[1:2]", "[a", "*", "&",
        "\\u0041",
    ])
    func refuses(_ text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test(
        arguments: [
            [0x80], [0xc0, 0xaf], [0xc1, 0x80], [0xc3], [0xe0, 0x80, 0x80], [0xe0, 0xa0], [0xed, 0xa0, 0x80],
            [0xed, 0xbf, 0xbf],
            [0xf0, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80],
            [0xfc, 0x83, 0xbf, 0xbf, 0xbf],
            [0xff], [0xe9], [0xf0, 0x9f, 0x98], [0xe2, 0x28, 0xa1], [0xf0, 0x28, 0x8c, 0xbc],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        for prefix in ["\"", "\"\\n", "\"é"] {
            let text = Array(prefix.utf8) + bytes + Array("\"".utf8)
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
            #expect(error?.reason == .invalidUTF8)
            #expect(error?.offset == prefix.utf8.count)
        }
    }

    @Test func everyScalarIsReadRawAndEscaped() throws {
        for range in [0x20...0xd7ff, 0xe000...0x10ffff] as [ClosedRange<UInt32>] {
            let step = range.upperBound > 0xffff ? 97 : 1
            for number in stride(from: range.lowerBound, through: range.upperBound, by: step) {
                let scalar = try #require(Unicode.Scalar(number))
                let text = String(Character(scalar))
                let escaped = text.utf16.map { unit in
                    "\\u" + String(repeating: "0", count: 4 - String(unit, radix: 16).count) + String(unit, radix: 16)
                }
                #expect(try JSONValue(parsing: "\"\(escaped.joined())\"") == .string(text))
                if scalar != "\"", scalar != "\\" {
                    #expect(try JSONValue(parsing: "\"\(text)\"") == .string(text))
                }
            }
        }
    }

    @Test func escapesStandForTheirCharacters() throws {
        let value = try JSONValue(parsing: #""\"\\\/\b\f\n\r\tA\u00e9\uD834\uDD1E""#)
        #expect(value.stringValue == "\"\\/\u{8}\u{c}\n\r\tAé𝄞")
    }

    @Test func saysWhereTheFaultIs() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "{\n  \"é\": tru,\n}") }
        #expect(error?.offset == 13)
        #expect(error?.line == 2)
        #expect(error?.column == 11)
        #expect(error?.description == "invalid JSON at line 2, column 11: ',' where 'true' should be")
    }

    @Test func namesTheReason() {
        func reason(_ text: String, _ limits: JSONLimits = .default) -> JSONError.Reason? {
            #expect(throws: JSONError.self) { try JSONValue(parsing: text, limits: limits) }?.reason
        }
        #expect(reason("[1") == .unexpectedEnd)
        #expect(reason("[] []") == .trailingContent)
        #expect(reason("\u{feff}1") == .byteOrderMark)
        #expect(reason("[[1]]", JSONLimits(depth: 1)) == .tooDeep(limit: 1))
        #expect(reason("1234", JSONLimits(numberLength: 3)) == .numberTooLong(limit: 3))
        #expect(reason("\"\u{1}\"") == .unescapedControlCharacter(1))
        #expect(reason("\"\\q\"") == .invalidEscape)
        #expect(reason("\"\\ud800\"") == .loneSurrogate)
        #expect(reason("?") == .unexpectedByte(UInt8(ascii: "?"), expected: "a value"))
    }

    @Test func nestingIsLimited() throws {
        let levels = JSONLimits.default.depth
        func nested(_ count: Int) -> String {
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        _ = try JSONValue(parsing: nested(levels))
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(levels + 1)) }
        for opening in ["[", "{\"a\":", "[{\"a\":"] {
            let bomb = String(repeating: opening, count: 100_000)
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bomb) }
            #expect(error?.reason == .tooDeep(limit: levels))
        }
    }

    @Test func readsAnySequenceOfBytes() throws {
        let text = "[1,\"é\"]"
        let expected: JSONValue = [1, "é"]
        #expect(try JSONValue(parsing: text) == expected)
        #expect(try JSONValue(parsing: Array(text.utf8)) == expected)
        #expect(try JSONValue(parsing: Array("x\(text)".utf8).dropFirst()) == expected)
        #expect(try JSONValue(parsing: AnySequence(text.utf8)) == expected)
        let raw = try Array(text.utf8).withUnsafeBytes { try JSONValue(parsing: $0) }
        #expect(raw == expected)
    }
}
