"""Prefect's client, as its users install it: in an environment of its own, with its default settings."""

import json
import os
import subprocess
from pathlib import Path

from measuring.machine import CannotRun
from measuring.workbench import ROOT

HERE = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".build" / "prefect-3"
FLOWS = HERE / "prefect_flows.py"
POOL = "processes"


def require_installed() -> None:
    if not (ENVIRONMENT / "installed").exists():
        raise CannotRun("Prefect is not installed: 'scripts/setup prefect' installs it")


def version() -> str:
    """Of Prefect, and of the Python that executes it."""
    script = "import sys; from importlib.metadata import version; print(version('prefect'), sys.version.split()[0])"
    python = ENVIRONMENT / "bin" / "python"
    prefect, own = subprocess.run([python, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    return f"{prefect}, Python {own}"


def variables(home: Path) -> dict[str, str]:
    """Our environment without what would lead a client or a server elsewhere. Nothing is told to Prefect's makers."""
    foreign = ("PREFECT_", "SLUICE_", "PYTHONPATH")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return ours | {
        "PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1",
        "PATH": f"{ENVIRONMENT / 'bin'}:{ours['PATH']}",
    }


def start(log: Path, environment: dict[str, str], *arguments: str) -> subprocess.Popen:
    """A command of Prefect's that goes on, in a session of its own."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [ENVIRONMENT / "bin" / "prefect", *arguments], env=environment, cwd=log.parent,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)


class PrefectClient:
    """Programs of one user of the server at `url`, whose files go to `home`."""

    def __init__(self, url: str, home: Path):
        self.url, self.home = url, home

    def run_flow(self, name: str, tasks: int) -> dict:
        """What a flow took by the clocks of its own process, `python flow.py`, which has ended by then."""
        told = json.loads(self._run(FLOWS, name, str(tasks)))
        if not told.pop("right"):
            raise CannotRun(f"the flow {name} gives a wrong sum")
        return told

    def deploy(self, deployments: dict[str, dict]) -> None:
        """Makes the pool, and deployments of the flow `stamped` with these job variables."""
        self._run(HERE / "prefect_deploying.py", POOL, json.dumps(deployments))

    def start(self, log: Path, *arguments: str) -> subprocess.Popen:
        return start(log, self._variables(), *arguments)

    def _run(self, *command: Path | str) -> str:
        """What a script of Python's prints."""
        self.home.mkdir(parents=True, exist_ok=True)
        outcome = subprocess.run(
            [ENVIRONMENT / "bin" / "python", *command], env=self._variables(), cwd=self.home,
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if outcome.returncode != 0:
            raise CannotRun(f"{command} ends with {outcome.returncode}:\n{outcome.stderr[-3000:]}")
        return outcome.stdout

    def _variables(self) -> dict[str, str]:
        return variables(self.home) | {"PREFECT_API_URL": self.url, "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"}
