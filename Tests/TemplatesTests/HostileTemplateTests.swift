import JSON
import Templates
import TestSupport
import Testing

/// Templates that want more than they may have: they are refused or fail, soon.
@Suite struct HostileTemplateTests {
    private static func nested(_ open: String, _ middle: String, _ close: String) -> String {
        String(repeating: open, count: 2_000) + middle + String(repeating: close, count: 2_000)
    }

    private static func chain(_ first: String, _ rest: String) -> String {
        "{{ " + first + String(repeating: rest, count: 2_000) + " }}"
    }

    @Test(arguments: [
        "{{ \(nested("(", "1", ")")) }}", "{{ \(nested("[", "1", "]")) }}", "{{ \(nested("{1:", "1", "}")) }}",
        "{{ \(nested("a[", "1", "]")) }}", "{{ \(nested("f(", "1", ")")) }}", "{{ \(nested("x|d(", "1", ")")) }}",
        "{{ \(nested("-", "1", "")) }}", "{{ \(nested("not ", "1", "")) }}", "{{ \(nested("1 if 1 else ", "1", "")) }}",
        nested("{% if x %}", "a", "{% endif %}"), nested("{% with %}", "a", "{% endwith %}"),
        "{% for \(nested("(", "x", ")")) in y %}{% endfor %}", chain("1", " + 1"), chain("x", ".x"),
        chain("x", "|upper"),
        chain("x", "()"), chain("1", " if 1"), chain("1", " and 1"), chain("x", " is odd"), chain("1", " ** 1"),
    ])
    func whatNestsTooDeeplyIsRefused(text: String) {
        #expect(throws: TemplateError.self) { try Template(parsing: text) }
    }

    @Test(arguments: [
        chain("1", " ~ 1"), chain("1", " < 1"), "{{ [" + String(repeating: "1,", count: 2_000) + "] }}",
        "{{ " + String(repeating: "'a' ", count: 2_000) + "}}",
        "{% if 0 %}" + String(repeating: "{% elif 0 %}", count: 2_000) + "{% endif %}",
        String(repeating: "{{ x }}", count: 2_000), String(repeating: "{% set x = 1 %}", count: 2_000),
        "{{ " + String(repeating: "(", count: 36) + "1" + String(repeating: ")", count: 36) + " }}",
        "{{ 1" + String(repeating: " + 1", count: 95) + " }}", "{{ x" + String(repeating: "|upper", count: 95) + " }}",
        "{% set s = namespace(a=1) %}{% for i in range(100) %}{% set s.a = [s.a] %}{% endfor %}{{ s.a }}{{ s.a == s.a }}",
    ])
    func whatIsLongIsRendered(text: String) throws {
        _ = try Template(parsing: text).render(["x": 1], budget: 1_000_000)
    }

    @Test(arguments: [
        "{{ 'x' * 999999999999 }}", "{{ [0] * 999999999999 }}", "{{ 'x' * 10 ** 30 }}", "{{ '%999999999d' % 1 }}",
        "{{ '%*d' % (999999999, 1) }}", "{{ '{:999999999}'.format(1) }}", "{{ 'x'.center(999999999) }}",
        "{{ 'x'|center(999999999) }}", "{{ 'x'.zfill(999999999) }}", "{{ 'x'|indent(999999999, true) }}",
        "{{ 'x'.ljust(999999999) }}", "{{ [1]|tojson(999999999) }}", "{{ [1]|batch(999999999, 0) }}",
        "{{ [1]|slice(999999999) }}", "{{ 9 ** 9 ** 9 ** 9 }}", "{{ 9.0 ** 9999999 }}", "{{ '%.999999999f' % 1.0 }}",
        "{{ range(-9223372036854775808, 9223372036854775807) }}", "{{ range(99999999999999999999999) }}",
        "{{ ('x' * 90000)|replace('', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') }}", "{{ ('x' * 90000).split('x') }}",
        "{% set s = namespace(a='ab') %}{% for i in range(100) %}{% set s.a = s.a + s.a %}{% endfor %}",
        "{% set s = namespace(a=[1]) %}{% for i in range(100) %}{% set s.a = s.a + s.a %}{% endfor %}",
        "{% set s = namespace(a=[]) %}{% for i in range(60) %}{% set s.a = [s.a, s.a] %}{% endfor %}{{ s.a }}",
        "{% set s = namespace(a=[], b=[]) %}{% for i in range(60) %}{% set s.a = [s.a, s.a] %}"
            + "{% set s.b = [s.b, s.b] %}{% endfor %}{{ s.a == s.b }}",
        "{% set s = namespace(a=[], b=[]) %}{% for i in range(60) %}{% set s.a = [s.a, s.a] %}"
            + "{% set s.b = [s.b, s.b] %}{% endfor %}{{ s.a < s.b }}",
        "{% set s = namespace(a={}) %}{% for i in range(60) %}{% set s.a = {1: s.a, 2: s.a} %}{% endfor %}{{ s.a|tojson }}",
        "{% set s = namespace(a=[]) %}{% for i in range(100) %}{% for j in range(100) %}{% set s.a = [s.a] %}{% endfor %}"
            + "{% endfor %}",
        "{% set s = namespace(a=(1,)) %}{% for i in range(60) %}{% set s.a = (s.a, s.a) %}{% endfor %}{{ {s.a: 1} }}",
        "{% for i in range(100) %}{% for j in range(100) %}{{ range(100)|map('string')|join }}{% endfor %}{% endfor %}",
        "{{ 9223372036854775807 * 9223372036854775807 * 9223372036854775807 * 9223372036854775807 }}",
        "{{ -170141183460469231731687303715884105727 - 2 }}", "{{ 'abc'[::-9223372036854775808].x() }}",
        "{{ (-170141183460469231731687303715884105727 - 1) // -1 }}", "{{ ('9' * 60)|int }}", "{{ 1e300|int }}",
    ])
    func whatIsTooMuchFails(text: String) throws {
        let template = try Template(parsing: text)
        #expect(throws: TemplateError.self) { try template.render([:]) }
    }

    @Test func aValueThatNestsTooDeeplyFails() throws {
        let deep = (0..<2_000).reduce(JSONValue.null) { inner, _ in [inner] }
        #expect(throws: TemplateError.self) { try Template(parsing: "{{ x }}").render(["x": deep]) }
    }

    private static let words = [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "-}}", " ", "\n", "x", "xs", "d", "s", "loop", "'a'",
        "\"%s\"",
        "'{:>5}'", "1", "0", "2.5", "-", "+", "*", "**", "/", "//", "%", "~", "|", "|join", "|sort", "|map('upper')",
        "|round(1)", "|tojson", "|int", "|batch(2)", "|truncate(9)", ".", ".format(", ".items()", ".split()", ".x", "[",
        "]",
        "[0]", "[::-1]", "(", ")", "{", "}", ":", ",", "=", "==", "<", ">=", "in", "not", "and", "or", "is", "odd",
        "defined",
        "if", "else", "elif", "endif", "for", "endfor", "set", "endset", "with", "endwith", "filter", "endfilter",
        "raw",
        "endraw", "{% if x %}", "{% endif %}", "{% for x in xs %}", "{% endfor %}", "{{ x", "none", "true", "é", "🎈",
        "\\",
        "range(9)", "namespace(a=1)", "{% set s = ", "{% set s.a = ",
    ]

    private static let names: JSONObject = [
        "x": 7, "xs": [3, "b", 1.5, .null, ["k": "v"]], "d": ["a": 1, "b": ["x": "é"]], "s": "one two",
    ]

    @Test(arguments: Fuzz.seeds(100))
    func randomWordsAreRenderedOrRefused(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let count = 1 + random.choice(of: 24)
            let words = (0..<count).map { _ in Self.words[random.choice(of: Self.words.count)] }
            expectBounded(words.joined(separator: random.choice(of: 2) == 0 ? "" : " "))
        }
    }

    @Test(arguments: Fuzz.seeds(100))
    func randomExpressionsStayInTheirBudget(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            let expression = Self.expression(depth: 4, using: &random)
            expectBounded("{% for y in xs %}{{ \(expression) }}{% endfor %}{% if \(expression) %}{% endif %}")
        }
    }

    private func expectBounded(_ text: String) {
        let budget = 5_000
        guard let template = try? Template(parsing: text) else { return }
        guard let rendered = try? template.render(Self.names, budget: budget) else { return }
        #expect(rendered.utf8.count <= budget)
    }

    private static let operators = [
        "+", "-", "*", "/", "//", "%", "**", "~", "==", "<", ">=", "in", "not in", "and", "or",
    ]
    private static let suffixes = [
        "|abs", "|capitalize", "|center(9)", "|count", "|default(1)", "|dictsort", "|e", "|filesizeformat", "|first",
        "|float", "|format(1)", "|indent", "|int", "|items", "|join(',')", "|last", "|list", "|map(attribute='a')",
        "|max",
        "|min", "|reject('odd')", "|select", "|selectattr('a')", "|replace('a', 'b')", "|reverse", "|round", "|safe",
        "|slice(2)", "|sort", "|string", "|striptags", "|sum", "|title", "|tojson", "|trim", "|truncate(5)", "|unique",
        "|upper", "|urlencode", "|wordcount", " is odd", " is sequence", " is in xs", " is divisibleby 2", ".upper()",
        ".split()", ".items()", ".get('a')", ".format(1, 2)", ".partition('o')", ".zfill(9)", "[0]", "[1:]", "[::-1]",
        "['a']",
    ]
    private static let atoms = [
        "x", "xs", "d", "s", "y", "missing", "1", "0", "-3", "2.5", "1e300", "'a'", "'%s %d'", "'{} {:>5}'", "none",
        "true",
        "[]", "()", "{'a': 1}", "loop", "loop.index", "range(5)", "99999999999999999999",
    ]

    private static func expression(depth: Int, using random: inout SeededGenerator) -> String {
        guard depth > 0 else { return atoms[random.choice(of: atoms.count)] }
        let inner = expression(depth: depth - 1, using: &random)
        switch random.choice(of: 6) {
        case 0: return atoms[random.choice(of: atoms.count)]
        case 1: return "[\(inner), \(expression(depth: depth - 1, using: &random))]"
        case 2:
            let other = expression(depth: depth - 1, using: &random)
            return "(\(inner) \(operators[random.choice(of: operators.count)]) \(other))"
        default: return "(\(inner))\(suffixes[random.choice(of: suffixes.count)])"
        }
    }
}
