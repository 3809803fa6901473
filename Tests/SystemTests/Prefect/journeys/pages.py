"""What Prefect's own pages ask for when they are opened, asked in their stead: they are not part of this project."""

from datetime import datetime, timedelta, timezone

from . import journey
from .deployments import deploy

TASK_RUNS = 8
"""Of the flow `outer` in plain.py, its sub-flow included."""
ENDED = {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}


def days(count: int) -> dict[str, str]:
    """From so many days ago until an hour from now, as filters say it."""
    now = datetime.now(timezone.utc)
    return {"after_": moment(now - timedelta(days=count)), "before_": moment(now + timedelta(hours=1))}


def moment(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@journey("pages")
def pages_of_runs(stage):
    """The dashboard, lists of runs and flows, one run with its graph, one flow."""
    stage.python("plain.py")
    stage.python("keeping.py")
    deploy(stage)
    run = ended_run(stage)
    ask = stage.ask
    for path in ("/admin/settings", "/admin/version", "/health"):
        ask("GET", path)
    dashboard(ask)
    lists(ask)
    one_run(ask, run)
    one_flow(ask, run["flow_id"])


def ended_run(stage) -> dict:
    """The run of many tasks, once the server has them all."""
    (run,) = stage.runs("outer")
    chosen = {"id": {"any_": [run["id"]]}}
    stage.until("its task runs", lambda: len(stage.api.all("/task_runs/filter", flow_runs=chosen)) == TASK_RUNS)
    return run


def dashboard(ask) -> None:
    expected = {"expected_start_time": days(1)}
    started = {"start_time": days(1)}
    ask("POST", "/flow_runs/count", {})
    for state in (ENDED, {"type": {"any_": ["SCHEDULED", "PAUSED"]}}, {"name": {"any_": ["late"]}}):
        ask("POST", "/flow_runs/count", {"flow_runs": {**expected, "state": state}, "sort": "EXPECTED_START_TIME_DESC"})
    ask("POST", "/task_runs/count", {"task_runs": {**started, "state": ENDED}, "subflow_runs": {"exists_": False}})
    ask("POST", "/task_runs/history", {
        "flow_runs": {}, "task_runs": started, "history_start": days(1)["after_"], "history_end": days(1)["before_"],
        "history_interval_seconds": 4320})
    (pool,) = [each for each in ask("POST", "/work_pools/filter", {}) if each["name"] == "place"]
    of_pool = {"work_pools": {"id": {"any_": [pool["id"]]}}}
    ask("POST", "/flow_runs/lateness", {"flow_runs": expected, **of_pool})
    ask("POST", "/flow_runs/filter", {"flow_runs": expected, **of_pool, "limit": 14, "sort": "START_TIME_DESC"})
    ask("POST", "/work_pools/place/workers/filter", {})
    ask("POST", "/work_pools/place/queues/filter", {"limit": 51})


def lists(ask) -> None:
    ask("POST", "/saved_searches/filter", {})
    ask("POST", "/ui/flow_runs/history", {
        "flow_runs": {"start_time": days(7)}, "limit": 100, "offset": 0, "sort": "START_TIME_DESC"})
    page = ask("POST", "/flow_runs/paginate", {
        "flow_runs": {"start_time": days(7)}, "limit": 100, "page": 1, "sort": "START_TIME_DESC"})
    ask("POST", "/task_runs/paginate", {"limit": 100, "page": 1, "sort": "EXPECTED_START_TIME_DESC"})
    ask("POST", "/ui/flow_runs/count-task-runs", {"flow_run_ids": [each["id"] for each in page["results"]]})
    ask("POST", "/flows/count", {})
    page = ask("POST", "/flows/paginate", {"limit": 10, "page": 1, "sort": "NAME_ASC"})
    flows = [each["id"] for each in page["results"]]
    ask("POST", "/ui/flows/count-deployments", {"flow_ids": flows})
    ask("POST", "/ui/flows/next-runs", {"flow_ids": flows})
    ask("POST", "/flows/filter", {"flows": {"id": {"any_": flows}}})


def one_run(ask, run: dict) -> None:
    chosen = {"flow_runs": {"id": {"any_": [run["id"]]}}}
    ask("GET", f"/flow_runs/{run['id']}")
    ask("POST", "/task_runs/count", {**chosen, "task_runs": {"subflow_runs": {"exists_": False}}})
    ask("POST", "/flow_runs/filter", {"flow_runs": {"parent_flow_run_id": {"any_": [run["id"]]}, "state": ENDED}})
    ask("POST", "/logs/filter", {
        "logs": {"flow_run_id": {"any_": [run["id"]]}, "level": {"ge_": 0}}, "limit": 200, "offset": 0,
        "sort": "TIMESTAMP_ASC"})
    ask("GET", f"/flow_runs/{run['id']}/graph-v2")
    occurred = {"since": days(1)["after_"], "until": days(1)["before_"]}
    ask("POST", "/events/filter", {"filter": {
        "any_resource": {"id": [f"prefect.flow-run.{run['id']}"]}, "occurred": occurred,
        "event": {"exclude_prefix": ["prefect.log.write", "prefect.task-run."]}}})
    ask("POST", "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
    ask("POST", "/task_runs/filter", chosen)


def one_flow(ask, flow: str) -> None:
    chosen = {"flows": {"id": {"any_": [flow]}}}
    ask("GET", f"/flows/{flow}")
    ask("POST", "/flow_runs/paginate", {**chosen, "limit": 10, "page": 1, "sort": "START_TIME_DESC"})
    ask("POST", "/task_runs/count", {**chosen, "task_runs": {"start_time": days(7), "state": ENDED}})
    ask("POST", "/deployments/filter", chosen)


@journey("pages")
def pages_of_settings(stage):
    """Deployments and the form for a run of one; places, blocks, variables, artifacts, limits, automations, events."""
    stage.python("blocks.py")
    stage.python("keeping.py")
    stage.cli("gcl create slots --limit 2")
    stage.cli("concurrency-limit create scarce 1")
    deploy(stage)
    stage.cli("automation create -f automation.yaml")
    ask = stage.ask
    deployments(ask)
    ask("POST", "/work_pools/count", {})
    ask("POST", "/work_queues/filter", {})
    for body in ({}, {"limit": 10}):
        ask("POST", "/block_documents/count", body)
    ask("GET", "/admin/storage")
    ask("POST", "/block_types/filter", {})
    ask("POST", "/block_documents/filter", {"limit": 10, "offset": 0})
    ask("POST", "/variables/filter", {})
    ask("POST", "/variables/count", {})
    kept = {"artifacts": {"key": {"exists_": True}, "type": {}}}
    ask("POST", "/artifacts/latest/filter", kept)
    ask("POST", "/artifacts/latest/count", kept)
    for limit in ask("POST", "/v2/concurrency_limits/filter", {}):
        ask("GET", f"/v2/concurrency_limits/{limit['id']}")
    ask("POST", "/concurrency_limits/filter", {})
    ask("POST", "/automations/filter", {})
    counted_events(ask)


def deployments(ask) -> None:
    ask("POST", "/deployments/count", {})
    page = ask("POST", "/deployments/paginate", {
        "limit": 10, "page": 1, "sort": "NAME_ASC", "deployments": {"flow_or_deployment_name": {"like_": "typed"}}})
    (deployment,) = page["results"]
    ask("GET", f"/deployments/{deployment['id']}")
    ask("GET", "/work_pools/place")
    ask("GET", "/work_pools/place/queues/default")
    ask("GET", f"/automations/related-to/prefect.deployment.{deployment['id']}")


def counted_events(ask) -> None:
    occurred = {"since": days(1)["after_"], "until": days(1)["before_"]}
    chosen = {"filter": {"occurred": occurred, "event": {"exclude_prefix": ["prefect.log.write"]}, "order": "DESC"}}
    ask("POST", "/events/filter", {**chosen, "limit": 50})
    ask("POST", "/events/count-by/event", chosen)
    ask("POST", "/events/count-by/time", {**chosen, "time_unit": "hour", "time_interval": 1})
