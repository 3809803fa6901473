"""(f) Lines a second from children that print as fast as they can, until the server has all of them."""

import json
import subprocess
import time

from figures.figure import Figure, Line
from measuring.machine import CannotRun
from measuring.quantities import count, median, spread
from measuring.workbench import Workbench
from systems.sluice_server import DOCUMENT, SluiceServer

CHILDREN = 8

LINES = """
  - flow: bench
    name: lines
    command: {command}
    code: none
"""


class Logs(Figure):
    name = "logs"
    title = f"(f) Log lines a second from {CHILDREN} children"

    def measure(self, bench: Workbench) -> dict:
        each = bench.options.lines // CHILDREN
        command = json.dumps([str(bench.child("lines")), str(each)])
        expected = subprocess.run([bench.child("lines"), str(each)], capture_output=True, check=True).stdout
        rates = []
        with SluiceServer(bench, bench.new_folder("logs")) as server:
            server.start_agent("bench", CHILDREN)
            server.deploy(DOCUMENT + LINES.format(command=command).lstrip("\n"))
            deployment = server.deployment("lines")
            for number in range(bench.options.rounds):
                runs, seconds = self._round(server, deployment)
                rates.append(each * CHILDREN / seconds)
                bench.say(f"logs, round {number + 1}: {rates[-1]:.0f} lines/s; looking for each of them")
                for run in runs:
                    self._check(server, run, expected)
        return {"lines": each * CHILDREN, "line_bytes": len(expected) // each, "rates": rates, "lost": 0}

    @staticmethod
    def _round(server: SluiceServer, deployment: str) -> tuple[list[str], float]:
        """The runs, and seconds from their submission until all have ended: a run's end is stored behind its log."""
        started = time.monotonic()
        runs = [server.create_run(deployment) for _ in range(CHILDREN)]
        for run in runs:
            server.wait_for_run(run)
        return runs, time.monotonic() - started

    @staticmethod
    def _check(server: SluiceServer, run: str, expected: bytes) -> None:
        """That the server gives back, byte for byte, what the child has printed."""
        got = server.cli("logs", run, "--plain")
        if got != expected:
            printed, stored = (text.count(b"\n") for text in (expected, got))
            raise CannotRun(f"run {run} has printed {printed} lines and its log has {stored}, or others: some are lost")

    def lines(self, result: dict) -> list[Line]:
        return [
            Line(
                f"{count(result['lines'])} lines of {result['line_bytes']} bytes; none lost",
                f"{spread(result['rates'])} lines/s", "200,000", median(result["rates"]) >= 200_000)
        ]
