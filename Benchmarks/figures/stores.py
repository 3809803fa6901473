"""Servers' folders with a million runs in them, made once and used by several figures."""

import subprocess
from pathlib import Path

from measuring.waiting import wait_until
from measuring.workbench import Workbench
from systems.sluice_server import SluiceServer
from systems.swarm import Swarm

DRAIN_SECONDS = 3600


class Stores:
    """Each store is the folder of a server that has ended in order. It is made when somebody asks for it."""

    def __init__(self, bench: Workbench):
        self.bench = bench
        self._queued: Path | None = None
        self._history: Path | None = None

    def rows(self) -> Path:
        """A row for each run that is to be queued."""
        path = self.bench.folder / "rows.jsonl"
        if not path.exists():
            with open(path, "w") as file:
                file.writelines(f'{{"index": {number}}}\n' for number in range(1, self.bench.options.rows + 1))
        return path

    def queued(self) -> Path:
        """With so many runs queued as the options say."""
        if self._queued is None:
            folder = self.bench.new_folder("queued")
            self.bench.say(f"queueing {self.bench.options.rows} runs")
            with SluiceServer(self.bench, folder) as server:
                server.deploy()
                server.submit_batch("true", "--from", str(self.rows()))
            self._queued = folder
        return self._queued

    def keep_queued(self, folder: Path) -> None:
        """Lets a folder that somebody has filled so be the store."""
        self._queued = folder

    def history(self) -> Path:
        """With so many runs completed: the queued ones, whose lives a swarm has lived."""
        if self._history is None:
            folder = self.bench.new_folder("history")
            subprocess.run(["cp", "-a", "--reflink=auto", self.queued(), folder], check=True)
            self.bench.say(f"completing {self.bench.options.rows} runs for the history")
            with SluiceServer(self.bench, folder) as server, Swarm(self.bench, server):
                wait_until(lambda: self._is_complete(server.runs()), "the history is complete", DRAIN_SECONDS, poll=0.5)
            self._history = folder
        return self._history

    def _is_complete(self, runs: dict[str, int]) -> bool:
        """A few may be held by agents of an earlier round, which are gone: their leases have not ended yet."""
        return "SCHEDULED" not in runs and runs.get("COMPLETED", 0) >= 0.999 * self.bench.options.rows
