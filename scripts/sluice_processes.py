"""Starts a server and agents on this machine, on free ports of the loopback, and ends them whatever happens.

Used by scripts/demo, scripts/prefect-journeys, Benchmarks/bench and samples. Linux only, standard library only.
"""

import ctypes
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
READY_SECONDS = 30
STOP_SECONDS = 20


class StartFailed(Exception):
    """A program did not come up; the message holds the end of what it printed."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on. Held open together until all are chosen, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [some.getsockname()[1] for some in sockets]
    for some in sockets:
        some.close()
    return ports


class LocalSluice:
    """A server and its agents as processes of their own, each with a log file under `folder`.

    Leaving the `with` block stops agents, then the server, and then whatever they left behind: orphans fall to this
    process (PR_SET_CHILD_SUBREAPER), which ends them by their ids.
    """

    def __init__(self, programs: Path, folder: Path):
        self.programs = programs
        self.folder = folder
        self.http_port, self.agent_port = free_ports(2)
        self.api_url = f"http://127.0.0.1:{self.http_port}/api"
        self.environment = dict(os.environ)
        """What server and agents are started with."""
        self.processes: list[tuple[str, subprocess.Popen]] = []

    def __enter__(self) -> "LocalSluice":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self.start_server()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start_server(self) -> None:
        """Starts the server, on the data that it had if it was killed, and waits until it answers."""
        self._start(
            "server", "sluice-server",
            "--http", f"127.0.0.1:{self.http_port}", "--agents", f"127.0.0.1:{self.agent_port}",
        )
        self._wait_until_ready()

    def kill_server(self) -> None:
        """Ends the server as a loss of power would: at once, and without its knowledge."""
        for name, process in self.processes:
            if name == "server":
                process.kill()
                process.wait()
        self.processes = [each for each in self.processes if each[0] != "server"]

    def start_agent(self, name: str, slots: int, *arguments: str | Path, pool: str = "default") -> None:
        self._start(
            name, "sluice-agent",
            "--server", f"127.0.0.1:{self.agent_port}", "--name", name,
            "--pool", pool, "--queue", "default", "--slots", str(slots), *arguments,
        )

    def wait_for_agents(self, count: int) -> None:
        """Waits until the server knows of so many."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if failures := self.failures():
                raise StartFailed(failures[0])
            if len(self._agents()) >= count:
                return
            time.sleep(0.02)
        raise StartFailed(f"the server does not know of {count} agents after {READY_SECONDS} s")

    def stop_agent(self, name: str) -> None:
        """Ends an agent as it is asked to by an operator."""
        for known, process in self.processes:
            if known == name:
                self._end(process)
        self.processes = [each for each in self.processes if each[0] != name]

    def sluice(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Runs the CLI against this server."""
        environment = {**os.environ, "SLUICE_API_URL": self.api_url}
        return subprocess.run([self.programs / "sluice", *arguments], env=environment, **options)

    def failures(self) -> list[str]:
        """One sentence for each program that has ended although nobody stopped it."""
        return [
            f"{name} ended with {process.returncode}:\n{self._log_end(name)}"
            for name, process in self.processes if process.poll() is not None
        ]

    def stop(self) -> None:
        """Asks each program to end, the last started first, and ends by force what has not after a while."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second ctrl-C must not leave processes behind
        for _, process in reversed(self.processes):
            self._end(process)
        end_descendants()
        self.processes.clear()
        signal.signal(signal.SIGINT, before)

    def _start(self, name: str, program: str, *arguments: str | Path) -> None:
        path = self.programs / program
        if not path.exists():
            raise StartFailed(f"there is no {path}: 'make build' makes it")
        with open(self.folder / f"{name}.log", "wb") as log:
            # In a session of its own: ctrl-C in the terminal reaches us alone, and we end the others in order.
            process = subprocess.Popen(
                [path, *arguments, "--data", self.folder / name], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )
        self.processes.append((name, process))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.failures():
                raise StartFailed(self.failures()[0])
            if self._is_ready():
                return
            time.sleep(0.02)
        raise StartFailed(f"the server is not ready after {READY_SECONDS} s:\n{self._log_end('server')}")

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=2)
        try:
            connection.request("GET", "/api/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _agents(self) -> list:
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=10)
        try:
            connection.request("POST", "/api/agents/filter", body="{}", headers={"content-type": "application/json"})
            return json.load(connection.getresponse())
        finally:
            connection.close()

    def _log_end(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]

    @staticmethod
    def _end(process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def descendants(pid: int) -> list[int]:
    """All living processes below `pid`."""
    found: list[int] = []
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:  # it ended while we looked
        return found
    for child in children:
        found += [child, *descendants(child)]
    return found


def end_descendants() -> None:
    """Ends what has fallen to this process, again and again, since what is being ended may still fork."""
    while found := descendants(os.getpid()):
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        reap_children()
        time.sleep(0.01)


def reap_children() -> None:
    """Collects the children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass
