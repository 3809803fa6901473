"""Differences that are meant: Tests/SystemTests/Prefect/deviations.txt."""

from dataclasses import dataclass
from functools import cache

from .judge import Finding
from .operations import FIXTURES

FILE = FIXTURES.parent / "deviations.txt"


@dataclass(frozen=True)
class Deviation:
    """A difference, in one series or in all (`*`), and why it is there."""

    series: str
    kind: str
    operation: str
    place: str
    got: str
    why: str

    def covers(self, series: str, finding: Finding) -> bool:
        return self.series in ("*", series) and (self.kind, self.operation, self.place, self.got) == (
            finding.kind, finding.operation, finding.place, finding.got)


@cache
def deviations() -> list[Deviation]:
    lines = [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    return [Deviation(*(part.strip() for part in line.split("|", 5))) for line in lines]


def table() -> list[str]:
    """Them as a table of docs/prefect.md."""
    lines = ["| clients | operation | what | why |", "|---|---|---|---|"]
    for each in deviations():
        clients = "all" if each.series == "*" else each.series
        what = " ".join(part for part in (each.kind, each.place) if part)
        lines.append(f"| {clients} | `{each.operation}` | {what}: {each.got} | {each.why} |")
    return lines
