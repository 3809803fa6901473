"""What is measured, how much of it, and with which programs."""

import argparse
import shlex
from pathlib import Path

from measuring.report import PAGE, page_has_marks
from measuring.workbench import ROOT

SIZES = {
    "runs": (5000, "(a) runs of `true` in a round"),
    "samples": (500, "(b) runs from idle, of each system"),
    "rows": (1_000_000, "(c, d, e) runs that are many: queued, or in history"),
    "lives": (50_000, "(c, g) lives of runs that are counted in a round"),
    "lines": (2_000_000, "(f) lines in a round, of all children"),
    "agents": (1000, "(h) connected agents"),
    "seconds": (30, "(h) for which the processor time is looked at"),
    "schedules": (100_000, "(j) schedules that are held"),
    "together": (1000, "(j) schedules that fire on the same second"),
    "tasks": (100, "(i) tasks of a flow of Prefect's"),
}
"""By option: how much, and of what."""

STANDARD_PROGRAMS = (ROOT / ".build" / "release").resolve()
NOT_SHORTENED = {"agents", "seconds"}
SYSTEMS = ["sluice", "loop", "hyperqueue", "celery"]


def parse(names: list[str], words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/bench", description="Measures Sluice, beside others where that can be compared.",
        epilog="The figures are described in docs/benchmarks.md. Those of two runs, or machines, do not compare.")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"all of them, or some of: {' '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="a tenth of each size, and one round: a trial")
    parser.add_argument("--rounds", type=positive, help="of each figure that has several (default 3)")
    for name, (default, what) in SIZES.items():
        parser.add_argument(f"--{name}", type=positive, metavar="N", help=f"{what} (default {default:,})")
    parser.add_argument("--slots", type=positive, default=4, metavar="N", help="(a, b, i) of the one agent or worker")
    parser.add_argument("--rate", type=positive, metavar="N", help="(g) runs a second, rather than half of (c)")
    parser.add_argument(
        "--systems", type=systems, default=SYSTEMS, metavar="A,B",
        help=f"(a, b) which are compared (default {','.join(SYSTEMS)})")
    parser.add_argument(
        "--programs", type=Path, default=STANDARD_PROGRAMS, metavar="FOLDER", help="where Sluice's are")
    parser.add_argument("--write", action="store_true", help=f"write the table into docs/{PAGE.name}, too")
    options = parser.parse_args(words)
    options.command = shlex.join(["Benchmarks/bench", *words])
    complete(parser, options, names)
    return options


def complete(parser: argparse.ArgumentParser, options: argparse.Namespace, names: list[str]) -> None:
    """Fills in what was not said, and refuses what does not go together."""
    if unknown := [name for name in options.figures if name not in names]:
        parser.error(f"there is no figure {unknown[0]}: choose among {' '.join(names)}")
    if options.write and (options.quick or options.figures or options.systems != SYSTEMS):
        parser.error("--write takes all figures, at full size: what stands in one table comes from one run")
    if options.write and not page_has_marks():
        parser.error(f"--write finds no marks in {PAGE}: 'git checkout' brings them back")
    options.figures = [name for name in names if name in options.figures] or names
    options.rounds = options.rounds or (1 if options.quick else 3)
    for name, (default, _) in SIZES.items():
        if getattr(options, name) is None:
            setattr(options, name, default // 10 if options.quick and name not in NOT_SHORTENED else default)
    options.programs = options.programs.resolve()
    options.sizes = {name: getattr(options, name) for name in [*SIZES, "rounds", "slots"]}


def systems(text: str) -> list[str]:
    chosen = text.split(",")
    if unknown := [name for name in chosen if name not in SYSTEMS]:
        raise argparse.ArgumentTypeError(f"there is no system {unknown[0]}: choose among {','.join(SYSTEMS)}")
    return [name for name in SYSTEMS if name in chosen]


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not 1 or more")
    return number
