import Testing

@testable import Bundles

@Suite("Ignore rules are gitignore's")
struct IgnoreRulesTests {
    /// Judges a path as the packer's walk does: what is below an ignored folder is never asked for. A trailing slash
    /// makes it a folder.
    private func ignores(_ path: String, _ rules: IgnoreRules) -> Bool {
        let names = path.split(separator: "/").map(String.init)
        return (1...names.count).contains { count in
            rules.ignores(Array(names[..<count]), isFolder: count < names.count || path.hasSuffix("/"))
        }
    }

    @Test(
        "the table",
        arguments: [
            // rules, ignored, kept
            ("", [], ["a", "b/c"]),
            ("# a\n\n   \n", [], ["a", "# a", " "]),
            ("a", ["a", "a/", "b/a", "b/a/c", "a/b"], ["ab", "b/ab", "b"]),
            ("a/", ["a/", "b/a/", "a/b"], ["a", "b/a"]),
            ("/a", ["a", "a/b"], ["b/a"]),
            ("b/a", ["b/a", "b/a/x"], ["a", "c/b/a", "b"]),
            ("/b/a", ["b/a"], ["c/b/a"]),
            ("b/a/", ["b/a/"], ["b/a", "c/b/a/"]),
            ("*.log", ["x.log", "b/x.log", ".log", "x.log/y"], ["x.logs", "log"]),
            ("b/*.log", ["b/x.log"], ["x.log", "b/c/x.log", "a/b/x.log"]),
            ("a?c", ["abc", "x/axc"], ["ac", "abbc", "a/c"]),
            ("a*c", ["ac", "abbbc"], ["a/c", "abcd"]),
            ("b/*/d", ["b/c/d"], ["b/d", "b/c/c/d"]),
            ("b/*", ["b/c", "b/c/d"], ["b"]),
            ("**/a", ["a", "b/a", "b/c/a"], ["ab"]),
            ("**/b/a", ["b/a", "c/b/a"], ["a", "b/c/a"]),
            ("b/**", ["b/a", "b/c/d"], ["b", "b/", "c/b/a"]),
            ("b/**/a", ["b/a", "b/c/a", "b/c/d/a"], ["a", "b/ca", "bb/a"]),
            ("**", ["a", "b/c"], []),
            ("**/", ["b/", "b/c"], ["a"]),
            ("b/**/**/a", ["b/a", "b/c/a"], ["a"]),
            ("x**y", ["xy", "xaay", "b/xay"], ["x/y"]),
            ("[ab].py", ["a.py", "b.py"], ["c.py", "ab.py"]),
            ("[a-c]x", ["ax", "cx"], ["dx", "-x"]),
            ("[!a-c]x", ["dx", "-x"], ["ax", "x"]),
            ("[^a]x", ["bx"], ["ax"]),
            ("[]]x", ["]x"], ["x"]),
            ("[]-a]x", ["]x", "^x", "ax"], ["-x", "bx"]),
            ("[a-]x", ["ax", "-x"], ["bx"]),
            ("[\\]]x", ["]x"], ["\\x"]),
            ("[[:digit:][:upper:]]x", ["7x", "Qx"], ["qx", "dx", ":x"]),
            ("[a", [], ["a", "[a"]),
            ("[[:nonsense:]]", [], ["n", ":"]),
            ("b[/]a", [], ["b/a"]),
            ("\\*", ["*"], ["a"]),
            ("\\!a\n\\#b", ["!a", "#b"], ["a", "b"]),
            ("a\\", [], ["a", "a\\"]),
            ("a \nb\\ ", ["a", "b "], ["a ", "b"]),
            ("a\r\nb\r\n", ["a", "b"], []),
            ("\u{FEFF}a", ["a"], []),
            ("größ?", ["größe"], ["größ"]),
            ("/", [], ["a", "b/"]),
            ("!", [], ["a", "!"]),
            ("*.log\n!keep.log", ["x.log"], ["keep.log", "b/keep.log"]),
            ("!keep.log\n*.log", ["keep.log"], []),
            ("b/\n!b/a", ["b/a", "b/"], []),
            ("b/*\n!b/a", ["b/c"], ["b/a", "b/"]),
            ("/*\n!/b/\n/b/*\n!/b/c", ["a", "b/a"], ["b/c", "b/c/d"]),
            ("*\n!*/\n!*.py", ["a", "b/a.txt"], ["a.py", "b/", "b/c/a.py"]),
            ("\n\n!.venv/\n!*.pyc", ["__pycache__/"], [".venv/", "a.pyc"]),
        ] as [(String, [String], [String])])
    func table(text: String, ignored: [String], kept: [String]) {
        let rules = IgnoreRules(text)
        for path in ignored {
            #expect(ignores(path, rules), "\(text.debugDescription) should ignore \(path)")
        }
        for path in kept {
            #expect(!ignores(path, rules), "\(text.debugDescription) should keep \(path)")
        }
    }

    @Test(
        "what is never wanted is left out without a rule",
        arguments: [
            ".git/HEAD", ".git", "lib/__pycache__/a.cpython-311.pyc", "a.pyc", ".venv/bin/python",
            "web/node_modules/x/y.js", ".sluice/state", "data/.DS_Store",
        ])
    func builtIn(path: String) {
        #expect(ignores(path, IgnoreRules("")))
    }

    @Test("a pattern full of stars takes no exponential time")
    func stars() {
        let patterns = [String(repeating: "a*", count: 200) + "b", String(repeating: "**/a/", count: 50) + "b"]
        let rules = IgnoreRules(patterns.joined(separator: "\n"))
        #expect(!ignores(String(repeating: "a", count: 250), rules))
        #expect(!ignores(String(repeating: "a/", count: 100) + "a", rules))
    }
}
