"""The systems that are compared, each started and warm."""

from contextlib import ExitStack, contextmanager

from measuring.machine import CannotRun
from measuring.stamp_pipe import StampPipe
from measuring.workbench import Workbench
from systems.celery_system import CelerySystem
from systems.hyperqueue_system import HyperQueueSystem
from systems.sluice_system import SluiceSystem
from systems.spawn_loop_system import SpawnLoopSystem

SYSTEMS = {"sluice": SluiceSystem, "loop": SpawnLoopSystem, "hyperqueue": HyperQueueSystem, "celery": CelerySystem}
"""By what they are chosen. Sluice starts first and ends last: its end takes along what is left of all of them."""

WARMING_RUNS = 200


@contextmanager
def running_systems(bench: Workbench):
    """The chosen systems that can run here, the pipe of their stamps, and why the others cannot."""
    with ExitStack() as stack:
        pipe = stack.enter_context(StampPipe(bench.new_folder("pipe")))
        stamp = [str(bench.child("stamp")), str(pipe.path)]
        systems, missing = [], {}
        for choice in bench.options.systems:
            try:
                systems.append(stack.enter_context(SYSTEMS[choice](bench, stamp)))
            except CannotRun as reason:
                missing[SYSTEMS[choice].name] = str(reason)
                bench.say(f"bench: {SYSTEMS[choice].name} is left out: {reason}")
        for system in systems:
            system.run_many(WARMING_RUNS)
        yield systems, pipe, missing
