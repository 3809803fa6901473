"""The operations of the API that clients use: method and path template, as `fixtures/operations.txt` lists them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PREFIX = "/api"


@dataclass(frozen=True)
class Operation:
    """One line of the list: `METHOD PATH | milestone | who calls it`."""

    method: str
    path: str
    milestone: str
    callers: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@cache
def operations() -> list[Operation]:
    """All that clients use; websockets have the method WS."""
    found = []
    for line in (FIXTURES / "operations.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, milestone, callers = (part.strip() for part in line.split("|"))
            found.append(Operation(*name.split(" "), milestone, callers))
    return found


@cache
def _by_length() -> dict[tuple[str, int], list[tuple[list[str], str]]]:
    table: dict[tuple[str, int], list[tuple[list[str], str]]] = {}
    for each in operations():
        parts = each.path.split("/")
        table.setdefault((each.method, len(parts)), []).append((parts, each.path))
    for candidates in table.values():  # what is spelt out comes before what is a placeholder
        candidates.sort(key=lambda entry: [part.startswith("{") for part in entry[0]])
    return table


@cache
def template(method: str, path: str) -> str:
    """The template of a path below the API's root; the path itself when the list does not have it."""
    path = path.removeprefix(PREFIX)
    parts = path.split("/")
    for pattern, whole in _by_length().get((method, len(parts)), []):
        if all(wanted == part or (wanted.startswith("{") and part) for wanted, part in zip(pattern, parts)):
            return whole
    return path
