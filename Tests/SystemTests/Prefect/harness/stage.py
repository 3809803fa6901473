"""Where a journey takes place: a server, a recording proxy before it, a project, and the clients of one series."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .api import API, until
from .programs import CLISession, JourneyFailed, Program
from .proxy import RecordingProxy
from .servers import ROOT, plain_environment
from .shapes import UUID

PROJECTS = Path(__file__).resolve().parent.parent / "projects"
CLIENT_SETTINGS = {
    "COLUMNS": "240", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_API_SERVICES_FLOW_RUN_NOTIFICATIONS_ENABLED": "false", "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.5",
    "PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_RUNNER_POLL_FREQUENCY": "1", "PREFECT_AGENT_QUERY_INTERVAL": "1",
}
"""Settings that make clients ask more often than once in ten seconds, and print what can be read."""


@dataclass(frozen=True)
class Client:
    """Prefect's clients of one series, installed in an environment of their own."""

    series: str
    environment: Path
    project: str = ""
    """The folder of its projects, where that has another name."""

    @property
    def python(self) -> Path:
        return self.environment / "bin/python"

    @property
    def has_events(self) -> bool:
        return self.series != "2.20"


CLIENTS = {
    "3.8": Client("3.8", ROOT / ".build/prefect-3"),
    "2.20": Client("2.20", ROOT / ".build/prefect-2"),
    "pages": Client("pages", ROOT / ".build/prefect-3", project="3.8"),
}
"""The clients of each series. Pages ask by themselves, and have the newer client make what they show."""


class Stage:
    """One journey's own clients, and all that they do recorded."""

    def __init__(self, client: Client, server, folder: Path, record: Path):
        self.client, self.server, self.api = client, server, server.api
        self.folder = folder
        self.project = folder / "project"
        self.record = record
        self.proxy = RecordingProxy((self.api.host, self.api.port), record)
        self._session: CLISession | None = None
        self._programs: list[Program] = []

    def __enter__(self) -> "Stage":
        shutil.copytree(PROJECTS / "both", self.project)
        shutil.copytree(PROJECTS / (self.client.project or self.client.series), self.project, dirs_exist_ok=True)
        self.proxy.__enter__()
        self.environment = {
            **plain_environment(), **CLIENT_SETTINGS, "PREFECT_API_URL": f"http://127.0.0.1:{self.proxy.port}/api",
            # Results that a client keeps go below the first, whatever the second says; another journey would find them.
            "HOME": str(self.folder / "home"), "PREFECT_HOME": str(self.folder / "home"),
            "JOURNEY_PROJECT": str(self.project),
            "PATH": f"{self.client.environment / 'bin'}:{os.environ['PATH']}",
        }
        return self

    def __exit__(self, *_) -> None:
        for program in reversed(self._programs):
            program.kill()
        if self._session is not None:
            self._session.close()
        self.proxy.__exit__()

    # What journeys do.

    def cli(self, command: str, *more: str, status: int = 0, says: tuple[str, ...] = (), timed: bool = False) -> str:
        """One command of Prefect's CLI, and what it prints. `more` are arguments that hold blanks.

        A `timed` command ends differently depending on the moment; its status is not part of the fixture.
        """
        if self._session is None:
            self._session = CLISession(self.client.python, self.project, self.environment, self.folder / "cli.log")
        arguments = [*command.split(), *more]
        ended, output = self._session.run(arguments)
        if not timed:
            self._ended("prefect " + " ".join(arguments), ended)
        self._judge(f"prefect {command}", ended, status, output, says)
        return output

    def python(self, script: str, *arguments: str, status: int = 0, says: tuple[str, ...] = ()) -> str:
        """One script, to its end."""
        program = self.start(script, *arguments)
        ended = program.wait()
        self._ended(" ".join(["python", script, *arguments]), ended)
        self._judge(program.name, ended, status, program.output, says)
        return program.output

    def start(self, script: str, *arguments: str) -> Program:
        """One script, in the background."""
        return self._start(" ".join(["python", script, *arguments]), [self.client.python, script, *arguments])

    def prefect(self, command: str) -> Program:
        """A command of the CLI that goes on, in a process of its own."""
        return self._start(f"prefect {command}", [self.client.environment / "bin/prefect", *command.split()])

    def ended(self, program: Program, status: int) -> None:
        """Waits for the end of a program that was started in the background."""
        ended = program.wait()
        self._ended(program.name, ended)
        self._judge(program.name, ended, status, program.output, ())

    def worker(self, pool: str) -> Program:
        """A worker of Prefect's that serves a pool and has said so."""
        program = self.prefect(f"worker start --pool {pool} --name journey-worker")
        program.says("started!")
        return program

    def ask(self, method: str, path: str, body: object = None) -> object:
        """Asks as a page does, through the proxy."""
        status, said = API("127.0.0.1", self.proxy.port).ask(method, path, body)
        if status >= 400:
            raise JourneyFailed(f"{method} {path} is answered with {status}: {str(said)[:500]}")
        return said

    def run_in(self, state: str, run: str, seconds: float = 60) -> dict:
        """Waits until a flow run is in the state of this name."""
        return until(f"the flow run {run} in {state}", lambda: self._run_if(run, state), seconds)

    def run_of(self, output: str) -> str:
        """The id of the flow run that a command says to have made."""
        found = UUID.findall(output)
        if not found:
            raise JourneyFailed(f"no flow run in:\n{output}")
        return found[-1]

    def until(self, what: str, condition, seconds: float = 60):
        return until(what, condition, seconds)

    def proposals(self, state: str, run: str) -> int:
        """How often clients have proposed a state of this type for a flow run, and have been answered."""
        path = f"/api/flow_runs/{run}/set_state"
        return sum(each.get("path") == path and each["req"]["state"]["type"] == state for each in self._said())

    def asked(self, method: str, end: str) -> bool:
        """Whether a client has asked for a path with this end, and has been answered."""
        return any(each.get("method") == method and each["path"].endswith(end) for each in self._said())

    def runs(self, flow: str, **more) -> list[dict]:
        """The runs of the flow of this name."""
        return self.api.all("/flow_runs/filter", flows={"name": {"any_": [flow]}}, **more)

    def _said(self) -> Iterator[dict]:
        """What has been recorded so far; a line that is being written does not count yet."""
        return (json.loads(line) for line in self.record.read_text().split("\n")[:-1])

    # What of it is kept.

    def _run_if(self, run: str, state: str) -> dict | None:
        found = self.api.get(f"/flow_runs/{run}")
        return found if found["state_name"] == state else None

    def _start(self, name: str, command: list) -> Program:
        log = self.folder / f"program-{len(self._programs) + 1}.log"
        program = Program(name, command, self.project, self.environment, log)
        self._programs.append(program)
        return program

    def _ended(self, command: str, status: int) -> None:
        text = UUID.sub("{id}", command.replace(str(self.folder), ""))
        self.proxy.write(kind="command", command=re.sub(r"\s+", " ", text), status=status)

    def _judge(self, name: str, ended: int, status: int, output: str, says: tuple[str, ...]) -> None:
        if ended != status:
            raise JourneyFailed(f"{name} ends with {ended} and not with {status}:\n{output[-3000:]}")
        for text in says:
            if text not in output:
                raise JourneyFailed(f"{name} does not say '{text}':\n{output[-3000:]}")
