"""How long work stands still: after a kill of the server, and after the death of a host."""

import random
import signal
import time
from pathlib import Path

from .campaign import make_network, say
from .processes import Host, Installation, wait_until
from .stage import SECOND, Stage, print_measurements
from .workload import LEASE

ALLOWANCE = 2.0
LOST_SECONDS = 10.0
BACKLOG = 3000
LONG = 600_000


def measure_recovery(programs: Path, folder: Path, rounds: int, hosts: int, slots: int, seed: int) -> bool:
    """Prints worst and median; answers whether all are within their bounds."""
    with make_network(hosts) as network:
        with Installation(programs, folder, network, hosts, slots) as installation:
            recovery = Recovery(Stage(installation, folder), seed)
            say("chaos: agents are started before their server")
            waited = [recovery.start_agents_first() for _ in range(rounds)]
            say(f"chaos: {rounds} times kill -9 of the server under load")
            flows = [recovery.kill_server() for _ in range(rounds)]
            recovery.drain()
            say(f"chaos: {rounds} times the death of a host")
            deaths = [recovery.kill_host(installation.hosts[number % hosts]) for number in range(rounds)]
            mended = recovery.cut_links(rounds) if network.can_cut else []
    elsewhere = [seconds for elsewhere, _ in deaths for seconds in elsewhere]
    return print_measurements([
        ("agents started first: work after the server's start", waited, ALLOWANCE),
        ("server killed under load: work after its start", flows, ALLOWANCE),
        ("host died: its runs execute elsewhere", elsewhere, LEASE + ALLOWANCE),
        ("host died: its agent is shown as lost", [lost for _, lost in deaths], LOST_SECONDS),
        *([("link mended: its host has work again", mended, LEASE)] if mended else []),
    ])


class Recovery:
    def __init__(self, stage: Stage, seed: int):
        self.dice = random.Random(seed)
        self.stage, self.installation, self.api = stage, stage.installation, stage.api
        stage.deploy("quick", "ok")
        stage.deploy("long", "ok")

    def start_agents_first(self) -> float:
        """Seconds from the server's start to the first line of a run that was queued before."""
        for host in self.installation.hosts:
            host.agent.end(signal.SIGTERM)
        self.stage.submit("quick", 10, 0)
        self.installation.server.end(signal.SIGTERM)
        for host in self.installation.hosts:
            host.agent.log.write_text("")
        self.installation.start_agents()
        for host in self.installation.hosts:
            wait_until(lambda: "no server answers" in host.agent.log_end(), f"{host.name} to wait for its server")
        return self._start_server()

    def kill_server(self) -> float:
        """Seconds from the server's start to the first child that begins after it."""
        while self.api.unfinished() < BACKLOG:
            self.stage.submit_load(BACKLOG)
        self.installation.server.end(signal.SIGKILL)
        self._wait_for_silence()
        return self._start_server()

    def drain(self) -> None:
        wait_until(lambda: self.api.unfinished() == 0, "the backlog to be done", 300)

    def kill_host(self, host: Host) -> tuple[list[float], float]:
        """Seconds until each run of the host began elsewhere, and until the agent was shown as lost."""
        self.stage.forget_evidence()
        runs = self.stage.submit("long", 2 * len(self.installation.hosts), LONG)
        self.stage.wait_until_begun(runs)
        victims = {run for run, lives in self.stage.testimony().lives.items() if lives[-1].host == host.name}
        died = time.monotonic()
        host.agent.end(signal.SIGKILL)
        host.signal_supervisor(signal.SIGKILL)
        wait_until(lambda: self._is_lost(host), f"{host.name} to be shown as lost", 60)
        lost = time.monotonic() - died
        wait_until(lambda: victims <= self._begun_again().keys(), "the runs to begin elsewhere", 60)
        elsewhere = [begun - died for run, begun in self._begun_again().items() if run in victims]
        for run in runs:
            self.api.cancel(run)
        host.agent.start()
        self.installation.wait_for_agents(len(self.installation.hosts))
        self.drain()
        return elsewhere, lost

    def cut_links(self, rounds: int) -> list[float]:
        """Seconds from the mending of a link until its host begins a run."""
        network, hosts = self.installation.network, self.installation.hosts
        seconds = []
        for number in range(rounds):
            host = number % len(hosts)
            network.cut(host)
            time.sleep(self.dice.uniform(0.1, 3) * LEASE)
            self.stage.forget_evidence()
            network.mend(host)
            mended = time.monotonic()
            while not (path := self.stage.evidence / hosts[host].name).exists():
                if self.api.unfinished() < BACKLOG:
                    self.stage.submit_load(BACKLOG)
                time.sleep(0.02)
            seconds.append(int(path.read_text().split()[4]) / SECOND - mended)
        self.drain()
        return seconds

    def _start_server(self) -> float:
        self.stage.forget_evidence()
        began = time.monotonic()
        self.installation.server.start_and_wait()
        wait_until(lambda: self.stage.testimony().count > 0, "work to begin", pause=0.005)
        first = min(lives[0].start for lives in self.stage.testimony().lives.values())
        return first / SECOND - began

    def _wait_for_silence(self) -> None:
        """Until what the agents had been given is done."""
        count = -1
        while (now := self.stage.testimony().count) != count:
            count = now
            time.sleep(0.3)

    def _is_lost(self, host: Host) -> bool:
        agents = self.api.post("/agents/filter", {})
        return any(agent["name"] == host.name and agent["status"] == "OFFLINE" for agent in agents)

    def _begun_again(self) -> dict[str, float]:
        return {
            run: lives[1].start / SECOND for run, lives in self.stage.testimony().lives.items() if len(lives) > 1
        }
