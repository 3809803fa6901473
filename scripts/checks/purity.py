"""Rules on what code may call, and where."""

import re

from .tree import Finding, Tree, rule

TIME_AND_CHANCE = {
    r"\bDate\(\)": "reads the clock",
    r"\bDate\.now\b": "reads the clock",
    r"(?<![\w)\]?!])\.now\b": "reads the clock",
    r"\b\w*[cC]lock(?:\(\))?\.now\b": "reads the clock",
    r"\b(?:clock_gettime|gettimeofday|mach_absolute_time)\b": "reads the clock",
    r"(?<!\.)\btime\(nil\)": "reads the clock",
    r"\bUUID\(\)": "makes an id",
    # A generator that is an argument is fine; arguments may hold one level of parentheses.
    r"\.(?:random|randomElement|shuffled|shuffle)\((?!(?:[^()]|\([^()]*\))*\busing:)": "draws a random value",
    r"\b(?:SystemRandomNumberGenerator|arc4random\w*|getrandom)\b": "draws a random value",
}

CRASHES = {
    r"\bfatalError\(": "throw an error that names the cause, or make the state impossible by its type",
    r"\btry!": "handle the error",
    r"\bas!": "cast with 'as?' and handle the failure",
}


def found(tree: Tree, patterns: dict[str, str], exempt):
    for source in tree.swift:
        if exempt(source):
            continue
        for pattern, reason in patterns.items():
            for line, match in source.matches(pattern):
                yield Finding(source.path, line, f"'{match[0]}': {reason}")


@rule(
    "time-and-chance",
    bad=[
        {"Sources/Domain/A.swift": "let a = Date()"},
        {"Sources/Domain/A.swift": "let a: ContinuousClock.Instant = .now"},
        {"server/Storage/A.swift": "let a = ContinuousClock().now"},
        {"server/Storage/A.swift": 'print("at \\(Date())")'},
        {"agent/AgentRuntime/A.swift": "let a = Double.random(in: 0..<1)"},
        {"agent/AgentRuntime/A.swift": "let a = UUID().uuidString"},
    ],
    good=[
        {"server/Server/A.swift": "let a = Date()", "Tests/TestSupport/B.swift": "let a = UUID()"},
        {"Sources/Domain/A.swift": "let a = facts.now\nlet b = Double.random(in: 0..<a(b), using: &generator)"},
        {"Sources/Domain/A.swift": 'let a = "Date()"\n/* .random( */ // UUID()'},
    ],
)
def time_and_chance(tree: Tree):
    """Time, randomness and ids are arguments: only a main reads them, so that everything else can be tested."""
    yield from found(
        tree, TIME_AND_CHANCE,
        lambda source: source.is_main or source.module in {"TestSupport", "SystemTests"},
    )


@rule(
    "sql-time",
    bad=[{"server/Storage/A.swift": '"UPDATE run SET updated = now()"'},
         {"server/StorageSQLite/A.swift": '"""\nSELECT CURRENT_TIMESTAMP\n"""'}],
    good=[{"server/Storage/A.swift": '// now()\n"UPDATE run SET updated = $1"\nlet a = clock.now()'}],
)
def sql_time(tree: Tree):
    """Time and chance are arguments of SQL, too: the same call on the same rows writes the same."""
    pattern = re.compile(r"(?i)\b(?:now\(\)|random\(\)|current_timestamp|strftime\(|datetime\('now)")
    for source in tree.swift:
        if source.module not in {"Storage", "StorageSQLite"}:
            continue
        for match in pattern.finditer(source.text):
            blanked = source.code[match.start():match.end()].isspace()  # so it stands in a string or in a comment
            line = source.line_of(match.start())
            if blanked and not source.lines[line - 1].lstrip().startswith("//"):
                yield Finding(source.path, line, f"'{match[0]}' in SQL: pass it as an argument")


@rule(
    "crash",
    bad=[
        {"Sources/JSON/A.swift": 'fatalError("no")'},
        {"Sources/JSON/A.swift": "let a = try! b()"},
        {"Sources/JSON/A.swift": "let a = b as! C"},
    ],
    good=[{"Tests/JSONTests/A.swift": "let a = try! b()", "Sources/JSON/A.swift": "let a = try? b() as? C"}],
)
def crash(tree: Tree):
    """A server or an agent that crashes takes every run along: programs handle what tests may trap on."""
    yield from found(tree, CRASHES, lambda source: source.is_test)


@rule(
    "unchecked-sendable",
    bad=[{"Sources/ZeroMQ/A.swift": "struct B {}\n\nfinal class A: @unchecked Sendable {}"}],
    good=[{"Sources/ZeroMQ/A.swift": "/// Confined to its thread.\nfinal class A: @unchecked Sendable {}"}],
)
def unchecked_sendable(tree: Tree):
    """'@unchecked Sendable' is a promise that the compiler cannot hold: a comment above it says why it holds."""
    for source in tree.swift:
        for line, _ in source.matches(r"@unchecked\s+Sendable|nonisolated\(unsafe\)"):
            above = source.lines[line - 2].strip() if line > 1 else ""
            if not (above.startswith(("//", "@")) or re.search(r"//", source.lines[line - 1])):
                yield Finding(source.path, line, "no comment says why this is safe")
