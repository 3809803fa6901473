"""Celery among those that are compared: a Redis of its own on a free port, one worker with processes for the slots.

The client is in our process, on connections that stay open. It has no result backend, so that Celery does not subscribe
to each task's result: it sees in Redis that a result is there, which costs less.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from measuring.machine import CannotRun
from measuring.waiting import wait_until
from measuring.workbench import Workbench
from sluice_processes import free_ports

HERE = Path(__file__).resolve().parent
START_SECONDS = 30
STOP_SECONDS = 10
RESULT_KEY = "celery-task-meta-"


class CelerySystem:
    name = "Celery"

    def __init__(self, bench: Workbench, stamp: list[str]):
        self.folder, self.slots, self.stamp = bench.new_folder("celery"), bench.options.slots, stamp
        self.processes: list[subprocess.Popen] = []

    def __enter__(self) -> "CelerySystem":
        self._require_installed()
        self.folder.mkdir(parents=True)
        (self.port,) = free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        try:
            self._start_redis()
            self._start_worker()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def run_many(self, count: int) -> float:
        """Seconds from the first submission until the results of `count` runs of `true` are in Redis."""
        started = time.monotonic()
        with self.client.producer_pool.acquire(block=True) as producer:
            ids = [self._submit(["true"], producer=producer) for _ in range(count)]
        self._wait(ids)
        seconds = time.monotonic() - started
        self._take_results(ids)
        return seconds

    def submit_stamp(self) -> str:
        return self._submit(self.stamp)

    def wait_until_idle(self, task: str) -> None:
        self._wait([task])
        self._take_results([task])

    def _submit(self, command: list[str], **options) -> str:
        return self.client.send_task("celery_tasks.execute", (command,), **options).id

    def _wait(self, tasks: list[str]) -> None:
        """Redis is asked for the last result, then for those that are still missing: asking for all costs more."""
        keys = [RESULT_KEY + task for task in tasks]
        wait_until(lambda: self.redis.exists(keys[-1]), "Celery's last result is in Redis")
        wait_until(lambda: self.redis.exists(*keys) == len(keys), "all of Celery's results are in Redis")

    def _take_results(self, tasks: list[str]) -> None:
        keys = [RESULT_KEY + task for task in tasks]
        for result in self.redis.mget(keys):
            if json.loads(result)["result"] != 0:
                raise CannotRun(f"a run of Celery has failed: {result!r}")
        self.redis.delete(*keys)

    def _require_installed(self) -> None:
        if not shutil.which("redis-server"):
            raise CannotRun("redis-server is not on the PATH: 'scripts/setup bench' installs it")
        try:
            import celery
            import redis  # noqa: F401
        except ImportError:
            raise CannotRun("Celery is not installed: 'scripts/setup bench' installs it") from None
        server = subprocess.run(["redis-server", "--version"], capture_output=True, text=True).stdout.split()
        self.version = f"{celery.__version__}, Redis {server[2].removeprefix('v=')}, Python {sys.version.split()[0]}"

    def _start_redis(self) -> None:
        """With Redis's own defaults, but for where it listens and keeps its files."""
        import redis
        from celery import Celery

        self._start("redis", "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder))
        self.redis = redis.Redis(port=self.port)
        self.client = Celery(broker=self.url)

        def answers() -> bool:
            try:
                return self.redis.ping()
            except redis.exceptions.ConnectionError:
                return False

        self._wait_for("redis", answers)

    def _start_worker(self) -> None:
        self._start(
            "worker", sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "--pool", "prefork",
            "--concurrency", str(self.slots), "--loglevel", "WARNING",
        )
        first = self._submit(["true"])
        self._wait_for("worker", lambda: self.redis.exists(RESULT_KEY + first))
        self._take_results([first])

    def _start(self, name: str, *command: str) -> None:
        with open(self.folder / f"{name}.log", "wb") as log:
            self.processes.append(subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={
                    **os.environ, "SLUICE_BENCH_REDIS_URL": self.url, "PYTHONPATH": str(HERE),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
            ))

    def _wait_for(self, name: str, condition) -> None:
        wait_until(lambda: condition() or self.processes[-1].poll() is not None, f"{name} has started", START_SECONDS)
        if self.processes[-1].poll() is not None:
            raise CannotRun(f"{name} does not start:\n{(self.folder / f'{name}.log').read_text()[-2000:]}")
