import Testing

@testable import Domain

@Suite struct PatternTests {
    private func occurs(_ pattern: String, in text: String) throws -> Bool {
        var steps = 1_000_000
        return try Pattern(pattern).occurs(in: text, steps: &steps)
    }

    /// Each pattern with texts in which it occurs, and texts in which it does not.
    @Test(
        arguments: [
            ("", ["", "a"], []),
            ("abc", ["abc", "xabcx"], ["ab", "acb"]),
            ("^abc$", ["abc"], ["xabc", "abcx", "abc\n"]),
            ("a|b|", ["a", "b", ""], []),
            ("^(a|bc)d$", ["ad", "bcd"], ["abcd", "bd"]),
            ("^(?:a|b)c$", ["ac", "bc"], ["c"]),
            ("^a*b+c?$", ["b", "aabbc"], ["ac", "bcc"]),
            ("^a{2}$", ["aa"], ["a", "aaa"]),
            ("^a{2,}$", ["aa", "aaaa"], ["a"]),
            ("^a{1,3}?$", ["a", "aaa"], ["", "aaaa"]),
            ("^(ab){2,3}$", ["abab", "ababab"], ["ab", "abababab"]),
            ("^a{,2}$", ["a{,2}"], ["aa"]),
            ("^x{$", ["x{"], ["x"]),
            ("^[a-c]+$", ["abc"], ["abd", ""]),
            ("^[^a-c]$", ["d", "\n"], ["a", "dd"]),
            ("^[]$", [], ["", "a"]),
            ("^[^]$", ["a", "\n"], [""]),
            ("^[a\\-z]$", ["a", "-", "z"], ["b"]),
            ("^[\\d-x]+$", ["1-x"], ["y"]),
            ("^[\\]\\\\]$", ["]", "\\"], ["["]),
            ("^\\d+$", ["0189"], ["1a", "৪২"]),
            ("^[\\D]$", ["a", "৪"], ["4"]),
            ("^\\w+$", ["aZ_9"], ["é", "-"]),
            ("^\\W$", ["é", "-"], ["a"]),
            ("^\\s$", [" ", "\t", "\u{a0}", "\u{feff}", "\u{2029}"], ["a", "\u{1}"]),
            ("^\\S$", ["a", "\u{1}"], [" ", "\u{feff}"]),
            ("^.$", ["a", "é", "𝄞"], ["\n", "\r", "\u{2028}", "ab"]),
            ("^(?s).$", ["\n"], ["ab"]),
            ("\\bfoo\\b", ["foo", "a foo b", "-foo-"], ["afoo", "foob"]),
            ("\\Boo\\b", ["foo"], ["oo"]),
            ("^(a+)\\1$", ["aa", "aaaa"], ["a", "aaa"]),
            ("^(?<x>a|b)\\k<x>$", ["aa", "bb"], ["ab"]),
            ("^(?P<x>a|b)(?P=x)$", ["aa", "bb"], ["ab"]),
            ("^(?:(a)|b)\\1$", ["aa", "b"], ["a", "ba"]),
            ("^(?=.*\\d)(?=.*[a-z])\\w{3,}$", ["a1b", "9zz"], ["abc", "123", "a1"]),
            ("^(?!admin$)\\w+$", ["adm", "admins"], ["admin"]),
            ("(?<=\\$)\\d+", ["a $5"], ["5"]),
            ("(?<!\\$)\\b\\d", ["5", "a 5"], ["$5"]),
            ("^(?=(a+))a*b\\1$", ["aba", "aabaa"], ["b", "aaba!"]),
            ("^\\x41\\u0042\\u{43}\\u{1D11E}$", ["ABC𝄞"], ["abc"]),
            ("^\\uD834\\uDD1E$", ["𝄞"], ["x"]),
            ("^\\cA\\0\\t\\n\\v\\f\\r$", ["\u{1}\u{0}\t\n\u{b}\u{c}\r"], ["A"]),
            ("^[\\b]$", ["\u{8}"], ["b"]),
            ("^\\p{L}+$", ["aéЖ漢"], ["a1"]),
            ("^\\p{Letter}\\p{Lu}\\p{digit}$", ["aB4", "xÉ৪"], ["ab4"]),
            ("^\\P{L}$", ["1"], ["a"]),
            ("^[^\\p{Lu}]$", ["a"], ["A"]),
            ("^\\p{gc=Nd}\\p{Alphabetic}\\p{ASCII}$", ["1é!"], ["11!"]),
            ("^(?i)straße[A-F]$", ["STRAßEb", "straßeB"], ["strasseb"]),
            ("^(?i:a)b$", ["Ab", "ab"], ["AB"]),
            ("(?m)^b$", ["a\nb\nc"], ["ab"]),
            ("\\Aab\\Z", ["ab"], ["abc", "ab\n"]),
            ("^(a*)*$", ["", "aaa"], ["b"]),
            ("^(a*?)*?b$", ["b", "aab"], ["c"]),
            ("^(?:a?){3}$", ["", "aaa"], ["aaaa"]),
            ("^(?:){5}a$", ["a"], [""]),
            ("^a+?ab$", ["aab", "aaab"], ["ab"]),
            ("^[A-Z]{2}\\d{1,4}$", ["AA1", "UA1234"], ["A1", "AA12345"]),
            ("^\\/\\-\\.\\*$", ["/-.*"], ["/-xx"]),
            ("^]}$", ["]}"], []),
        ] as [(String, [String], [String])])
    func findsWhatECMAScriptFinds(_ pattern: String, _ found: [String], _ notFound: [String]) throws {
        for text in found { #expect(try occurs(pattern, in: text), "\(pattern) in \(text.debugDescription)") }
        for text in notFound { #expect(try !occurs(pattern, in: text), "\(pattern) in \(text.debugDescription)") }
    }

    @Test(arguments: [
        "(", ")", "(a", "a)", "[", "[a", "[b-a]", "*", "+a", "a**", "a{2}{3}", "a{3,2}", "^*", "\\", "\\1", "(a)\\2",
        "\\q", "\\p{Foo}",
        "\\pL", "\\x4", "\\u12", "\\u{110000}", "\\u{}", "\\c1", "(?<a>x)(?<a>y)", "\\k<no>", "(?P=no)", "(?>a)",
        "(?<", "(?i",
        "a{1000001}", "[\\1]",
    ])
    func refusesWhatIsNoPattern(_ pattern: String) {
        #expect(throws: PatternError.self) { try Pattern(pattern) }
    }

    @Test func refusesWhatWouldGrowTooLarge() {
        let nested = "((((a{100}){100}){100}){100})"
        let nothing = "(?:(?:(?:){1000000}){1000000}){1000000}"
        let deep = String(repeating: "(", count: 5_000) + String(repeating: ")", count: 5_000)
        for pattern in [nested, nothing, deep, String(repeating: "a", count: 20_000)] {
            #expect(throws: PatternError.self) { try Pattern(pattern) }
        }
    }

    @Test(arguments: ["^(a+)+$", "^(a|a)*$", "(a*)*b", "^(.*)*x$", "(?=(a+)+b)a", "^(a?){30}a{30}b$", "(a|aa)+$"])
    func exhaustsItsBudgetRatherThanHang(_ pattern: String) throws {
        let compiled = try Pattern(pattern)
        var steps = 200_000
        #expect(throws: PatternExhausted.self) {
            try compiled.occurs(in: String(repeating: "a", count: 60) + "!", steps: &steps)
        }
        #expect(steps == 0)
    }

    @Test func longTextsNeedNoStack() throws {
        let text = String(repeating: "ab", count: 200_000)
        var steps = 10_000_000
        #expect(try Pattern("^(?:ab)*$").occurs(in: text, steps: &steps))
        #expect(try Pattern("^[ab]*?$").occurs(in: text, steps: &steps))
        #expect(try !Pattern("^(?:a|b)*c$").occurs(in: text, steps: &steps))
    }

    /// All texts up to a length over a small alphabet, against a pattern's meaning written out.
    @Test func agreesWithItsMeaningOnAllShortTexts() throws {
        let meanings: [(String, (String) -> Bool)] = [
            ("^a*b*$", { !$0.contains("ba") && !$0.contains("c") }),
            ("^(?:a|bc)*$", { $0.replacing("bc", with: "a").allSatisfy { $0 == "a" } }),
            ("(.)\\1", { text in zip(text, text.dropFirst()).contains { $0 == $1 } }),
            ("^(?!.*c)(?=.*a)", { $0.contains("a") && !$0.contains("c") }),
            ("^(.)(?:.*\\1)?$", { !$0.isEmpty && $0.first == $0.last }),
            ("^(?:..)*$", { $0.count.isMultiple(of: 2) }),
            ("^(?:(a)|(b)|c)*?\\b$", { !$0.isEmpty }),
            ("(?<=a)b(?=c)", { $0.contains("abc") }),
            ("^[^c]{2,3}$", { (2...3).contains($0.count) && !$0.contains("c") }),
        ]
        for text in Self.texts(upTo: 6) {
            for (pattern, meaning) in meanings {
                #expect(try occurs(pattern, in: text) == meaning(text), "\(pattern) in \(text)")
            }
        }
    }

    private static func texts(upTo length: Int) -> [String] {
        var all = [""]
        var longest = [""]
        for _ in 0..<length {
            longest = longest.flatMap { text in ["a", "b", "c"].map { text + $0 } }
            all += longest
        }
        return all
    }
}
