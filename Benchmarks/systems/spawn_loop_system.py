"""What the operating system alone costs, among those that are compared: a loop in C. See children/spawn_loop.c."""

import subprocess

from measuring.workbench import Workbench


class SpawnLoopSystem:
    name = "C loop"
    version = "posix_spawn"

    def __init__(self, bench: Workbench, _stamp: list[str]):
        self.program, self.slots = bench.child("spawn_loop"), bench.options.slots

    def __enter__(self) -> "SpawnLoopSystem":
        return self

    def __exit__(self, *_) -> None:
        pass

    def run_many(self, count: int) -> float:
        """Seconds for `count` runs of `true`."""
        outcome = subprocess.run([self.program, str(count), str(self.slots)], check=True, capture_output=True, text=True)
        return float(outcome.stdout)
