"""Many flow runs of Prefect's client at once, and what becomes of them: every run, every task run, every event."""

import json
import time
from collections import Counter
from pathlib import Path

from .api import API, until
from .servers import SluiceServer
from .stage import CLIENTS, Stage

TASK_STATES = ["prefect.task-run.Pending", "prefect.task-run.Running", "prefect.task-run.Completed"]
FLOW_STATES = ["prefect.flow-run.Pending", "prefect.flow-run.Running", "prefect.flow-run.Completed"]
KILLED_SECONDS = 5
STEPS = 30


def say(text: str) -> None:
    print(text, flush=True)


def run_load(programs: Path, folder: Path, runs: int, tasks: int, clients: int, workers: bool) -> list[str]:
    """What is wrong after so many flow runs with so many tasks each, of so many clients; nothing, if all is well."""
    record = folder / "record.jsonl"
    with SluiceServer(programs, folder / "server") as server:
        with Stage(CLIENTS["3.8"], server, folder, record) as stage:
            started = time.monotonic()
            (by_workers if workers else by_scripts)(stage, runs, tasks, clients)
            say(f"{runs} flow runs of {tasks} tasks, {clients} at once: {time.monotonic() - started:.1f} s")
            until("every event", lambda: not missing_events(server.api, sent_events(record)), 120)
        return [*refusals(record), *lost_runs(server.api, runs, tasks), *lost_events(server.api, record, runs, tasks)]


def by_scripts(stage: Stage, runs: int, tasks: int, clients: int) -> None:
    """Each client is a process that runs its share of the flows by itself."""
    shares = [runs // clients + (number < runs % clients) for number in range(clients)]
    for program in [stage.start("load.py", str(share), str(tasks)) for share in shares]:
        stage.ended(program, 0)


def by_workers(stage: Stage, runs: int, tasks: int, clients: int) -> None:
    """Each client is a worker of Prefect's that executes runs of a deployment, at most two at once."""
    stage.cli("work-pool create place --type process")
    stage.cli("--no-prompt deploy --name loaded --prefect-file load.yaml")
    for number in range(clients):
        stage.prefect(f"worker start --pool place --name worker-{number} --limit 2").says("started!")
    deployment = stage.api.get("/deployments/name/loaded/loaded")["id"]
    for _ in range(runs):
        stage.api.post(f"/deployments/{deployment}/create_flow_run", {"parameters": {"tasks": tasks}})
    stage.until("all runs", lambda: stage.api.post("/flow_runs/count", ended_runs()) >= runs, 60 + 20 * runs)


def ended_runs() -> dict:
    return {"flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}}}}


def records(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def refusals(record: Path) -> list[str]:
    """Answers that say that the server could not."""
    found = Counter(
        f"{each['method']} {each['path']}: {each['status']}" for each in records(record)
        if each["kind"] == "http" and each["status"] >= 500)
    return [f"refused: {text} ({count} times)" for text, count in found.items()]


def lost_runs(api: API, runs: int, tasks: int) -> list[str]:
    flow_runs = api.all("/flow_runs/filter", flows={"name": {"any_": ["loaded"]}})
    completed = [each for each in api.all("/task_runs/filter") if each["state_name"] == "Completed"]
    task_runs = Counter(each["flow_run_id"] for each in completed)
    found = [f"{len(flow_runs)} flow runs and not {runs}"] if len(flow_runs) != runs else []
    for run in flow_runs:
        if run["state_name"] != "Completed" or task_runs[run["id"]] != tasks:
            found.append(f"flow run {run['id']}: {run['state_name']}, {task_runs[run['id']]} of {tasks} tasks")
    return found


def sent_events(record: Path) -> dict[str, str]:
    """The names of the events that clients have sent, by their ids."""
    return {
        each["frame"]["id"]: each["frame"]["event"] for each in records(record)
        if each["kind"] == "ws" and each["dir"] == "c>s" and "event" in each["frame"]
    }


def stored_events(api: API) -> dict[str, str]:
    """The names of the events that the server has, by their ids."""
    return {each["id"]: each["event"] for each in api.events()}


def missing_events(api: API, sent: dict[str, str]) -> set[str]:
    return sent.keys() - stored_events(api).keys()


def lost_events(api: API, record: Path, runs: int, tasks: int) -> list[str]:
    sent, stored = sent_events(record), stored_events(api)
    counts = Counter(stored.values())
    found = [f"event lost: {sent[each]} {each}" for each in sent.keys() - stored.keys()]
    wanted = dict.fromkeys(TASK_STATES, runs * tasks) | dict.fromkeys(FLOW_STATES, runs)
    return found + [
        f"{counts[name]} events {name} and not {count}" for name, count in wanted.items() if counts[name] != count]


def run_killed(programs: Path, folder: Path) -> list[str]:
    """What is wrong after the server was killed in the middle of a flow and started five seconds later."""
    with SluiceServer(programs, folder / "server") as server:
        with Stage(CLIENTS["3.8"], server, folder, folder / "record.jsonl") as stage:
            stage.environment["PREFECT_API_URL"] = server.api.url  # no proxy that outlives the server
            flow = stage.start("enduring.py", str(STEPS))
            stage.until("the first tasks", lambda: server.api.post("/task_runs/count") >= 4)
            server.kill()
            say(f"killed; starting again in {KILLED_SECONDS} s")
            time.sleep(KILLED_SECONDS)
            server.start()
            status = flow.wait(180)
            if status != 0 or f"RESULT {sum(range(STEPS))}" not in flow.output:
                return [f"the flow ended with {status}:\n{flow.output[-3000:]}"]
            return survivors(stage)


def survivors(stage: Stage) -> list[str]:
    """What of the flow the server does not know in the end, after some patience for events on their way."""
    def lost() -> list[str]:
        (run,) = stage.runs("enduring")
        ended = Counter(each["state_name"] for each in stage.api.all("/task_runs/filter"))
        found = [] if run["state_name"] == "Completed" else [f"the flow run is {run['state_name']}"]
        return found + ([] if ended == {"Completed": STEPS} else [f"task runs: {dict(ended)}, not {STEPS} completed"])

    try:
        until("all of the flow", lambda: not lost(), 30)
    except TimeoutError:
        return lost()
    return []
