"""Rules on size and names."""

import re

from .tree import Finding, Tree, rule

FILE_LINES = 400
FUNCTION_LINES = 40

VAGUE_WORDS = {
    "Util", "Utils", "Utility", "Utilities", "Common", "Helper", "Helpers", "Manager", "Base", "New", "Misc", "Stuff",
}
SWIFT_TYPES = {"Task", "Executor", "Clock", "Duration", "Error", "Result", "Actor", "Sequence", "Mutex", "Regex"}

FIVE_LINES = "    x()\n" * 5


def words(name: str) -> set[str]:
    """The words of a name in camel case."""
    return set(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name))


@rule(
    "file-length",
    bad=[{"Sources/JSON/A.swift": "let a = 1\n" * (FILE_LINES + 1)}],
    good=[{"Sources/JSON/A.swift": "let a = 1\n" * FILE_LINES, "Sources/Wire/a.pb.swift": "let a = 1\n" * 999}],
)
def file_length(tree: Tree):
    """A file holds one type with one job; one that grows past 400 lines holds several."""
    for source in tree.swift:
        if len(source.lines) > FILE_LINES:
            yield Finding(source.path, FILE_LINES + 1, f"{len(source.lines)} lines; at most {FILE_LINES}")


@rule(
    "function-length",
    bad=[
        {"Sources/JSON/A.swift": "struct A {\n    func a(\n    b: Int\n) -> Int\nwhere T: B {\n" + FIVE_LINES * 8 + "}\n}"},
        {"Sources/JSON/A.swift": "var a: Int {\n" + FIVE_LINES * 8 + "}"},
        {"Sources/JSON/A.swift": 'init?(a: String = "}") throws(B) {\n' + FIVE_LINES * 8 + "}"},
    ],
    good=[
        {"Sources/JSON/A.swift": "protocol A {\n    func a() -> Int\n    init(b: Int)\n}\nenum B {\n" + FIVE_LINES * 9 + "}"},
        {"Sources/JSON/A.swift": "func a() {\n" + FIVE_LINES * 7 + "}"},
        {"Sources/JSON/A.swift": "let a = A.init(b)\nstruct C {\n" + FIVE_LINES * 9 + "}"},
    ],
)
def function_length(tree: Tree):
    """A function that does not fit on a screen hides its steps: name them."""
    for source in tree.swift:
        for function in source.functions:
            if function.length > FUNCTION_LINES:
                message = f"'{function.name}' has {function.length} lines; at most {FUNCTION_LINES}"
                yield Finding(source.path, function.first, message)


@rule(
    "vague-name",
    bad=[
        {"Sources/JSON/StringUtils.swift": "let a = 1"},
        {"Sources/JSON/A.swift": "final class RunManager {}"},
        {"Sources/Common/A.swift": "let a = 1"},
    ],
    good=[{"server/Storage/Database.swift": "protocol Database {}\n// the newest Manager\nclass func common() {}"}],
)
def vague_name(tree: Tree):
    """Utils, Common, Helpers, Manager, Base, New: a name that says nothing attracts what belongs elsewhere."""
    for source in tree.swift:
        for part in source.path.removesuffix(".swift").split("/"):
            if vague := words(part) & VAGUE_WORDS:
                yield Finding(source.path, 1, f"'{vague.pop()}' in a file's or folder's name")
        for line, name in source.types:
            if vague := words(name) & VAGUE_WORDS:
                yield Finding(source.path, line, f"'{vague.pop()}' in the name of the type '{name}'")


@rule(
    "shadowing-name",
    bad=[{"Sources/Domain/A.swift": "extension Run {\n    enum Task {}\n}"}],
    good=[{"Sources/Domain/A.swift": "struct TaskRun {}\n// struct Task\nlet a: Task = b"}],
)
def shadowing_name(tree: Tree):
    """A type named as one of Swift's own makes every later use of that name ambiguous to a reader."""
    for source in tree.swift:
        for line, name in source.types:
            if name in SWIFT_TYPES:
                yield Finding(source.path, line, f"the type '{name}' shadows Swift's own")


@rule(
    "module-named-as-type",
    bad=[{"Sources/Wire/A.swift": "public enum Wire {}"}],
    good=[{"Sources/Wire/A.swift": "public enum WireError {}"}],
)
def module_named_as_type(tree: Tree):
    """A module named as a type in it makes `Module.Type` mean the type's member: nothing else can be qualified."""
    for module, sources in tree.modules.items():
        for source in sources:
            for line, name in source.types:
                if name == module:
                    yield Finding(source.path, line, f"the type '{name}' is named as its module")
