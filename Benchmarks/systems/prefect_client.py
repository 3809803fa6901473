"""Prefect's client, as its users install it: in an environment of its own, with its default settings."""

import json
import os
import subprocess
import time
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
        """What `python flow.py` took: by its own clock for the flow, and by ours for the whole process."""
        before = time.monotonic()
        output, processor = self._run(FLOWS, name, str(tasks))
        seconds = time.monotonic() - before
        told = json.loads(output)
        if not told["right"]:
            raise CannotRun(f"the flow {name} gives a wrong sum")
        return {
            "flow_seconds": told["seconds"], "flow_processor_seconds": told["processor_seconds"],
            "process_seconds": seconds, "process_processor_seconds": processor,
        }

    def deploy(self, deployments: dict[str, dict]) -> None:
        """Makes the pool, and deployments of the flow `stamped` with these job variables."""
        self._run(HERE / "prefect_deploying.py", POOL, json.dumps(deployments))

    def start(self, log: Path, *arguments: str) -> subprocess.Popen:
        return start(log, self._variables(), *arguments)

    def _run(self, *command: Path | str) -> tuple[str, float]:
        """What a script of Python's prints, and the processor time of its process."""
        self.home.mkdir(parents=True, exist_ok=True)
        errors = self.home / "errors"
        with errors.open("wb") as log:
            process = subprocess.Popen(
                [ENVIRONMENT / "bin" / "python", *command], env=self._variables(), cwd=self.home,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
            output = process.stdout.read()
            process.stdout.close()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise CannotRun(f"{command} ends with {process.returncode}:\n{errors.read_text()[-3000:]}")
        return output, used.ru_utime + used.ru_stime

    def _variables(self) -> dict[str, str]:
        return variables(self.home) | {"PREFECT_API_URL": self.url, "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"}
