"""A Sluice server of the benchmark, with what the figures ask it: release mode, durable, nothing ever pruned."""

import http.client
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from sluice_processes import READY_SECONDS, LocalSluice, StartFailed  # noqa: E402, F401 (StartFailed is passed on)

from measuring.machine import CannotRun  # noqa: E402
from measuring.processes import mentioning  # noqa: E402
from measuring.waiting import wait_until  # noqa: E402
from measuring.workbench import Workbench  # noqa: E402

ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
READY_POLL_SECONDS = 0.001
IDLE_SECONDS = 20

KEEP_EVERYTHING = [
    "--keep-runs", "forever", "--keep-runs-count", "all", "--keep-logs", "forever", "--keep-logs-size", "unlimited",
]

DOCUMENT = """
deployments:
  - flow: bench
    name: "true"
    command: ["true"]
    parameters: {index: {type: integer}}
    code: none
  - flow: bench
    name: timed
    command: ["true"]
    parameters: {at: {type: integer}}
    code: none
"""


class SluiceServer(LocalSluice):
    """A server on `folder`, which may be one that an earlier server has left."""

    def __init__(self, bench: Workbench, folder: Path):
        super().__init__(bench.programs, folder)
        self.ready_ms = 0.0
        """From starting the program to its first answer that it is ready."""

    def __enter__(self) -> "SluiceServer":
        super().__enter__()
        self.api = Connection(self.http_port)
        return self

    @property
    def pid(self) -> int:
        return self.process_id("server")

    def process_id(self, name: str) -> int:
        return next(process.pid for known, process in self.processes if known == name)

    def agent_processes(self, name: str) -> list[int]:
        """The agent and its supervisor, which is a daemon on a folder in the agent's."""
        supervisors = mentioning(str(self.folder / name / "supervisor"))
        if not supervisors:
            raise CannotRun(f"the supervisor of the agent {name} is not found among the processes")
        return [self.process_id(name), *supervisors]

    def deploy(self, document: str = DOCUMENT) -> None:
        """Registers the deployments of a document; what is known already stays as it is."""
        path = self.folder / "deployments" / "sluice.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(document)
        self.cli("deploy", str(path))

    def deployment(self, name: str) -> str:
        """The id of a deployment of the flow `bench`."""
        return self.api.call("GET", f"/api/deployments/name/bench/{name}")["id"]

    def create_run(self, deployment: str) -> str:
        return self.api.call("POST", f"/api/deployments/{deployment}/create_flow_run", {})["id"]

    def runs(self) -> dict[str, int]:
        return self.api.runs()

    def submit_batch(self, deployment: str, *arguments: str) -> dict:
        """What the CLI says of the batch that it has submitted."""
        return json.loads(self.cli("batch", f"bench/{deployment}", *arguments, "--json"))

    def wait_for_batch(self, batch: str) -> dict[str, int]:
        """Waits until all of a batch has ended, and that is on disk. What became of its runs."""
        def outcome() -> dict[str, int] | None:
            answer = self.api.call("GET", f"/api/batches/{batch}")
            ended = sum(number for state, number in answer["runs"].items() if state in ENDED)
            return answer["runs"] if ended >= answer["size"] else None

        return wait_until(outcome, f"batch {batch} of Sluice has ended")

    def wait_for_run(self, run: str) -> None:
        wait_until(
            lambda: self.api.call("GET", f"/api/flow_runs/{run}")["state"]["type"] in ENDED, f"run {run} has ended")

    def version(self) -> str:
        return self.cli("--version").decode().strip()

    def cli(self, *arguments: str) -> bytes:
        """What the CLI prints. Its hints for people, to the standard error, are only shown if it fails."""
        outcome = self.sluice(*arguments, capture_output=True)
        if outcome.returncode != 0:
            raise CannotRun(f"'sluice {' '.join(arguments)}' ends with {outcome.returncode}: {outcome.stderr.decode()}")
        return outcome.stdout

    def _start(self, name: str, program: str, *arguments: str) -> None:
        self.started = time.monotonic()
        super()._start(name, program, *arguments, *(KEEP_EVERYTHING if program == "sluice-server" else []))

    def _wait_until_ready(self) -> None:
        """Looks so often that the looking adds next to nothing to what is measured."""
        deadline = self.started + READY_SECONDS
        while time.monotonic() < deadline:
            if self._is_ready():
                self.ready_ms = (time.monotonic() - self.started) * 1000
                return
            if self.failures():
                raise StartFailed(self.failures()[0])
            time.sleep(READY_POLL_SECONDS)
        raise StartFailed(f"the server is not ready after {READY_SECONDS} s:\n{self._log_end('server')}")


class Refused(CannotRun):
    """An answer that is none of success."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


class Connection:
    """A connection to the API that stays open, but for pauses: the server closes what is idle for a minute."""

    def __init__(self, port: int, idle_seconds: float = IDLE_SECONDS):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.idle_seconds = idle_seconds
        self.used = time.monotonic()

    def call(self, method: str, path: str, body=None):
        text = None if body is None else json.dumps(body)
        return json.loads(self.send(method, path, text, "application/json"))

    def runs(self) -> dict[str, int]:
        """How many runs are in which type of state, by the server's tally: those of which there are any."""
        return self.call("GET", "/api/sluice")["runs"]

    def agents_online(self) -> int:
        return self.call("GET", "/api/sluice")["agents_online"]

    def send(self, method: str, path: str, body: str | bytes | None, media_type: str) -> bytes:
        if time.monotonic() - self.used > self.idle_seconds:
            self.connection.close()  # it opens again by itself
        self.used = time.monotonic()
        self.connection.request(method, path, body, {"Content-Type": media_type})
        response = self.connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise Refused(response.status, f"{method} {path} answers {response.status}: {answer[:500]!r}")
        return answer
