"""The picture that a journey leaves behind on the server: runs with the states that they had, and what was made.

Names and states only: no ids, no times. What depends on the moment is left out: runs that a schedule has made ahead,
the status of workers and pools, and the names of task runs.
"""

import re
from collections import Counter

from .api import API, Unavailable
from .facts import state_name

HASHED = re.compile(r"-[0-9a-f]{8}$")
TIMED_EVENTS = re.compile(
    r"prefect\.(work-pool|work-queue|deployment|worker)\.(ready|not-ready|paused|healthy|unhealthy)|"
    r"prefect\.flow-run\.(Late|heartbeat)")
"""Events that depend on how long something took."""


def picture(api: API, events: bool) -> list[str]:
    """The lines of the picture; `events` where the server has them."""
    flows = {each["id"]: each["name"] for each in api.all("/flows/filter")}
    runs = [each for each in api.all("/flow_runs/filter") if not waiting_for_schedule(each)]
    names = {each["id"]: flows.get(each["flow_id"], "?") for each in runs}
    lines = [
        *(f"flow run {names[run['id']]}: {history(api, 'flow_run', run)}" for run in runs),
        *task_runs(api, names), *made(api, flows), *(event_names(api) if events else []),
    ]
    return sorted(f"{line} x{count}" if count > 1 else line for line, count in Counter(lines).items())


def waiting_for_schedule(run: dict) -> bool:
    return run["auto_scheduled"] and run["state_type"] == "SCHEDULED"


def history(api: API, kind: str, run: dict) -> str:
    """The names of the states that a run went through, in order."""
    states = api.get(f"/{kind}_states/?{kind}_id={run['id']}")
    names = [state_name(each) for each in sorted(states, key=lambda state: state["timestamp"])]
    kept = [name for name, before in zip(names, ["", *names]) if not name == before == "Scheduled"]
    return " ".join(kept) + ("" if kept and kept[-1] == state_name(run["state"]) else f" but is {run['state_name']}")


def task_runs(api: API, names: dict[str, str]) -> list[str]:
    return [
        f"task run {names.get(run['flow_run_id'], 'of no flow')}/{task_name(run)}: {history(api, 'task_run', run)}"
        for run in api.all("/task_runs/filter")
        if run["flow_run_id"] is None or run["flow_run_id"] in names
    ]


def task_name(run: dict) -> str:
    """The name of the task: its key without its module and without a hash."""
    return HASHED.sub("", run["task_key"]).split(".")[-1]


def made(api: API, flows: dict[str, str]) -> list[str]:
    """What else there is: deployments, places, configuration, limits, automations."""
    lines = []
    for each in api.all("/deployments/filter"):
        active = sum(schedule["active"] for schedule in each["schedules"])
        lines.append(
            f"deployment {flows.get(each['flow_id'])}/{each['name']}: {active} of {len(each['schedules'])} schedules, "
            f"pool {each['work_pool_name']}, queue {each['work_queue_name']}")
    for pool in api.all("/work_pools/filter"):
        lines.append(f"work pool {pool['name']}: {pool['type']}, paused {pool['is_paused']}")
        for queue in api.all(f"/work_pools/{pool['name']}/queues/filter"):
            lines.append(
                f"work queue {pool['name']}/{queue['name']}: priority {queue['priority']}, "
                f"paused {queue['is_paused']}, limit {queue['concurrency_limit']}")
    lines += [f"variable {each['name']}: tags {each['tags']}" for each in api.all("/variables/filter")]
    lines += [f"artifact {each['key']}: {each['type']}" for each in api.all("/artifacts/filter")]
    lines += [f"block {each['block_type']['slug']}/{each['name']}" for each in api.all("/block_documents/filter")
              if not each["is_anonymous"]]
    lines += [f"tag limit {each['tag']}: {each['concurrency_limit']}" for each in api.all("/concurrency_limits/filter")]
    lines += [f"limit {limit_name(each)}: {each['limit']}, {each['active_slots']} taken, active {each['active']}"
              for each in optional(api, "/v2/concurrency_limits/filter") if not each["name"].startswith("tag:")]
    automations = optional(api, "/automations/filter")
    return lines + [f"automation {each['name']}: enabled {each['enabled']}" for each in automations]


def limit_name(limit: dict) -> str:
    """Limits of deployments are named by an id, which is another one each time."""
    return "of a deployment" if limit["name"].startswith("deployment:") else limit["name"]


def optional(api: API, path: str) -> list[dict]:
    """What a server that knows nothing of the kind has none of."""
    try:
        return api.all(path)
    except Unavailable:
        return []


def event_names(api: API) -> list[str]:
    """The names of the events that the server has."""
    names = {each["event"] for each in api.events()}
    return [f"event {name}" for name in names if not TIMED_EVENTS.fullmatch(name)]
