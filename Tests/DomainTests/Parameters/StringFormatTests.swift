import TestSupport
import Testing

@testable import Domain

@Suite struct StringFormatTests {
    @Test(
        arguments: [
            (
                .dateTime,
                [
                    "2026-01-15T08:30:12Z", "2026-01-15t08:30:12.5+05:30", "2024-02-29T00:00:00-23:59",
                    "1998-12-31T23:59:60Z",
                    "1998-12-31T15:59:60.123-08:00", "2026-01-15T08:30:12", "2026-01-15 08:30", "0000-01-01T00:00:00z",
                ],
                [
                    "2026-01-15", "2026-01-15T", "2026-13-15T08:30:12Z", "2023-02-29T00:00:00Z", "2026-01-15T24:00:00Z",
                    "2026-01-15T08:60:00Z", "2026-01-15T08:30:61Z", "1998-12-31T23:58:60Z", "2026-01-15T08:30:12.Z",
                    "2026-01-15T08:30:12+24:00", "2026-01-15T08:30:12+0530", "2026-01-15T08:30:12Zx",
                    "１026-01-15T08:30:12Z",
                    "",
                ]
            ),
            (
                .date, ["2026-01-31", "2000-02-29"],
                ["2026-1-31", "1900-02-29", "2026-04-31", "2026-00-01", "2026-01-00", "20260131"]
            ),
            (
                .time, ["08:30:06Z", "08:30:06.28+01:00", "08:30", "23:59:60Z", "01:29:60+01:30"],
                ["8:30", "24:00:00", "08:60:00Z", "22:59:60Z", "08:30:06-25:00", "08:30:06 Z"]
            ),
            (
                .duration, ["P1D", "P4DT12H30M5S", "PT0S", "P2W", "P1Y2M3D", "PT1H", "PT1.5S", "-P1D", "P1M"],
                ["P", "PT", "P1", "1D", "P1D2H", "P1S", "P2W1D", "PT1D", "P1DT", "P0.5D", "p1d", "P1YT", "PT1H1S"]
            ),
            (
                .uuid,
                [
                    "0198c0de-7f3a-7b1c-8d2e-1f2a3b4c5d6e", "00000000-0000-0000-0000-000000000000",
                    "2EB8AA08-AA98-11EA-B4AA-73B441D16380",
                ],
                [
                    "0198c0de7f3a7b1c8d2e1f2a3b4c5d6e", "0198c0de-7f3a-7b1c-8d2e-1f2a3b4c5d6",
                    "0198c0de-7f3a-7b1c-8d2e-1f2a3b4c5d6g", "",
                ]
            ),
            (
                .email,
                [
                    "a@b", "joe.bloggs@example.com", "te~st@example.com", "\"a b\"@example.com", "x@[127.0.0.1]",
                    "x@[IPv6:::1]",
                ],
                ["a", "@b", "a@", ".a@b", "a.@b", "a..b@c", "a b@c", "a@b c", "a@-b", "x@[127.0.0.300]", "a@b@c"]
            ),
            (
                .uri,
                [
                    "http://example.com/a?b#c", "urn:oasis:names", "mailto:a@b", "http://[::1]:80/", "ftp://u:p@h/",
                    "tel:+1-816", "a:",
                ],
                [
                    "//example.com", "/a", "a b:c", "http:// x", "1http://x", ":a", "http://[::1", "http://x/%zz",
                    "http://x:8a/", "a#b#c",
                    "http://x/\\", "http://é",
                ]
            ),
            (.uriReference, ["", "/a", "a/b", "#x", "//h/p", "?q", "http://x"], ["\\a", "a b", "#a#b", "[a]", "%1"]),
            (
                .ipv4, ["0.0.0.0", "255.255.255.255", "127.0.0.1"],
                ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4 ", "1..3.4", "0x7f.0.0.1", "1.2.3.４"]
            ),
            (
                .ipv6,
                [
                    "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4",
                    "abcd::EF01",
                ],
                [
                    "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":1:2:3:4:5:6:7",
                    "1:2:3:4:5:6:7:",
                    "12345::",
                    "g::", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "::1%eth0",
                ]
            ),
            (
                .hostname, ["a", "example.com", "xn--4gbwdl.xn--wgbh1c", "a-b.c9", "9"],
                ["", "-a", "a-", "a_b", "a..b", ".a", "a.", "é", String(repeating: "a", count: 64)]
            ),
            (.regex, ["^a+$", ""], ["(", "[a"]),
            (.jsonPointer, ["", "/", "/a~0b/~1", "//"], ["a", "#/a", "/~", "/~2"]),
            (
                .relativeJSONPointer, ["0", "1/a/b", "0#", "12", "2+1", "0-1/a", "0-12#"],
                ["", "#", "/a", "01", "-1", "0##", "0+0", "0+", "1a", "１"]
            ),
            (.internationalEmail, ["müller@bücher.example", "a@b"], ["müller", "a@〮b", "a@b..c"]),
            (
                .internationalHostname,
                [
                    "bücher.example", "example", "xn--bcher-kva.example", "실례。테스트", "l·l", "α͵β", "נ׳א", "ア・イ",
                    "क्\u{200d}ष", "بي\u{200c}بي", "ب٠١", "1a-2",
                ],
                [
                    "", ".", "a..b", "-a", "a-", "ab--c", "bü--cher", "Bücher", "xn--a", "xn--", "xn--bcher-kva!",
                    "\u{301}a", "a·l", "α͵a", "a׳א", "a・b", "क\u{200d}ष", "a\u{200c}b", "ب٠۰", "ー\u{302e}", "ａ", "a b",
                    String(repeating: "ü", count: 60), String(repeating: "a.", count: 127) + "a",
                ]
            ),
            (
                .iri, ["http://ƒøø.ßår/?∂éœ=πîx#πîüx", "http://a/?\u{e000}", "urn:é"],
                ["/é", "http://a/\u{e000}", "http://a/ é", "http://a/é%2", "é:b", "http://2001:db8::1/"]
            ),
            (.iriReference, ["/é", "#é", "é", ""], ["é\\", "#é\u{e000}", "é#é#"]),
            (
                .uriTemplate,
                ["", "/a/{b}/{c*}{?d,e:30}", "{+path}/é", "{a.b_1%20}", "%20{;x}"],
                ["{", "}", "{}", "{a", "{a b}", "{a:0}", "{a:10000}", "{.}", "{a..b}", "a b", "%2", "{{a}}", "{a%2}"]
            ),
        ] as [(StringFormat, [String], [String])])
    func acceptsAndRefuses(_ format: StringFormat, _ accepted: [String], _ refused: [String]) {
        for text in accepted { #expect(format.accepts(text), "\(format): \(text)") }
        for text in refused { #expect(!format.accepts(text), "\(format): \(text)") }
    }

    @Test func everyDayOfFourYearsAndTheirNeighbours() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        for (year, isLeap) in [(1900, false), (2000, true), (2023, false), (2024, true)] {
            for month in 0...13 {
                for day in 0...32 {
                    let length = (1...12).contains(month) ? lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) : 0
                    let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
                    #expect(StringFormat.date.accepts(text) == (day >= 1 && day <= length), "\(text)")
                }
            }
        }
    }

    @Test(arguments: [
        ("bücher", "bcher-kva"), ("münchen", "mnchen-3ya"), ("ü", "tda"), ("日本", "wgv71a"), ("ёж", "f1a7c"),
        ("a\u{10ffff}", "a-h023p"), ("ab", "ab-"),
    ])
    func punycodeIsAsPythonWritesIt(_ label: String, _ encoded: String) throws {
        #expect(Punycode.encoded(Array(label.unicodeScalars)) == Array(encoded.utf8))
        #expect(Punycode.decoded(encoded[...].utf8) == Array(label.unicodeScalars))
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func punycodeIsReadBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let label = (0..<Int.random(in: 1...40, using: &random)).compactMap { place in
            Unicode.Scalar(UInt32.random(in: 0...(place % 3 == 0 ? 0x10ffff : 0x7f), using: &random))
        }
        let encoded = try #require(Punycode.encoded(label))
        #expect(Punycode.decoded(String(decoding: encoded, as: UTF8.self)[...].utf8) == label)
        // Whatever else is handed in ends without a trap.
        _ = Punycode.decoded(String(decoding: encoded.shuffled(using: &random), as: UTF8.self)[...].utf8)
    }
}
