"""The server and the hosts of a chaos run, as processes that can be ended, stopped and started again."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from sluice_processes import PR_SET_CHILD_SUBREAPER, READY_SECONDS, StartFailed, end_descendants, free_ports

from .api import API, Unreachable

PROC = Path("/proc")


class Program:
    """One program, started any number of times with the same arguments; all of them write to one log."""

    def __init__(self, name: str, command: list, log: Path):
        self.name, self.command, self.log = name, [str(part) for part in command], log
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )

    @property
    def pid(self) -> int | None:
        """Nothing once it has ended."""
        return self.process.pid if self.process and self.process.poll() is None else None

    def signal(self, number: int) -> bool:
        """Whether there was somebody to take it."""
        if (pid := self.pid) is None:
            return False
        os.kill(pid, number)
        return True

    def end(self, number: int, seconds: float = 20) -> None:
        """Sends the signal and waits for the end, which is forced after a while."""
        if self.process is None:
            return
        self.signal(number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            if number != signal.SIGKILL:
                raise StartFailed(f"{self.name} does not end within {seconds} s of signal {number}") from None

    def log_end(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


class Server(Program):
    """The server; always on the same ports and data."""

    def __init__(self, programs: Path, folder: Path, address: str):
        http_port, agent_port = free_ports(2)
        self.address = address
        self.agents = f"{address}:{agent_port}"
        self.api = API(address, http_port)
        super().__init__("server", [
            programs / "sluice-server", "--http", f"{address}:{http_port}", "--agents", self.agents,
            "--data", folder / "server", *(["--insecure"] if address != "127.0.0.1" else []),
        ], folder / "server.log")

    def start_and_wait(self) -> float:
        """Seconds until it answers."""
        began = time.monotonic()
        self.start()
        while time.monotonic() < began + READY_SECONDS:
            if self.pid is None:
                raise StartFailed(f"the server has ended:\n{self.log_end()}")
            if self.is_ready():
                return time.monotonic() - began
            time.sleep(0.01)
        raise StartFailed(f"the server is not ready after {READY_SECONDS} s:\n{self.log_end()}")

    def is_ready(self) -> bool:
        try:
            self.api.get("/ready")
            return True
        except Unreachable:
            return False


class Host:
    """A host with its agent and the agent's supervisor."""

    def __init__(self, name: str, command: list[str], programs: Path, folder: Path, server: str, slots: int):
        self.name = name
        self.data = folder / name
        self.agent = Program(name, [
            *command, programs / "sluice-agent", "--server", server, "--name", name, "--slots", slots,
            "--data", self.data,
        ], folder / f"{name}.log")

    def supervisor(self) -> int | None:
        """The process that watches this host's children: a child of ours by now, since nobody else's."""
        ending = b"\0supervise\0" + bytes(self.data / "supervisor") + b"\0"
        for pid in own_children():
            if command_line(pid).endswith(ending):
                return pid
        return None

    def signal_supervisor(self, number: int) -> bool:
        """Whether there was one."""
        pid = self.supervisor()
        if pid is None:
            return False
        try:
            os.kill(pid, number)
            return True
        except ProcessLookupError:
            return False


class Installation:
    """A server and hosts. Leaving the `with` block ends them all, and whatever they left behind."""

    def __init__(self, programs: Path, folder: Path, network, hosts: int, slots: int):
        self.network = network
        self.server = Server(programs, folder, network.server_address)
        self.hosts = [
            Host(f"h{number}", network.command_on(number), programs, folder, self.server.agents, slots)
            for number in range(hosts)
        ]
        self._reaper = threading.Thread(target=self._reap, daemon=True)
        self._is_over = threading.Event()

    def __enter__(self) -> "Installation":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._reaper.start()
        try:
            self.server.start_and_wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second ctrl-C must not leave processes behind
        for host in self.hosts:
            host.signal_supervisor(signal.SIGCONT)
            host.agent.signal(signal.SIGCONT)
            host.agent.end(signal.SIGKILL)
            host.signal_supervisor(signal.SIGKILL)
        self.server.end(signal.SIGKILL)
        self._is_over.set()
        self._reaper.join()
        end_descendants()
        signal.signal(signal.SIGINT, before)

    def start_agents(self) -> None:
        for host in self.hosts:
            host.agent.start()

    def wait_for_agents(self, count: int, seconds: float = 30) -> None:
        wait_until(lambda: self.agents_online() == count, f"{count} agents to be online", seconds)

    def agents_online(self) -> int:
        return sum(agent["status"] == "ONLINE" for agent in self.server.api.post("/agents/filter", {}))

    def _reap(self) -> None:
        """Orphans fall to this process: it collects those that have ended, and leaves its own to their owners."""
        while not self._is_over.wait(0.2):
            own = {program.process.pid for program in self._programs() if program.process}
            for pid in set(own_children()) - own:
                if state(pid) == "Z":
                    try:
                        os.waitpid(pid, os.WNOHANG)
                    except ChildProcessError:
                        pass

    def _programs(self) -> list[Program]:
        return [self.server, *(host.agent for host in self.hosts)]


def wait_until(condition, what: str, seconds: float = 60, pause: float = 0.02) -> float:
    """Waits until `condition` answers truly.

    Returns how many seconds that took. Raises StartFailed when it does not come true in time.
    """
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        try:
            if condition():
                return time.monotonic() - began
        except Unreachable:
            pass
        time.sleep(pause)
    raise StartFailed(f"waited {seconds:.0f} s in vain for {what}")


def own_children() -> list[int]:
    found = []
    for thread in (PROC / "self/task").iterdir():
        try:
            found += [int(pid) for pid in (thread / "children").read_text().split()]
        except OSError:  # the thread has ended while we looked
            pass
    return found


def command_line(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def state(pid: int) -> str:
    """The letter that /proc gives: Z is a zombie, T is stopped."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
