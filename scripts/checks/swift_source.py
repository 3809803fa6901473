"""A Swift file as the rules see it: by heuristics, not by a parser, so that a check takes a second."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

PROGRAMS = {"Server", "Agent", "SluiceCLI"}
"""The targets that are a main: configuration and wiring."""

_DECLARATION = re.compile(r"(?<![.\w`])(?:func\b|deinit\b|init(?=[?!<(])|subscript(?=[<(])|var\s+\w+\s*:)")
_TYPE = re.compile(r"(?<![.\w`])(?:struct|class|enum|actor|protocol|typealias)\s+`?(\w+)")
_NOT_A_TYPE_NAME = {"func", "var", "let", "subscript", "init"}  # as in `class func`
_CONTINUES = re.compile(r"\s*(?:\{|where\b|->|throws\b|async\b|rethrows\b|,|&)")


@dataclass(frozen=True)
class Span:
    """A declaration with a body, by its first and last line."""

    name: str
    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class SwiftSource:
    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text

    @property
    def module(self) -> str | None:
        """The target that the file belongs to, which is also the name of the second folder."""
        parts = self.path.split("/")
        return parts[1] if len(parts) > 2 and parts[0] in {"Sources", "server", "agent", "Tests"} else None

    @property
    def is_test(self) -> bool:
        return self.path.startswith("Tests/")

    @property
    def is_main(self) -> bool:
        return self.module in PROGRAMS

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def code(self) -> str:
        """The text with comments and the contents of strings blanked, of the same length and lines."""
        return blank(self.text)

    def line_of(self, offset: int) -> int:
        return self.code.count("\n", 0, offset) + 1

    def matches(self, pattern: str) -> Iterator[tuple[int, re.Match]]:
        """Where the pattern stands in the code, by line."""
        for match in re.finditer(pattern, self.code, re.MULTILINE):
            yield self.line_of(match.start()), match

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        pattern = r"^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+" \
                  r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"
        return [(line, match[1]) for line, match in self.matches(pattern)]

    @cached_property
    def types(self) -> list[tuple[int, str]]:
        return [
            (self.line_of(match.start()), match[1]) for match in _TYPE.finditer(self.code)
            if match[1] not in _NOT_A_TYPE_NAME
        ]

    @cached_property
    def functions(self) -> list[Span]:
        """Functions, initialisers, subscripts and computed properties that have a body."""
        spans = []
        for match in _DECLARATION.finditer(self.code):
            start = _body_start(self.code, match.end())
            if start is not None:
                name = self.text[match.start():match.end() + 40].split("(")[0].split("{")[0].strip()
                spans.append(Span(name, self.line_of(match.start()), self.line_of(_closing(self.code, start))))
        return spans


def _body_start(code: str, offset: int) -> int | None:
    """The `{` of the body of the declaration that goes on at `offset`; None where it has none."""
    depth = 0
    for position in range(offset, len(code)):
        character = code[position]
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
            if depth < 0:
                return None
        elif depth == 0:
            if character == "{":
                return position
            if character in "=;}" and code[position - 1:position + 1] != "==":
                return None
            if character == "\n" and not _CONTINUES.match(code, position):
                return None
    return None


def _closing(code: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(code)):
        if code[position] == "{":
            depth += 1
        elif code[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return len(code) - 1


def blank(text: str) -> str:
    out = list(text)
    _skip_code(text, 0, out, in_interpolation=False)
    return "".join(out)


def _erase(out: list[str], start: int, end: int) -> None:
    for position in range(start, min(end, len(out))):
        if out[position] != "\n":
            out[position] = " "


def _skip_code(text: str, position: int, out: list[str], in_interpolation: bool) -> int:
    """Blanks comments and strings from `position` on, to the end or to the `)` that ends an interpolation."""
    depth = 0
    while position < len(text):
        if text.startswith("//", position):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            _erase(out, position, end)
            position = end
        elif text.startswith("/*", position):
            end = _comment_end(text, position)
            _erase(out, position, end)
            position = end
        elif opening := re.compile(r'(#*)("""|")').match(text, position):
            position = _skip_string(text, opening.end(), opening[1], opening[2], out)
        elif regex := re.compile(r"(#+)/").match(text, position):
            end = text.find("/" + regex[1], regex.end())
            end = len(text) if end < 0 else end
            _erase(out, regex.end(), end)
            position = end + 1 + len(regex[1])
        else:
            depth += {"(": 1, ")": -1}.get(text[position], 0)
            if in_interpolation and depth < 0:
                return position
            position += 1
    return position


def _comment_end(text: str, position: int) -> int:
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(text, position):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


def _skip_string(text: str, position: int, hashes: str, quotes: str, out: list[str]) -> int:
    """Blanks a string's contents, but for the code in its interpolations; answers where the string ends."""
    closing, escape = quotes + hashes, "\\" + hashes
    while position < len(text):
        if text.startswith(closing, position):
            return position + len(closing)
        if text.startswith(escape + "(", position):
            start = position + len(escape) + 1
            end = _skip_code(text, start, out, in_interpolation=True)
            _erase(out, position, start)
            _erase(out, end, end + 1)
            position = end + 1
        elif text.startswith(escape, position):
            _erase(out, position, position + len(escape) + 1)
            position += len(escape) + 1
        elif text[position] == "\n" and quotes == '"':
            return position  # unterminated: not Swift, or not understood
        else:
            _erase(out, position, position + 1)
            position += 1
    return position
