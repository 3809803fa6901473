"""(d) A million rows, submitted by the CLI; and what everybody else waits for meanwhile."""

import os
import subprocess
import threading
import time
from pathlib import Path

from figures.figure import Figure, Line
from figures.stores import Stores
from measuring.machine import CannotRun
from measuring.processes import forget_peak, peak_kib, pss_kib
from measuring.quantities import count, mebibytes, median, milliseconds, percentile, spread
from measuring.workbench import Workbench
from systems.sluice_server import Connection, SluiceServer

PROBE_SECONDS = 0.02
SETTLE_SECONDS = 5


class Probe(threading.Thread):
    """Creates a run through the API every 20 ms, on a connection of its own, until it is told to end."""

    def __init__(self, port: int, deployment: str):
        super().__init__(daemon=True)
        self.api, self.path = Connection(port), f"/api/deployments/{deployment}/create_flow_run"
        self.milliseconds: list[float] = []
        self.over = threading.Event()

    def run(self) -> None:
        due = time.monotonic()
        while not self.over.is_set():
            before = time.monotonic()
            self.api.call("POST", self.path, {"parameters": {"at": 0}})
            self.milliseconds.append((time.monotonic() - before) * 1000)
            due = max(due + PROBE_SECONDS, time.monotonic())
            self.over.wait(due - time.monotonic())

    def end(self) -> list[float]:
        self.over.set()
        self.join()
        return self.milliseconds


class Submission(Figure):
    name = "submit"
    title = "(d) Submission of a batch by `sluice batch --from rows.jsonl`"

    def __init__(self, stores: Stores):
        self.stores = stores

    def measure(self, bench: Workbench) -> dict:
        rounds = []
        for number in range(bench.options.rounds):
            folder = bench.new_folder("submission")
            rounds.append(self._round(bench, folder))
            bench.say(f"submit, round {number + 1}: {rounds[-1]['seconds']:.1f} s")
            if number + 1 < bench.options.rounds:
                bench.remove(folder)
        self.stores.keep_queued(folder)
        return {"rows": bench.options.rows, "rounds": rounds}

    def _round(self, bench: Workbench, folder: Path) -> dict:
        rows = self.stores.rows()
        with SluiceServer(bench, folder) as server:
            server.deploy()
            probe = Probe(server.http_port, server.deployment("timed"))
            quiet = self._probe_alone(server)
            forget_peak(server.pid)
            probe.start()
            seconds, client_peak = self._submit(server, rows)
            waits = probe.end()
            peak = peak_kib(server.pid)
            time.sleep(SETTLE_SECONDS)
            runs = server.runs().get("SCHEDULED", 0) - len(waits) - len(quiet)
            if runs != bench.options.rows:
                raise CannotRun(f"{bench.options.rows} rows were submitted, and {runs} are queued")
            return {
                "seconds": seconds, "client_peak_kib": client_peak, "server_peak_kib": peak,
                "server_pss_after_kib": pss_kib(server.pid), "waits_ms": waits, "quiet_waits_ms": quiet,
            }

    @staticmethod
    def _probe_alone(server: SluiceServer) -> list[float]:
        """For half a second, without a batch: what the probe measures of an idle server."""
        probe = Probe(server.http_port, server.deployment("timed"))
        probe.start()
        time.sleep(0.5)
        return probe.end()

    @staticmethod
    def _submit(server: SluiceServer, rows: Path) -> tuple[float, int]:
        """Seconds, and the client's peak memory in KiB: looked at until it ends, as it only grows."""
        before = time.monotonic()
        client = subprocess.Popen(
            [server.programs / "sluice", "batch", "bench/true", "--from", rows],
            env={**os.environ, "SLUICE_API_URL": server.api_url}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        peak = 0
        while client.poll() is None:
            try:
                peak = max(peak, peak_kib(client.pid))
            except (OSError, ValueError):  # it has just ended
                pass
            time.sleep(0.02)
        if client.returncode != 0:
            raise CannotRun(f"'sluice batch' has ended with {client.returncode}")
        return time.monotonic() - before, peak

    def lines(self, result: dict) -> list[Line]:
        rounds = result["rounds"]
        seconds = [each["seconds"] for each in rounds]
        waits = [wait for each in rounds for wait in each["waits_ms"]]
        quiet = [wait for each in rounds for wait in each["quiet_waits_ms"]]
        longest = max(waits)
        left = max(each["server_pss_after_kib"] for each in rounds)
        return [
            Line(
                f"{count(result['rows'])} rows", spread(seconds, lambda value: f"{value:.1f} s"), "60 s",
                median(seconds) < 60),
            Line("peak memory of the client", mebibytes(max(each["client_peak_kib"] for each in rounds)), "flat"),
            Line("peak memory of the server", mebibytes(max(each["server_peak_kib"] for each in rounds)), "flat"),
            Line(
                f"server, {SETTLE_SECONDS} s after it (PSS)", mebibytes(left), "200 MB", left * 1024 <= 200_000_000),
            Line(
                "longest wait of another commit", f"{milliseconds(longest)} of {count(len(waits))}", "100 ms",
                longest <= 100),
            Line(
                "these waits, p50 and p99 (idle: p50)",
                f"{milliseconds(percentile(waits, 50))}, {milliseconds(percentile(waits, 99))} "
                f"({milliseconds(percentile(quiet, 50))})"),
        ]
