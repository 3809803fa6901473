import Domain
import TestSupport
import Testing

@testable import DeploymentDocument

@Suite struct YAMLTrapTests {
    @Test(arguments: [
        ("yes", "write true"), ("No", "write false"), ("on", "write true"), ("OFF", "write false"), ("y", "write true"),
        ("0755", "base 8"), ("-012", "base 8"), ("1_000", "without '_'"), ("12:30", "base 60"),
        (".inf", "no such number"),
        ("-.INF", "no such number"), (".nan", "no such number"),
    ])
    func `What readers of YAML disagree on is refused as a value, and taken as it stands as a text`(
        written: String, remedy: String
    ) throws {
        let found = problems(document("parameters: {x: {default: [1, \(written)]}}"))
        #expect(found.count == 1 && found[0].hasPrefix("4:31 '\(written)' is ambiguous") && found[0].contains(remedy))
        let text = "flow: \(written)\nname: \(written)\ncommand: [\(written)]\n"
        let definition = try #require(try read(text).first)
        #expect(definition.flow == written && definition.command == .arguments([written]))
    }

    @Test(arguments: [
        ("tags: [a]\ntags: [b]", ["5:1 the key 'tags' is there twice: first at 4:1"]),
        ("'tags': [a]\n\"tags\": [b]", ["5:1 the key 'tags' is there twice: first at 4:1"]),
        (
            "env: {A: 1, B: 2, A: 3, B: 4}",
            ["4:19 the key 'A' is there twice: first at 4:7", "4:25 the key 'B' is there twice: first at 4:13"]
        ),
        (
            "tags: [a]\ntags: [b]\ntags: [c]\nlease: 1",
            [
                "5:1 the key 'tags' is there twice: first at 4:1", "6:1 the key 'tags' is there twice: first at 4:1",
                "7:8 'lease' is 5s or more, not '1'",
            ]
        ),
        ("env: {*: 1}", ["4:7 an alias cannot be a key; write the key itself"]),
    ])
    func `Keys that are there twice`(lines: String, expected: [String]) {
        #expect(problems(document(lines)) == expected)
    }

    @Test func `More repeated keys than can be told apart end the reading`() {
        let many = (0..<80).map { "k\($0 % 2): 1" }.joined(separator: "\n")
        #expect(!problems(document(many)).isEmpty)
    }

    @Test(arguments: [
        ("env: {1: a}", "4:7 the key '1' is not a text; put it in quotes"),
        ("env: {true: a}", "4:7 the key 'true' is not a text"),
        ("env: {~: a}", "4:7 the key '~' is not a text"),
        ("env: {[a]: a}", "4:7 a key is a text, not a list"),
        ("? {a: b}\n: c", "4:3 a key is a text, not a mapping"),
        ("tags: [*x]", "4:8 there is no anchor '&x' before this"),
        ("tags: [&abc a, *abd]", "4:16 there is no anchor '&abd' before this; did you mean '*abc'?"),
        ("tags: [*]", "4:8 '*' is no alias of an anchor; put a text that begins with '*' in quotes"),
        ("tags: [**/x]", "4:8 '**/x' is no alias of an anchor"),
        ("tags: &a [*a]", "4:11 there is no anchor '&a' before this"),
        ("tags: !!python/object [a]", ""),
        ("version: !!int '3'", ""),
        ("version: !secret x", "4:10 the tag '!secret' means nothing here"),
        ("<<: 5", "4:1 '<<' takes a mapping, or a list of mappings, not '5'"),
        ("env:\n\tA: 1", "5:1 this is not YAML"),
        ("tags: [a", "5:1 this is not YAML"),
        ("tags: @a", "4:7 this is not YAML"),
        ("tags: \"\\q\"", "4:"),
        ("flow:: : b", "4:"),
    ])
    func `Other traps`(lines: String, problem: String) {
        let found = problems(document(lines))
        if problem.isEmpty { return }
        #expect(found.first?.hasPrefix(problem) == true, "\(found)")
    }

    @Test func `Tabs, braces and reserved characters get a hint`() {
        #expect(problems(document("env:\n\tA: 1"))[0].hasSuffix("YAML is indented with blanks, not with tabs"))
        #expect(problems("command: {{ a }} b\n").contains { $0.hasSuffix("put what holds {{ … }} in quotes") })
        #expect(problems(document("tags: @a"))[0].hasSuffix("a text that begins with '@' goes in quotes"))
    }

    @Test func `A bomb of aliases is refused, as a value and as a key`() {
        var bomb = "x0: &a0 [a, a, a, a, a, a, a, a, a]\n"
        for level in 1...12 {
            bomb +=
                "x\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        let found = problems(document("env:\n" + bomb.split(separator: "\n").map { "  \($0)\n" }.joined()))
        #expect(found.contains { $0.contains("more than 50000 nodes") })
        let asKey = problems(document(bomb + "? [*a12, *a12]\n: 1\n? [*a12, *a12]\n: 1"))
        #expect(asKey.contains { $0.contains("a key is a text, not a list") || $0.contains("there twice") })
    }

    @Test func `Deep nesting is refused`() {
        let deep = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        #expect(problems(document("tags: \(deep)")).contains { $0.contains("nested more than 64 deep") })
        let deeper = String(repeating: "[", count: 5000)
        #expect(!problems(document("tags: \(deeper)")).isEmpty)
    }

    @Test func `Depth counts through aliases`() {
        let nest = { (inner: String) in String(repeating: "[", count: 20) + inner + String(repeating: "]", count: 20) }
        let lines = "a: &a \(nest("x"))\nb: &b \(nest("*a"))\nc: &c \(nest("*b"))\nd: \(nest("*c"))"
        #expect(problems(document(lines)).contains { $0.hasPrefix("7:") && $0.contains("nested more than 64 deep") })
    }

    @Test func `A huge document is refused`() {
        let found = problems(String(repeating: "# padding\n", count: 200_000))
        #expect(found == ["1:1 the document has 2000000 bytes; at most 1048576 are read"])
    }

    @Test func `Private-use characters stay themselves`() throws {
        let definition = try #require(try read(document("description: \"\u{E000}*\u{E001}\"")).first)
        #expect(definition.description == "\u{E000}*\u{E001}")
    }

    @Test func `Lines are counted whatever ends them`() {
        let found = problems("flow: a\r\nname: b\r\ncommand: c\r\nenv: {A: 1, A: 2}\r\n")
        #expect(found == ["4:13 the key 'A' is there twice: first at 4:7"])
    }

    @Test func `Whatever is mangled, reading ends with deployments or problems`() {
        let sound = document(
            "parameters: {m: {type: integer, default: 1}}\nenv: {A: \"{{ parameters.m }}\"}\ntags: &t [a, b]")
        var random = SeededGenerator(seed: 7)
        let marks = Array("{}[]:,&*!|>'\"%@`#-? \n\tax1")
        for _ in 0..<1000 {
            var text = Array(sound)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let position = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text.remove(at: position)
                case 1: text.insert(marks[Int.random(in: 0..<marks.count, using: &random)], at: position)
                default: text[position] = marks[Int.random(in: 0..<marks.count, using: &random)]
                }
            }
            let mangled = String(text)
            guard let definitions = try? read(mangled) else {
                #expect(!problems(mangled).isEmpty)
                continue
            }
            #expect(!definitions.isEmpty)
        }
    }
}
