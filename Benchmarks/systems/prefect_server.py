"""Prefect's own server as `prefect server start` has it: one process, on SQLite; and a worker of processes."""

import http.client
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring.machine import CannotRun
from measuring.processes import processor_seconds, pss_kib
from measuring.waiting import wait_until
from measuring.workbench import Workbench
from sluice_processes import descendants, free_ports
from systems.prefect_client import POOL, PrefectClient, start, variables
from systems.sluice_server import Connection, Refused

START_SECONDS = 120
STOP_SECONDS = 20
IDLE_SECONDS = 2
"""Its connections close after five seconds without a call."""
BUSY_STATUS = 503
BUSY_SECONDS = 0.1
BUSY_ATTEMPTS = 100


class PatientConnection(Connection):
    """Calls again when the server's database is locked or the connection is closed, as Prefect's client does."""

    def send(self, *arguments) -> bytes:
        for _ in range(BUSY_ATTEMPTS):
            try:
                return super().send(*arguments)
            except Refused as refusal:
                if refusal.status != BUSY_STATUS:
                    raise
            except (OSError, http.client.HTTPException):
                self.connection.close()
            time.sleep(BUSY_SECONDS)
        return super().send(*arguments)


class PrefectServer:
    """A server on `folder`, which may be one that an earlier server has left."""

    name = "Prefect's server"
    deployments = {"worker": {}}
    longest_phase_seconds = 10.0
    """Its worker asks for runs once in so many seconds."""

    def __init__(self, _bench: Workbench, folder: Path):
        self.folder = folder
        (self.http_port,) = free_ports(1)
        self.api_url = f"http://127.0.0.1:{self.http_port}/api"
        self.client = PrefectClient(self.api_url, folder / "client")

    def __enter__(self) -> "PrefectServer":
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "server.log"
        self.process = start(log, variables(self.folder / "server"), "server", "start", "--port", str(self.http_port))
        try:
            self._wait_until_ready(log)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        end(self.process)

    def memory_kib(self) -> int:
        return pss_kib(*self._pids())

    def processor_seconds(self) -> float:
        return sum(processor_seconds(pid) for pid in self._pids())

    @contextmanager
    def executing(self) -> Iterator[None]:
        """With a worker that executes the runs of deployments."""
        log = self.folder / "worker.log"
        worker = self.client.start(log, "worker", "start", "--pool", POOL, "--type", "process")
        try:
            wait_until(lambda: "started!" in log.read_text(), "Prefect's worker has started", START_SECONDS)
            yield
        finally:
            end(worker)

    def _pids(self) -> list[int]:
        return [self.process.pid, *descendants(self.process.pid)]

    def _wait_until_ready(self, log: Path) -> None:
        asking = Connection(self.http_port, idle_seconds=0)
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                asking.call("GET", "/api/ready")
                self.api = PatientConnection(self.http_port, IDLE_SECONDS)
                return
            except (OSError, CannotRun):
                time.sleep(0.05)
        raise CannotRun(f"Prefect's server does not start:\n{log.read_text()[-2000:]}")


def end(process: subprocess.Popen) -> None:
    """Asks a program to end, and ends it by force if it has not after a while."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
