"""What has been measured, as a table for people, as JSON, and in docs/benchmarks.md."""

import json
import subprocess
from dataclasses import asdict, dataclass

from figures.figure import Line
from measuring.quantities import milliseconds
from measuring.workbench import BENCHMARKS, ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN = "<!-- Between these two marks `Benchmarks/bench --write` writes; all else is written by hand. -->"
END = "<!-- The end of what is written by the benchmark. -->"


@dataclass
class Section:
    title: str
    lines: list[Line]


@dataclass
class Report:
    machine: dict
    versions: dict[str, str]
    command: str
    date: str
    sizes: dict
    sections: list[Section]

    def print(self) -> None:
        """A table for a terminal."""
        widest = max(len(line.what) for section in self.sections for line in section.lines)
        for section in self.sections:
            print(f"\n{section.title}")
            for line in section.lines:
                bar = f"   bar: {line.bar}" if line.bar else ""
                print(f"  {line.what:{widest}}  {line.measured}{bar}{verdict(line, '  ')}")

    def write_json(self, results: dict[str, dict]) -> None:
        content = {
            **{name: value for name, value in asdict(self).items() if name != "sections"}, "results": results,
        }
        (BENCHMARKS / "results.json").write_text(json.dumps(content, indent=1) + "\n")

    def write_page(self) -> None:
        """Puts the figures between the marks of docs/benchmarks.md; the prose around them stays."""
        before, _, rest = PAGE.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n\n{self._markdown()}\n{END}{after}")

    def _markdown(self) -> str:
        text = "| figure | measured | bar | |\n|---|---|---|---|\n"
        for section in self.sections:
            text += f"| **{section.title}** | | | |\n"
            for line in section.lines:
                text += f"| {line.what} | {line.measured} | {line.bar} | {verdict(line)} |\n"
        return f"{text}\n{self._circumstances()}"

    def _circumstances(self) -> str:
        machine, sync = self.machine, self.machine["fdatasync_ms"]
        facts = {
            "date": self.date,
            "command": f"`{self.command}`",
            "machine": f"{machine['cpus']} × {machine['model']}, {machine['memory_gib']} GiB",
            "system": f"{machine['system']}, {machine['kernel']}",
            "disk": f"{machine['file_system']}; 4 KiB and `fdatasync` take {milliseconds(sync['median'])} "
                    f"(p99 {milliseconds(sync['p99'])})",
            **self.versions,
            "sizes": ", ".join(f"{name} {value:,}" for name, value in self.sizes.items()),
        }
        return "| measured with | |\n|---|---|\n" + "".join(f"| {name} | {fact} |\n" for name, fact in facts.items())


def verdict(line: Line, before: str = "") -> str:
    return "" if line.holds is None else before + ("holds" if line.holds else "missed")


def commit() -> str:
    """Of the sources that the benchmark lies in."""
    def git(*arguments: str) -> str:
        outcome = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
        return outcome.stdout.strip()

    changed = ", changed since" if git("status", "--porcelain") else ""
    return (git("rev-parse", "--short=10", "HEAD") or "unknown") + changed


def page_has_marks() -> bool:
    return PAGE.exists() and all(mark in PAGE.read_text() for mark in (BEGIN, END))
