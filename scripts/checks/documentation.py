"""Rules on documentation."""

import re
from pathlib import PurePosixPath

from .tree import Finding, Tree, rule

SELF_EXPLAINING = {
    "==", "<", "+", "-", "hash", "encode", "description", "debugDescription", "rawValue", "errorDescription",
    "makeIterator", "makeAsyncIterator", "next", "reserveCapacity", "startIndex", "endIndex",
    "Element", "Failure", "Iterator", "AsyncIterator", "Index",
}
"""Members whose meaning their protocol, or arithmetic, gives."""

PLAIN_NUMBERS = {
    "attempt", "begin", "count", "end", "exitCode", "int", "offset", "peakMemoryBytes", "processID", "sequence",
    "signal", "size", "slots", "status", "total", "version",
}
"""Numbers that count something and have no unit to state."""

_PUBLIC = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)(?!\s*\(set\))\s+"
    r"(?:(?:static|class|final|mutating|nonmutating|override|required|convenience|indirect|nonisolated|lazy"
    r"|private\(set\)|internal\(set\)|package\(set\)|consuming|borrowing|distributed)\s+)*"
    r"(?P<kind>func|var|let|init|subscript|struct|class|enum|actor|protocol|typealias|macro)\b\s*(?P<name>[\w`]+|[=<>!+\-*/%&|^~]+)?",
    re.MULTILINE,
)

MODULE_PAGE = {"Sources/JSON/JSON.docc/JSON.md": "# ``JSON``\nA value."}


@rule(
    "module-page",
    bad=[{"Sources/JSON/A.swift": "let a = 1"}],
    good=[{"Sources/JSON/A.swift": "let a = 1", **MODULE_PAGE}, {"Tests/JSONTests/A.swift": "let a = 1"}],
)
def module_page(tree: Tree):
    """Each module has a first page: what it is, what it is not, which file to read first."""
    for module, sources in tree.modules.items():
        if sources[0].is_test:
            continue
        page = f"{sources[0].path.split('/')[0]}/{module}/{module}.docc/{module}.md"
        if page not in tree.files:
            yield Finding(sources[0].path, 1, f"the module has no first page {page}")


@rule(
    "public-documentation",
    bad=[
        {"Sources/JSON/A.swift": "public struct A {}"},
        {"Sources/JSON/A.swift": "/// A.\npublic struct A {\n    @inlinable\n    public static func b() {}\n}"},
        {"Sources/JSON/A.swift": "/// A.\npublic struct A {\n    // b\n    public private(set) var b: Int?\n}"},
    ],
    good=[
        {"Sources/JSON/A.swift": "/// A.\n@frozen\npublic struct A: Hashable {\n"
                                 "    public static func == (a: A, b: A) -> Bool { true }\n    /// B.\n    public let b: Int\n"
                                 "    public let name: String\n    public init(b: Int) {}\n}"},
        {"Sources/JSON/A.swift": "struct A { let a = 1 }\n/** A. */\npublic enum B {}\n"
                                 "extension B: C {\n    public func c() {}\n}"},
        {"Sources/JSON/A.swift": "extension B {\n    /// Both.\n    public func c() {}\n    public func d() {}\n}"},
        {"Tests/TestSupport/A.swift": "public struct A {}"},
    ],
)
def public_documentation(tree: Tree):
    """What other modules use is documented where it is declared: meaning, units, errors.

    Not asked for: a property that its name and type explain (a bare number has a unit, and is none of these), an
    initialiser that can neither throw nor fail, and an enum within the type that it belongs to.
    """
    for source in tree.swift:
        if source.is_test or source.is_main:
            continue
        for match in _PUBLIC.finditer(source.code):
            name = (match["name"] or "").strip("`")
            line = source.line_of(match.end())
            start = source.line_of(match.start("kind"))
            nested = _indentation(source.lines[start - 1]) > 0
            rest = source.code[match.end():match.end() + 500]
            if name in SELF_EXPLAINING or _explains_itself(match["kind"], name, nested, rest):
                continue
            if not (_is_documented(source.lines, start) or _is_witness(source.lines, start)):
                yield Finding(source.path, line, f"public {match['kind']} {name} has no '///'")


def _explains_itself(kind: str, name: str, nested: bool, rest: str) -> bool:
    if kind == "init":
        signature = rest.split("{")[0]
        return "from decoder" in signature or not (signature.startswith("?") or "throws" in signature)
    if kind in {"enum", "typealias"}:
        return nested
    is_number = re.match(r"\s*:\s*(?:U?Int\d*|Double|Float)\b", rest) is not None
    return kind in {"var", "let"} and (name in PLAIN_NUMBERS or not is_number)


def _is_documented(lines: list[str], line: int) -> bool:
    """Whether a doc comment stands above: one speaks for the declarations that follow it without a blank line."""
    for above in reversed(lines[:line - 1]):
        text = above.strip()
        if not text or _indentation(above) < _indentation(lines[line - 1]):
            return False
        if text.startswith("///") or text.endswith("*/"):
            return True
    return False


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_witness(lines: list[str], line: int) -> bool:
    """Whether the declaration stands in an extension that conforms to a protocol, which documents its members."""
    for above in reversed(lines[:line - 1]):
        if above and not above[0].isspace() and above[0] not in "@#/":
            return re.match(r"extension [^{]*:", above) is not None
    return False


@rule(
    "link",
    bad=[{"README.md": "[a](docs/missing.md)"}, {"docs/a.md": "[b](../c.md#top)"}, {"README.md": "![x](x.png)"}],
    good=[
        {"README.md": "[a](docs/a.md#b) [w](https://swift.org) [h](#here)\n```\n[x](y)\n```\n`[x](z)`", "docs/a.md": "x"},
        {"docs/a.md": "[code](../Sources)", "Sources/JSON/A.swift": "let a = 1"},
    ],
)
def link(tree: Tree):
    """A link to a file that is not there sends the reader away."""
    folders = {str(parent) for path in tree.files for parent in PurePosixPath(path).parents}
    for path, text in tree.ending_with(".md"):
        prose = re.sub(r"```.*?```|`[^`\n]*`", lambda code: re.sub(r"[^\n]", " ", code[0]), text, flags=re.DOTALL)
        for match in re.finditer(r"\]\(([^)\s]+)\)", prose):
            target = match[1].split("#")[0]
            if not target or re.match(r"[a-z]+:", target):
                continue
            resolved = _resolve(PurePosixPath(path).parent, target)
            if resolved not in tree.files and resolved not in folders:
                yield Finding(path, text.count("\n", 0, match.start()) + 1, f"there is no {resolved}")


def _resolve(folder: PurePosixPath, target: str) -> str:
    parts: list[str] = []
    for part in (folder / target).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts) or "."


@rule(
    "promise-has-a-test",
    bad=[
        {"docs/guarantees.md": "It holds (`ATests/b`)."},
        {"docs/guarantees.md": "It holds (`ATests/b`).", "Tests/A.swift": "struct ATests { func c() {} }"},
        {"docs/guarantees.md": "It holds (`ATests/b`).", "Tests/A.swift": "struct ATests {}", "Tests/B.swift": "func b()"},
    ],
    good=[
        {"docs/guarantees.md": "It holds (`ATests/b`).", "Tests/A.swift": "struct ATests {\n@Test func b() {} }"},
        {"docs/guarantees.md": "It holds (`ATests/b c`).", "Tests/A.swift": "struct ATests {\n@Test func `b c`() {} }"},
        {"docs/other.md": "It holds (`ATests/b`)."},
    ],
)
def promise_has_a_test(tree: Tree):
    """A promise in docs/guarantees.md names the test that holds it: one that is not there holds nothing."""
    path = "docs/guarantees.md"
    tests = [text for name, text in tree.ending_with(".swift") if name.startswith("Tests/")]
    for number, line in enumerate(tree.files.get(path, "").splitlines(), 1):
        for suite, name in re.findall(r"`(\w+Tests)/([^`]+)`", line):
            function = re.compile(rf"func\s+`?{re.escape(name)}`?\s*[(<]")
            declared = re.compile(rf"(?:struct|class|extension)\s+{suite}\b")
            if not any(declared.search(text) and function.search(text) for text in tests):
                yield Finding(path, number, f"there is no test {suite}/{name}")
