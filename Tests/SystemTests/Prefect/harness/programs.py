"""Programs that a journey starts: scripts, workers, and a process that executes commands of Prefect's CLI in turn."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from .api import until

SESSION = Path(__file__).resolve().parent.parent / "cli_session.py"
END_SECONDS = 90


class JourneyFailed(Exception):
    """A step of a journey did not end as it does against the reference server."""


class Program:
    """A process with its output in a file."""

    def __init__(self, name: str, command: list, folder: Path, environment: dict[str, str], log: Path):
        self.name = name
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [str(each) for each in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def wait(self, seconds: float = END_SECONDS) -> int:
        """Its exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise JourneyFailed(f"{self.name} does not end within {seconds:g} s:\n{self.output[-3000:]}") from None

    def says(self, text: str, seconds: float = 60) -> None:
        """Waits for a text in its output."""
        def found() -> bool:
            if text in self.output:
                return True
            if self.process.poll() is not None and text not in self.output:
                raise JourneyFailed(f"{self.name} ended without saying '{text}':\n{self.output[-3000:]}")
            return False
        try:
            until(f"'{text}' of {self.name}", found, seconds)
        except TimeoutError as late:
            raise JourneyFailed(f"{late}\n{self.output[-3000:]}") from None

    def stop(self, number: int = signal.SIGINT) -> int:
        """Asks it to end, as ctrl-C does, and gives its exit status."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        return self.wait()

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class CLISession:
    """Prefect's CLI in one process, since importing it takes seconds: every command is given to the CLI's own entry."""

    def __init__(self, python: Path, folder: Path, environment: dict[str, str], log: Path):
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [python, SESSION, log.with_suffix(".command")], cwd=folder, env=environment, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True)

    def run(self, arguments: list[str]) -> tuple[int, str]:
        """The exit status of a command and what it printed."""
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise JourneyFailed(f"the CLI's process died at {arguments}:\n{self._log.read_text()[-2000:]}")
        status, output = json.loads(answer)
        return status, output

    def close(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
