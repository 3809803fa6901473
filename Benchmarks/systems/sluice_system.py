"""Sluice among those that are compared: a server and one agent as processes of their own."""

import json
import time

from measuring.machine import CannotRun
from measuring.processes import processor_seconds
from measuring.workbench import Workbench
from systems.sluice_server import DOCUMENT, SluiceServer

STAMP = """
  - flow: bench
    name: stamp
    command: {stamp}
    code: none
"""


class SluiceSystem:
    name = "Sluice"

    def __init__(self, bench: Workbench, stamp: list[str]):
        self.server = SluiceServer(bench, bench.new_folder("sluice"))
        self.slots, self.stamp = bench.options.slots, stamp

    def __enter__(self) -> "SluiceSystem":
        self.server.__enter__()
        try:
            self.server.start_agent("bench", self.slots)
            self.server.deploy(DOCUMENT + STAMP.format(stamp=json.dumps(self.stamp)).lstrip("\n"))
            self.stamp_deployment = self.server.deployment("stamp")
            self.version = self.server.version()
        except BaseException:
            self.server.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.server.__exit__()

    def run_many(self, count: int) -> float:
        """Seconds from calling `sluice batch` until the server has the end of the last of `count` runs on disk."""
        started = time.monotonic()
        batch = self.server.submit_batch("true", "--grid", f"index=1..{count}")
        runs = self.server.wait_for_batch(batch["id"])
        seconds = time.monotonic() - started
        if runs != {"COMPLETED": count}:
            raise CannotRun(f"of {count} runs of Sluice not all have completed: {runs}")
        return seconds

    def processor_seconds(self) -> dict[str, float]:
        """Of each of Sluice's processes until now; not of the runs."""
        agent, supervisor = self.server.agent_processes("bench")
        pids = {"server": self.server.pid, "agent": agent, "supervisor": supervisor}
        return {name: processor_seconds(pid) for name, pid in pids.items()}

    def submit_stamp(self) -> str:
        return self.server.create_run(self.stamp_deployment)

    def submit_stamp_by_cli(self) -> str:
        return json.loads(self.server.cli("run", "bench/stamp", "--json"))["id"]

    def wait_until_idle(self, run: str) -> None:
        self.server.wait_for_run(run)
