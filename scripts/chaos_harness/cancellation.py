"""How long a cancellation takes, in each state that a run can be in and whatever its host does meanwhile.

Both ends are measured: when the server says CANCELLED, and when the last of the run's processes wrote its last line.
"""

import os
import signal
import time
from pathlib import Path

from .campaign import make_network, say
from .processes import Installation, wait_until
from .stage import SECOND, Stage, print_measurements
from .workload import LEASE

GRACE = 1.0
ALLOWANCE = 2.0
LONG = 120_000
POLL_SECONDS = 0.02


def measure_cancellation(programs: Path, folder: Path, count: int, hosts: int) -> bool:
    """Prints the worst and the median of each case; answers whether all are within their bounds."""
    wave = min(count, 48)
    say(f"chaos: {count} cancellations in each case, {wave} at a time; grace {GRACE} s, lease {LEASE} s")
    _hide_slow_interpreter(folder)
    with make_network(hosts) as network:
        with Installation(programs, folder, network, hosts, -(-wave // hosts)) as installation:
            stage = Stage(installation, folder)
            installation.start_agents()
            installation.wait_for_agents(hosts)
            cases = Cases(stage)
            rows = []
            for name, prepare, trouble, bound in cases.all():
                rows.append((name, cases.measure(name, prepare, trouble, count, wave), bound))
    return print_measurements(rows)


def _hide_slow_interpreter(folder: Path) -> None:
    """An interpreter that the agents find, and that takes for ever to make an environment."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "python9").write_text("#!/bin/sh\nexec sleep 600\n")
    (tools / "python9").chmod(0o755)
    os.environ["PATH"] = f"{tools}:{os.environ['PATH']}"


class Cases:
    def __init__(self, stage: Stage):
        self.stage, self.installation = stage, stage.installation
        for way in ("ok", "stubborn", "fork", "daemon"):
            stage.deploy(way, way, GRACE)
        stage.api.post("/work_pools/", {"name": "unserved", "type": "process"})
        stage.deploy("unserved", "ok", pool="unserved")
        stage.deploy("slow-to-prepare", "ok", GRACE, python={"version": "9", "requirements": []})

    def all(self):
        """Each case: its name, how the runs come into their state, what else happens, and the bound."""
        alive, dead = GRACE + ALLOWANCE, LEASE + ALLOWANCE
        yield "scheduled", self.scheduled, None, alive
        yield "pending: its environment is being made", self.preparing, None, alive
        yield "running", self.running("ok"), None, alive
        yield "running, ignores TERM", self.running("stubborn"), None, alive
        yield "running, has forked grandchildren that ignore TERM", self.running("fork"), None, alive
        yield "running, has a descendant that called setsid", self.running("daemon"), None, alive
        yield "server killed in the middle, and restarted", self.running("stubborn"), self.restart_server, alive
        yield "agent killed, its supervisor lives", self.running("stubborn"), self.kill_agents, dead
        yield "agent and supervisor killed", self.running("stubborn"), self.kill_hosts, dead
        if self.installation.network.can_cut:
            yield "its host is cut off", self.running("stubborn"), self.cut_hosts, dead

    def measure(self, name: str, prepare, trouble, count: int, wave: int) -> list[float]:
        seconds: list[float] = []
        while len(seconds) < count:
            seconds += self._wave(prepare, trouble, min(wave, count - len(seconds)))
        say(f"chaos: {name}: worst {max(seconds):.3f} s")
        return seconds

    def _wave(self, prepare, trouble, count: int) -> list[float]:
        """Cancels so many runs at once; answers how long each took."""
        self.stage.forget_evidence()
        runs = prepare(count)
        mend = trouble and trouble(before=True)
        cancelled = self._cancel(runs)
        if trouble and not mend:
            mend = trouble(before=False)
        known = self._wait_for_ends(runs, cancelled)
        deaths = self._deaths()
        if mend:
            mend()
            self.installation.wait_for_agents(len(self.installation.hosts))
        self._wait_for_release()
        return [max(known[run], deaths.get(run, 0)) - cancelled[run] for run in runs]

    def _cancel(self, runs: list[str]) -> dict[str, float]:
        """When each cancellation was asked for, on the monotonic clock."""
        times = {}
        for run in runs:
            times[run] = time.monotonic()
            self.stage.api.cancel(run)
        return times

    def _wait_for_ends(self, runs: list[str], cancelled: dict[str, float]) -> dict[str, float]:
        """When the server first said of each that it has ended."""
        known: dict[str, float] = {}
        while left := [run for run in runs if run not in known]:
            asked = self.stage.api.runs_by_id(left)
            now = time.monotonic()
            known |= {run["id"]: now for run in asked if run["state_type"] in ("CANCELLED", "COMPLETED")}
            if now > max(cancelled.values()) + 60:
                raise SystemExit(f"chaos: {len(left)} runs are not cancelled after 60 s: {left[:3]}")
            time.sleep(POLL_SECONDS)
        return known

    def _deaths(self) -> dict[str, float]:
        """When the last process of each run wrote its last line, once none writes any more."""
        seen = None
        while (lives := self._last_lines()) != seen:
            seen = lives
            time.sleep(0.3)
        return lives

    def _last_lines(self) -> dict[str, float]:
        return {
            run: max(max(life.last, life.last_descendant) for life in lives) / SECOND
            for run, lives in self.stage.testimony().lives.items()
        }

    def _wait_for_release(self) -> None:
        held = lambda: sum(agent["held"] for agent in self.stage.api.post("/agents/filter", {}))  # noqa: E731
        wait_until(lambda: held() == 0, "all leases to be released")

    # MARK: How runs come into their state

    def scheduled(self, count: int) -> list[str]:
        return self.stage.submit("unserved", count, LONG)

    def preparing(self, count: int) -> list[str]:
        runs = self.stage.submit("slow-to-prepare", count, LONG)
        self.stage.wait_for_state(runs, "PENDING")
        return runs

    def running(self, deployment: str):
        def prepare(count: int) -> list[str]:
            runs = self.stage.submit(deployment, count, LONG)
            self.stage.wait_for_state(runs, "RUNNING")
            self.stage.wait_until_begun(runs)
            return runs
        return prepare

    # MARK: What else happens; each answers how that is mended

    def restart_server(self, before: bool):
        if before:
            return None
        self.installation.server.end(signal.SIGKILL)
        self.installation.server.start_and_wait()
        return lambda: None

    def kill_agents(self, before: bool):
        for host in self.installation.hosts:
            host.agent.end(signal.SIGKILL)
        return self.installation.start_agents

    def kill_hosts(self, before: bool):
        for host in self.installation.hosts:
            host.agent.end(signal.SIGKILL)
            host.signal_supervisor(signal.SIGKILL)
        return self.installation.start_agents

    def cut_hosts(self, before: bool):
        network, hosts = self.installation.network, range(len(self.installation.hosts))
        for host in hosts:
            network.cut(host)
        return lambda: [network.mend(host) for host in hosts]
