"""(i) What Prefect's own client has from Sluice, and what from Prefect's own server."""

import shutil
import time
from pathlib import Path

from figures.figure import Figure, Line
from figures.prefect_starts import starts
from figures.prefect_table import FINISHED_RUNS, FLOWS, LISTED_RUNS, LOADS, table
from measuring.http_load import call_for, require_wrk
from measuring.machine import CannotRun
from measuring.waiting import wait_until
from measuring.workbench import Workbench
from systems.prefect_client import require_installed, version
from systems.prefect_server import PrefectServer
from systems.sluice_for_prefect import SluiceForPrefect

SYSTEMS = [SluiceForPrefect, PrefectServer]
SETTLE_SECONDS = 2
LOAD_SECONDS = 1


class PrefectClients(Figure):
    name = "prefect"
    title = "(i) Prefect's clients, with Sluice and with Prefect's own server"

    def measure(self, bench: Workbench) -> dict:
        require_installed()
        require_wrk()
        prepared = {system: prepare(bench, system) for system in SYSTEMS}
        rounds = {system.name: [] for system in SYSTEMS}
        for number in range(bench.options.rounds):
            for system in SYSTEMS:
                rounds[system.name].append(live_a_round(bench, system, prepared[system]))
                bench.say(f"prefect, round {number + 1}: {system.name}: {rounds[system.name][-1]}")
        return {"tasks": bench.options.tasks, "rounds": rounds, "versions": {"Prefect": version()}}

    def lines(self, result: dict) -> list[Line]:
        ours, theirs = (result["rounds"][system.name] for system in SYSTEMS)
        return table(result["tasks"], ours, theirs)


def prepare(bench: Workbench, system) -> Path:
    """What each round begins with: a pool, deployments, and runs that have ended; and nothing else."""
    folder = bench.new_folder("prepared")
    with system(bench, folder) as server:
        server.client.deploy(server.deployments)
        flow = server.api.call("POST", "/api/flows/", {"name": "listed"})["id"]
        for _ in range(FINISHED_RUNS):
            server.api.call("POST", "/api/flow_runs/", {"flow_id": flow, "state": {"type": "COMPLETED"}})
    return folder


def live_a_round(bench: Workbench, system, prepared: Path) -> dict:
    folder = shutil.copytree(prepared, bench.new_folder("prefect"))
    with system(bench, folder) as server:
        time.sleep(SETTLE_SECONDS)
        memory = {"fresh": server.memory_kib()}
        flows = {name: run_flow(bench, server, name) for name in FLOWS}
        begun = starts(bench, server)
        loads = {name: load(server, name) for name in LOADS}
        time.sleep(SETTLE_SECONDS)
        memory["worked"] = server.memory_kib()
    bench.remove(folder)
    return {"flows": flows, "starts": begun, "loads": loads, "memory_kib": memory}


def run_flow(bench: Workbench, server, name: str) -> dict:
    """What one flow took: by itself, and until the server has the end of each of its tasks."""
    already, tasks = completed(server, "task_runs"), bench.options.tasks
    before, used = time.monotonic(), server.processor_seconds()
    taken = server.client.run_flow(name, tasks)
    wait_until(lambda: completed(server, "task_runs") == already + tasks, "the server has all task runs", 60)
    return taken | {
        "known_seconds": time.monotonic() - before, "server_processor_seconds": server.processor_seconds() - used,
    }


def completed(server, what: str) -> int:
    return server.api.call("POST", f"/api/{what}/count", {what: {"state": {"type": {"any_": ["COMPLETED"]}}}})


def load(server, name: str) -> dict:
    """Calls a second, or lives a second, and how many calls were refused."""
    (flow, run), (_, clients) = listed(server), LOADS[name]
    kind, what = {"get": ("get", run), "filter": ("filter", str(LISTED_RUNS))}.get(name, ("lives", flow))
    before = completed(server, "flow_runs")
    seen = call_for(LOAD_SECONDS, clients, server.http_port, kind, what)
    if (lives := seen["lives"]) > (ended := completed(server, "flow_runs") - before):
        raise CannotRun(f"{lives} runs have completed, and the server knows of {ended}")
    done = lives if kind == "lives" else seen["calls"] - seen["refused"]
    return {"a_second": done / seen["seconds"], "failed": max(seen["refused"], seen["broken"], seen["lost"])}


def listed(server) -> tuple[str, str]:
    """The flow of the runs that are looked at, and one of these."""
    (run,) = server.api.call("POST", "/api/flow_runs/filter", {"flows": {"name": {"any_": ["listed"]}}, "limit": 1})
    return run["flow_id"], run["id"]

