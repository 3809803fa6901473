"""What every figure needs: where things are, what was asked for, and somewhere to put files."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from measuring.machine import CannotRun

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent


class Workbench:
    def __init__(self, options: argparse.Namespace, folder: Path):
        self.options = options
        self.folder = folder
        self.programs: Path = options.programs
        self._compiled: dict[str, Path] = {}
        self._folders = 0

    def new_folder(self, name: str) -> Path:
        """A name that is not taken; nothing is there yet."""
        self._folders += 1
        return self.folder / f"{self._folders:03}-{name}"

    def remove(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    def child(self, name: str) -> Path:
        """One of the small programs in children/, compiled when it is first asked for."""
        if name not in self._compiled:
            if not shutil.which("gcc"):
                raise CannotRun("gcc is not on the PATH: 'scripts/setup' installs it")
            target = self.folder / name
            source = BENCHMARKS / "children" / f"{name}.c"
            subprocess.run(["gcc", "-O2", "-static", "-Wall", "-Wextra", "-Werror", "-o", target, source], check=True)
            self._compiled[name] = target
        return self._compiled[name]

    @property
    def swarm(self) -> Path:
        """The program of the simulated agents: beside the others, or where its own package has it built."""
        for path in (self.programs / "swarm", BENCHMARKS / ".build" / "release" / "swarm"):
            if path.exists():
                return path
        raise CannotRun("there is no swarm: 'swift build -c release --package-path Benchmarks' makes it")

    @staticmethod
    def say(message: str) -> None:
        print(message, file=sys.stderr, flush=True)
