"""From the creation of a deployment's run until the first line of the user's flow."""

import random
import time

from measuring.machine import CannotRun
from measuring.stamp_pipe import StampPipe
from measuring.waiting import wait_until
from measuring.workbench import Workbench
from systems.sluice_server import ENDED

SAMPLES = {"cold": 2, "warm": 5, "worker": 2}
"""Of each deployment, in a round."""
WARMING_RUNS = 20
LONGEST_SECONDS = 60
SETTLE_SECONDS = 0.5
"""After a run, so that its process ends before the next one's turn."""


def starts(bench: Workbench, server) -> dict[str, list[float]]:
    """Seconds, by deployment."""
    with server.executing(), StampPipe(bench.new_folder("pipe")) as pipe:
        return {name: _samples(server, name, pipe) for name in server.deployments}


def _samples(server, name: str, pipe: StampPipe) -> list[float]:
    deployment = server.api.call("GET", f"/api/deployments/name/stamped/{name}")["id"]
    if name == "warm":
        _warm_up(server, deployment, pipe)
    samples = []
    for _ in range(SAMPLES[name]):
        time.sleep(random.uniform(0, server.longest_phase_seconds))
        samples.append(_start(server, deployment, pipe)[0])
    return samples


def _warm_up(server, deployment: str, pipe: StampPipe) -> None:
    """Runs the flow until it begins in a process that was forked."""
    if not any(_start(server, deployment, pipe)[1] == "warm" for _ in range(WARMING_RUNS)):
        raise CannotRun(f"none of {WARMING_RUNS} runs began warm")


def _start(server, deployment: str, pipe: StampPipe) -> tuple[float, str]:
    """How long it took to begin, and whether it began warm or cold."""
    before = time.monotonic_ns()
    path = f"/api/deployments/{deployment}/create_flow_run"
    run = server.api.call("POST", path, {"parameters": {"pipe": str(pipe.path)}})["id"]
    taken = (pipe.receive(LONGEST_SECONDS) - before) / 1e9
    state = wait_until(lambda: _final_state(server, run), f"flow run {run} has ended", LONGEST_SECONDS)
    if state["type"] != "COMPLETED":
        raise CannotRun(f"flow run {run} ended in {state['type']}: {state['message']}")
    time.sleep(SETTLE_SECONDS)
    return taken, state["message"]


def _final_state(server, run: str) -> dict | None:
    state = server.api.call("GET", f"/api/flow_runs/{run}")["state"]
    return state if state["type"] in ENDED else None
