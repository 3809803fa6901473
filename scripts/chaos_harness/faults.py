"""Seeded faults: which, where, when and for how long."""

import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass

from .processes import Host, Installation
from .workload import LEASE


@dataclass(frozen=True)
class FaultKind:
    name: str
    weight: int
    body: str
    """The method of FaultInjector that does it."""
    kills: int = 0
    on_server: bool = False
    on_links: bool = False


FAULT_KINDS = [
    FaultKind("kill -9 of the server", 9, "kill_server", kills=1, on_server=True),
    FaultKind("server ended and restarted", 3, "restart_server", on_server=True),
    FaultKind("server stopped for a while", 3, "stop_server", on_server=True),
    FaultKind("kill -9 of an agent", 16, "kill_agent", kills=1),
    FaultKind("kill -9 of a supervisor", 14, "kill_supervisor", kills=1),
    FaultKind("kill -9 of both (host dies)", 12, "kill_host", kills=2),
    FaultKind("agent ended and restarted", 6, "restart_agent"),
    FaultKind("agent stopped for a while", 6, "stop_agent"),
    FaultKind("supervisor stopped for a while", 5, "stop_supervisor"),
    FaultKind("both stopped for a while", 5, "stop_host"),
    FaultKind("link cut, shorter than the lease", 9, "cut_shortly", on_links=True),
    FaultKind("link cut, longer than the lease", 4, "cut_long", on_links=True),
    FaultKind("link flapping", 4, "flap", on_links=True),
    FaultKind("slow link, losing packets", 6, "slow", on_links=True),
]


@dataclass
class Fault:
    """One that was injected; times are nanoseconds of the monotonic clock."""

    kind: FaultKind
    target: str
    began: int
    ended: int | None = None


class FaultInjector:
    """Injects faults until told to end. One target has one fault at a time."""

    def __init__(self, installation: Installation, gap: float, count: int | None, seed: int):
        self.installation, self.gap, self.left = installation, gap, count
        self.faults: list[Fault] = []
        self.failures: list[str] = []
        network = installation.network
        self.kinds = [
            kind for kind in FAULT_KINDS
            if (network.can_cut or not kind.on_links) and (network.can_slow or kind.body != "slow")
        ]
        self._dice = random.Random(seed)
        self._busy: set[str] = set()
        self._deck: list[FaultKind] = []
        self._is_over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._scheduler = threading.Thread(target=self._schedule)

    def start(self) -> None:
        self._scheduler.start()

    def finish(self) -> None:
        """No new faults; those under way come to their end, and everything runs again."""
        self._is_over.set()
        self._scheduler.join()
        for thread in self._threads:
            thread.join()

    @property
    def kills(self) -> int:
        return sum(fault.kind.kills for fault in self.faults)

    def table(self) -> list[tuple[str, int]]:
        counts = Counter(fault.kind.name for fault in self.faults)
        return [(kind.name, counts[kind.name]) for kind in self.kinds]

    def _schedule(self) -> None:
        while not self._is_over.wait(self._dice.uniform(0.2, 1.8) * self.gap):
            if self.left == 0:
                return
            self._note_ends()
            if (target := self._free_target(kind := self._draw())) is None:
                self._deck.append(kind)
                continue
            if self.left is not None:
                self.left -= 1
            self._busy.add(target)
            thread = threading.Thread(target=self._inject, args=(kind, target, self._dice.random()))
            self._threads.append(thread)
            thread.start()

    def _draw(self) -> FaultKind:
        """Each kind comes once before any comes twice; then they come as often as they weigh."""
        if not self._deck:
            rest = [kind for kind in self.kinds for _ in range(kind.weight if self.faults else 1)]
            self._deck = self._dice.sample(rest, len(rest))
        return self._deck.pop()

    def _free_target(self, kind: FaultKind) -> str | None:
        names = ["server"] if kind.on_server else [host.name for host in self.installation.hosts]
        free = [name for name in names if name not in self._busy]
        return self._dice.choice(free) if free else None

    def _inject(self, kind: FaultKind, target: str, number: float) -> None:
        fault = Fault(kind, target, time.monotonic_ns())
        self.faults.append(fault)
        dice = random.Random(number)
        try:
            if kind.on_server:
                getattr(self, kind.body)(dice)
            else:
                getattr(self, kind.body)(self._host(target), dice)
        except Exception as failure:  # noqa: BLE001 (whatever it is, the run must not pass for a good one)
            self.failures.append(f"{kind.name} on {target}: {type(failure).__name__}: {failure}")
        fault.ended = time.monotonic_ns()
        self._busy.discard(target)

    def _note_ends(self) -> None:
        """A program that has ended, and by none of our faults, is a finding."""
        for program in [self.installation.server, *(host.agent for host in self.installation.hosts)]:
            if program.name not in self._busy and program.pid is None:
                self.failures.append(f"{program.name} has ended by itself: {program.log_end()[-500:]}")
                program.start()

    def _host(self, name: str) -> Host:
        return next(host for host in self.installation.hosts if host.name == name)

    @staticmethod
    def _absence(dice: random.Random, often_none: float) -> float:
        """Seconds: none at all, a moment, or longer than a lease."""
        chance = dice.random()
        if chance < often_none:
            return 0
        return dice.uniform(0, 2) if chance < 0.9 else dice.uniform(1.1, 1.8) * LEASE

    # MARK: The server

    def kill_server(self, dice: random.Random) -> None:
        self.installation.server.end(signal.SIGKILL)
        time.sleep(self._absence(dice, 0.7))
        self.installation.server.start_and_wait()

    def restart_server(self, dice: random.Random) -> None:
        self.installation.server.end(signal.SIGTERM)
        time.sleep(self._absence(dice, 0.6))
        self.installation.server.start_and_wait()

    def stop_server(self, dice: random.Random) -> None:
        self.installation.server.signal(signal.SIGSTOP)
        time.sleep(dice.uniform(0.1, 0.5 * LEASE))
        self.installation.server.signal(signal.SIGCONT)

    # MARK: Hosts

    def kill_agent(self, host: Host, dice: random.Random) -> None:
        host.agent.end(signal.SIGKILL)
        time.sleep(self._absence(dice, 0.5))
        host.agent.start()

    def kill_supervisor(self, host: Host, dice: random.Random) -> None:
        host.signal_supervisor(signal.SIGKILL)

    def kill_host(self, host: Host, dice: random.Random) -> None:
        host.agent.end(signal.SIGKILL)
        host.signal_supervisor(signal.SIGKILL)
        time.sleep(self._absence(dice, 0.4))
        host.agent.start()

    def restart_agent(self, host: Host, dice: random.Random) -> None:
        host.agent.end(signal.SIGTERM)
        time.sleep(self._absence(dice, 0.5))
        host.agent.start()

    def stop_agent(self, host: Host, dice: random.Random) -> None:
        host.agent.signal(signal.SIGSTOP)
        time.sleep(dice.uniform(0.1, 1.8) * LEASE)
        host.agent.signal(signal.SIGCONT)

    def stop_supervisor(self, host: Host, dice: random.Random) -> None:
        host.signal_supervisor(signal.SIGSTOP)
        time.sleep(dice.uniform(0.1, 1.8) * LEASE)
        host.signal_supervisor(signal.SIGCONT)

    def stop_host(self, host: Host, dice: random.Random) -> None:
        host.agent.signal(signal.SIGSTOP)
        host.signal_supervisor(signal.SIGSTOP)
        time.sleep(dice.uniform(0.1, 2) * LEASE)
        host.signal_supervisor(signal.SIGCONT)
        host.agent.signal(signal.SIGCONT)

    # MARK: Links

    def cut_shortly(self, host: Host, dice: random.Random) -> None:
        self._cut(host, dice.uniform(0.05, 0.7) * LEASE)

    def cut_long(self, host: Host, dice: random.Random) -> None:
        self._cut(host, dice.uniform(1.2, 2) * LEASE)

    def flap(self, host: Host, dice: random.Random) -> None:
        for _ in range(dice.randint(3, 10)):
            self._cut(host, dice.uniform(0.02, 0.4))
            time.sleep(dice.uniform(0.02, 0.4))

    def slow(self, host: Host, dice: random.Random) -> None:
        self.installation.network.slow(self._number(host), dice.randint(10, 300), dice.randint(0, 10))
        time.sleep(dice.uniform(1, 8))
        self.installation.network.unslow(self._number(host))

    def _cut(self, host: Host, seconds: float) -> None:
        self.installation.network.cut(self._number(host))
        time.sleep(seconds)
        self.installation.network.mend(self._number(host))

    def _number(self, host: Host) -> int:
        return self.installation.hosts.index(host)
