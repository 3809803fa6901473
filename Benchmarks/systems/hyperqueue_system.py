"""HyperQueue under the benchmark: server and worker in a process of their own, the client in ours.

Called as a program it is that process: it starts a server and a worker with CORES cpus in FOLDER, says `ready`, and
ends when its standard input does.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from measuring.machine import CannotRun  # noqa: E402
from measuring.waiting import wait_until  # noqa: E402
from measuring.workbench import Workbench  # noqa: E402


class HyperQueueSystem:
    name = "HyperQueue"

    def __init__(self, bench: Workbench, stamp: list[str]):
        self.folder, self.slots, self.stamp = bench.new_folder("hyperqueue"), bench.options.slots, stamp

    def __enter__(self) -> "HyperQueueSystem":
        try:
            from hyperqueue import Client
            from hyperqueue.ffi import get_version
        except ImportError:
            raise CannotRun("HyperQueue is not installed: 'scripts/setup bench' installs it") from None

        self.folder.mkdir(parents=True)
        self.cluster = subprocess.Popen(
            [sys.executable, __file__, str(self.folder), str(self.slots)],
            cwd=self.folder, env={**os.environ, "TMPDIR": str(self.folder)},  # it leaves a folder there
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.folder / "log", "w"), text=True,
        )
        if not any(line == "ready\n" for line in self.cluster.stdout):
            raise CannotRun(f"HyperQueue did not start:\n{(self.folder / 'log').read_text()}")
        self.client = Client(server_dir=self.folder / "server")
        self.version = get_version()
        return self

    def __exit__(self, *_) -> None:
        self.cluster.stdin.close()
        self.cluster.wait()

    def run_many(self, count: int) -> float:
        """Seconds from the submit call until the server knows that the last of `count` runs of `true` has ended."""
        job = self._job()
        for _ in range(count):
            job.program(["true"])
        started = time.monotonic()
        submitted = self.client.submit(job)
        self._wait(submitted.id)
        return time.monotonic() - started

    def submit_stamp(self) -> int:
        job = self._job()
        job.program(self.stamp)
        return self.client.submit(job).id

    def wait_until_idle(self, job_id: int) -> None:
        self._wait(job_id)

    def _job(self):
        from hyperqueue import Job

        return Job(default_workdir=self.folder)

    def _wait(self, job_id: int) -> None:
        """The API's own wait looks once a second: looking again each time it has looked once is more exact."""
        wait_until(lambda: self._has_ended(job_id), f"job {job_id} of HyperQueue has ended")

    def _has_ended(self, job_id: int) -> bool:
        class Looked(Exception):
            pass

        def look(jobs) -> None:
            nonlocal ended
            ended = all(job["completed"] for job in jobs.values())
            raise Looked

        ended = True  # jobs that have ended before the first look are not looked at
        try:
            self.client.connection.wait_for_jobs([job_id], look)
        except Looked:
            pass
        return ended


def serve(folder: Path, cores: int) -> None:
    from hyperqueue import LocalCluster
    from hyperqueue.cluster import WorkerConfig

    server = folder / "server"
    server.mkdir()
    with LocalCluster(server_dir=str(server), worker_config=WorkerConfig(cores=cores)):
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
