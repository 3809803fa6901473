"""Compares what a journey did against some server with what it does against the reference server."""

from collections import Counter
from dataclasses import astuple, dataclass

from .facts import Answer, Facts
from .shapes import differences


@dataclass(frozen=True)
class Finding:
    """One difference: of what kind, in which operation or where else, and how."""

    kind: str
    operation: str
    place: str
    expected: str
    got: str

    def text(self) -> str:
        return " | ".join(astuple(self))

    @property
    def by_absence(self) -> bool:
        """Whether it says that something did not happen, which is no wonder where a journey broke off."""
        return self.kind in ("command", "end", "event sent", "websocket") or self.got == "not called"


def judge(expected: Facts, got: Facts) -> list[Finding]:
    """All that is not as the reference has it. Keys, calls of no consequence and the order of calls are free."""
    return [
        *called(expected, got), *shaped(expected, got),
        *only_known("transition", expected.transitions, got.transitions),
        *same("event sent", sorted(expected.events), sorted(got.events)),
        *same("websocket", sorted(expected.websockets), sorted(got.websockets)),
        *same("command", expected.commands, got.commands), *same("end", expected.picture, got.picture),
    ]


def statuses(answers: set[Answer]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for name, status in answers:
        found.setdefault(name, set()).add(status)
    return found


def called(expected: Facts, got: Facts) -> list[Finding]:
    """Operations that are called by one side only, or answered with another status."""
    known, seen = statuses(set(expected.answers)), statuses(set(got.answers))
    always = statuses(set(expected.answers) - expected.sometimes)
    found = []
    for name in sorted(known.keys() | seen.keys()):
        wanted, here = known.get(name, set()), seen.get(name, set())
        if here - wanted:
            found.append(Finding("status", name, "", numbers(wanted) or "not called", numbers(here - wanted)))
        elif missing := always.get(name, set()) - here:
            found.append(Finding("status", name, "", numbers(missing), numbers(here) or "not called"))
    return found


def numbers(statuses: set[int]) -> str:
    return ", ".join(map(str, sorted(statuses)))


def shaped(expected: Facts, got: Facts) -> list[Finding]:
    return [
        Finding("shape", f"{answer[0]} {answer[1]}", each.place, each.expected, each.got)
        for answer in sorted(expected.answers.keys() & got.answers.keys())
        for each in differences(expected.answers[answer], got.answers[answer])
    ]


def only_known(kind: str, expected: set[str], got: set[str]) -> list[Finding]:
    """What the reference never does. What it does and was not seen may be a matter of the moment."""
    found = []
    for each in sorted(got - expected):
        before = each.split(" = ")[0]
        alternatives = sorted(other.split(" = ")[1] for other in expected if other.split(" = ")[0] == before)
        found.append(Finding(kind, before, "", " or ".join(alternatives) or "not proposed", each.split(" = ")[1]))
    return found


def same(kind: str, expected: list[str], got: list[str]) -> list[Finding]:
    """What one side has and the other has not."""
    missing, more = Counter(expected) - Counter(got), Counter(got) - Counter(expected)
    found, paired = [], set()
    for each in missing:
        label = each.rsplit(":", 1)[0]
        other = next((line for line in more if line not in paired and line.rsplit(":", 1)[0] == label), None)
        if other is not None:
            paired.add(other)
        found.append(Finding(kind, label if other else each, "", each[len(label) + 2:] if other else "there",
                             other[len(label) + 2:] if other else "missing"))
    return found + [Finding(kind, each, "", "none of it", "there") for each in more if each not in paired]
