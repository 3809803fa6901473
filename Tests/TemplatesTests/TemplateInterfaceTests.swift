import JSON
import Templates
import Testing

/// What a caller of the module relies on beyond what the language says.
@Suite struct TemplateInterfaceTests {
    @Test(
        arguments: [
            ("no names", []), ("{{ event.resource.id }}", ["event"]), ("{{ a[b].c(d, e=f) | g(h) is i(j) }}", "abdfhj"),
            ("{% for x in xs %}{{ x }}{{ y }}{{ loop.index }}{% endfor %}{{ loop }}", ["xs", "y", "loop"]),
            ("{% set a = b %}{{ a }}", ["b"]), ("{% if c %}{% set a = 1 %}{% endif %}{{ a }}", ["a", "c"]),
            ("{{ range(3) }}{% set ns = namespace() %}{% set ns.x = y %}", ["y"]),
            ("{% with a = b %}{{ a }}{% endwith %}{{ c if d else e }}", "bcde"),
            ("{% filter replace(o, p) %}{{ t }}{% endfilter %}", "opt"),
            ("{% for x in xs if x > y %}{% else %}{{ x }}{% endfor %}", ["xs", "y", "x"]),
            ("{{ {k: v}[a:b:c] }}{{ [l, (t,), -m, not n, o ** p ~ q, r < s in u] }}", "abcklmnopqrstuv"),
            ("{{ true }}{{ None }}", []),
        ] as [(String, Names)])
    func asksForNames(text: String, names: Names) throws {
        #expect(try Template(parsing: text).names == names.names)
    }

    @Test(arguments: [
        ("a", false), ("{", false), ("{ {", false), ("{# c #}", false), ("{{", true), ("x {{ y", true), ("{% x", true),
        ("{}%", false),
    ])
    func isLikelyATemplate(text: String, isLikely: Bool) {
        #expect(Template.isLikely(text) == isLikely)
    }

    @Test func anOwnFilterTakesValuesAndArguments() throws {
        let template = try Template(parsing: "{{ [1, 'a', none] | show(2, missing, {1: 'x'}) }}{{ 1 | upper }}")
        let filters: [String: TemplateFilter] = [
            "show": { .string(JSONValue.array([$0] + $1).serialized()) },
            "upper": { _, _ in ["now": "mine"] },
        ]
        #expect(try template.render([:], filters: filters) == #"[[1,"a",null],2,null,{"1":"x"}]{'now': 'mine'}"#)
    }

    private struct Refusal: Error, CustomStringConvertible {
        let description = "not today"
    }

    @Test func anOwnFilterThatFailsEndsTheRendering() throws {
        let template = try Template(parsing: "a\n{{ 1 | fail }}")
        let error = #expect(throws: TemplateError.self) {
            try template.render([:], filters: ["fail": { _, _ in throw Refusal() }])
        }
        #expect(error == TemplateError(line: 2, message: "the filter 'fail' failed: not today"))
        #expect(error?.description == "line 2: the filter 'fail' failed: not today")
    }

    @Test(arguments: [
        ("a\n\n{{ 1 + }}", 3), ("{% if x %}\n{{ y }}\n", 2), ("{#\n\n#}\n{{ $ }}", 4), ("{{ '\n' }}{{ a b }}", 2),
        ("{% raw %}\n\n{% endraw %}\n{% nope %}", 4), ("\r\n\r\n{{ ( }}", 3),
    ])
    func aRefusalTellsTheLine(text: String, line: Int) {
        let error = #expect(throws: TemplateError.self) { try Template(parsing: text) }
        #expect(error?.line == line)
    }

    @Test func aFailureTellsTheLine() throws {
        let error = #expect(throws: TemplateError.self) {
            try Template(parsing: "a\n{{ x }}\n{{ x.y +\n1 / 0 }}").render(["x": ["y": 1]])
        }
        #expect(error?.line == 4)
    }

    @Test func theBudgetPaysForEachByte() throws {
        let template = try Template(parsing: "{{ x * 10 }}")
        let names: JSONObject = ["x": .string(String(repeating: "x", count: 100))]
        #expect(try template.render(names).utf8.count == 1_000)
        #expect(throws: TemplateError.self) { try template.render(names, budget: 1_000) }
    }
}

/// Names, or one of them for each letter of a literal.
struct Names: Sendable, ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
    let names: Set<String>

    init(arrayLiteral elements: String...) { names = Set(elements) }
    init(stringLiteral value: String) { names = Set(value.map(String.init)) }
}
