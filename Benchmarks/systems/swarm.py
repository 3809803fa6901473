"""Simulated agents: real connections, whose runs end the moment that they are assigned. See Sources/swarm."""

import json
import resource
import select
import subprocess

from measuring.machine import CannotRun
from measuring.waiting import LONGEST_SECONDS
from measuring.workbench import Workbench
from systems.sluice_server import SluiceServer

DESCRIPTORS_EACH = 16
WELCOME_SECONDS = 60


class Swarm:
    """A swarm that lives until the `with` block is left.

    With `lives` it ends by itself after so many runs, and `result` says what it saw. Runs last for so many `seconds`.
    """

    def __init__(
        self, bench: Workbench, server: SluiceServer, agents: int = 4, slots: int = 64, lives: int | None = None,
        seconds: float = 0,
    ):
        self.command = [
            bench.swarm, "--server", f"127.0.0.1:{server.agent_port}", "--agents", str(agents), "--slots", str(slots),
            *(["--lives", str(lives)] if lives else []), "--lasting", str(round(seconds * 1000)),
        ]
        self.agents, self.lives = agents, lives

    def __enter__(self) -> "Swarm":
        require_descriptors(self.agents * DESCRIPTORS_EACH)
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        if self.lives is None:
            self._line("its agents were welcome", WELCOME_SECONDS)
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @property
    def pid(self) -> int:
        return self.process.pid

    def result(self) -> dict:
        """Waits for the end."""
        return json.loads(self._line("its runs had ended", LONGEST_SECONDS))

    def _line(self, event: str, seconds: float) -> str:
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise CannotRun(f"the swarm has waited for {seconds} s, and not yet {event}")
        if not (line := self.process.stdout.readline()):
            raise CannotRun(f"the swarm has ended before {event}: see its message above")
        return line


def require_descriptors(count: int) -> None:
    """Allows this process, and those that it starts, as many open files as the system lets it have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise CannotRun(f"{count} open files are needed and {hard} allowed: raise 'ulimit -Hn', or take fewer --agents")
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
