"""(e) How long the server takes to be ready, and the memory of server and agent."""

import time
from pathlib import Path

from figures.figure import Figure, Line
from figures.stores import Stores
from measuring.processes import pss_kib
from measuring.quantities import count, mebibytes, median, milliseconds, spread
from measuring.workbench import Workbench
from systems.sluice_server import SluiceServer

STARTS = 7
SETTLE_SECONDS = 5
WARMING_RUNS = 100


class Footprint(Figure):
    name = "footprint"
    title = "(e) Start-up and memory"

    def __init__(self, stores: Stores):
        self.stores = stores

    def measure(self, bench: Workbench) -> dict:
        idle_folder = bench.new_folder("idle")
        memory = self._idle_memory(bench, idle_folder)
        bench.say(f"footprint: idle: {memory}")
        memory["server_queued_kib"] = self._queued_memory(bench)
        starts = {"new": [], "empty": [], "queued": [], "history": []}
        for _ in range(STARTS):
            starts["new"].append(self._start(bench, bench.new_folder("new")))
            starts["empty"].append(self._start(bench, idle_folder))
            starts["queued"].append(self._start(bench, self.stores.queued()))
            starts["history"].append(self._start(bench, self.stores.history()))
        bench.say(f"footprint: start-up: {({name: round(median(values)) for name, values in starts.items()})} ms")
        return {"rows": bench.options.rows, "starts_ms": starts, "memory": memory}

    @staticmethod
    def _idle_memory(bench: Workbench, folder: Path) -> dict:
        """Of server and agent after some runs, so that what they load when they first work counts."""
        with SluiceServer(bench, folder) as server:
            server.start_agent("bench", bench.options.slots)
            server.deploy()
            fresh = pss_kib(server.pid)
            batch = server.submit_batch("true", "--grid", f"index=1..{WARMING_RUNS}")
            server.wait_for_batch(batch["id"])
            time.sleep(SETTLE_SECONDS)
            agent = server.agent_processes("bench")
            return {
                "server_fresh_kib": fresh, "server_idle_kib": pss_kib(server.pid), "agent_kib": pss_kib(*agent),
                "agent_processes": len(agent),
            }

    def _queued_memory(self, bench: Workbench) -> int:
        """Of a server that was started on a full queue. What it has after work on it, (c) and (d) tell."""
        with SluiceServer(bench, self.stores.queued()) as server:
            time.sleep(SETTLE_SECONDS)
            return pss_kib(server.pid)

    @staticmethod
    def _start(bench: Workbench, folder: Path) -> float:
        with SluiceServer(bench, folder) as server:
            return server.ready_ms

    def lines(self, result: dict) -> list[Line]:
        starts, memory, rows = result["starts_ms"], result["memory"], count(result["rows"])
        names = {
            "new": "start-up, no database yet", "empty": "start-up, a database with next to nothing in it",
            "queued": f"start-up, {rows} queued", "history": f"start-up, {rows} in history",
        }
        lines = [
            Line(what, spread(starts[name], milliseconds), "200 ms", median(starts[name]) <= 200)
            for name, what in names.items()
        ]
        return lines + [
            self._memory("server, idle", memory["server_idle_kib"], 50),
            self._memory(f"server, started on {rows} queued", memory["server_queued_kib"], 200),
            self._memory("agent with its supervisor, idle", memory["agent_kib"], 25),
        ]

    @staticmethod
    def _memory(what: str, kib: int, most: int) -> Line:
        """The bars are of 10^6 bytes."""
        return Line(f"{what} (PSS)", mebibytes(kib), f"{most} MB", kib * 1024 <= most * 1_000_000)
