"""Runs journeys side by side, each in a process of its own, and judges what they recorded."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from .deviations import Deviation, deviations
from .facts import read_facts
from .fixtures import Series, read_journey
from .judge import Finding, judge

RUNNING: set[subprocess.Popen] = set()
JOURNEY_SECONDS = 300
FOLDER = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Plan:
    """What to run, and against what."""

    journeys: list[tuple[str, str]]
    against: str
    programs: Path
    folder: Path
    jobs: int
    judged: bool = True
    record: Path | None = None


@dataclass
class Outcome:
    """How one journey ended."""

    series: str
    journey: str
    seconds: float = 0
    trouble: str = ""
    findings: list[Finding] = field(default_factory=list)
    met: set[Deviation] = field(default_factory=set)
    """Differences that were found, and are meant."""

    @property
    def name(self) -> str:
        return f"{self.series}/{self.journey}"

    @property
    def good(self) -> bool:
        return not self.trouble and not self.findings


def run(plan: Plan) -> Iterator[Outcome]:
    """The outcomes, as journeys end."""
    with ThreadPoolExecutor(plan.jobs) as pool:
        try:
            for done in as_completed([pool.submit(run_one, plan, *each) for each in plan.journeys]):
                yield done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(RUNNING):
                end(process)
            raise


def run_one(plan: Plan, series: str, journey: str) -> Outcome:
    folder = plan.folder / f"{series}-{journey}"
    folder.mkdir(parents=True)
    record, ended = folder / "record.jsonl", folder / "outcome"
    order = {
        "series": series, "journey": journey, "against": plan.against, "programs": str(plan.programs),
        "folder": str(folder), "record": str(record), "outcome": str(ended), "judge": plan.judged,
    }
    outcome, started = Outcome(series, journey), time.monotonic()
    log = folder / "harness.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "harness.one", json.dumps(order)], cwd=FOLDER, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True)
        RUNNING.add(process)
        try:
            process.wait(JOURNEY_SECONDS)
        except subprocess.TimeoutExpired:
            end(process)
            outcome.trouble = f"not finished after {JOURNEY_SECONDS} s"
        finally:
            RUNNING.discard(process)
    outcome.seconds = time.monotonic() - started
    outcome.trouble = outcome.trouble or (ended.read_text() if ended.exists() else log.read_text()[-3000:] or "it died")
    conclude(plan, outcome, record)
    return outcome


def end(process: subprocess.Popen) -> None:
    """Lets it end what it has started, and only then ends it by force."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def conclude(plan: Plan, outcome: Outcome, record: Path) -> None:
    """Judges the record, and keeps it where it is wanted."""
    if not record.exists():
        return
    if plan.judged:
        expected = read_journey(Series.read(outcome.series), outcome.journey)
        found = judge(expected, read_facts(record))
        found = [each for each in found if not (outcome.trouble and each.by_absence)]
        outcome.met = {known for known in deviations() for each in found if known.covers(outcome.series, each)}
        outcome.findings = [
            each for each in found if not any(known.covers(outcome.series, each) for known in outcome.met)]
    if plan.record is not None and not outcome.trouble:
        target = plan.record / outcome.series
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(record, target / f"{outcome.journey}.jsonl")
