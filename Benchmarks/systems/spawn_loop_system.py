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
        command = [self.program, str(count), str(self.slots)]
        return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
