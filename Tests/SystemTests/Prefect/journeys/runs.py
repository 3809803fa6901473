"""Runs that a worker executes, and the commands on runs."""

import json

from . import journey
from .deployments import deploy


@journey("3.8", "2.20")
def watched_run(stage):
    deploy(stage)
    stage.worker("place")
    output = stage.cli("deployment run typed/typed -p number=3 --watch")
    stage.run_in("Completed", stage.run_of(output))


@journey("3.8", "2.20")
def cancelling(stage):
    deploy(stage)
    worker = stage.worker("place")
    run = stage.run_of(stage.cli("deployment run typed/typed -p seconds=100"))
    stage.run_in("Running", run)
    stage.cli(f"flow-run cancel {run}")
    stage.run_in("Cancelled", run)
    worker.says("HOOK cancelled")


@journey("3.8", "2.20")
def run_commands(stage):
    """Runs without a worker: listed, looked at, cancelled, deleted; tasks and logs of one that ended."""
    stage.python("small.py", says=("RESULT 42",))
    deploy(stage)
    (done,) = stage.runs("small")
    stage.until("its log", lambda: stage.api.all("/logs/filter", logs={"flow_run_id": {"any_": [done["id"]]}}))
    stage.cli("flow-run ls --limit 5", says=("small",))
    stage.cli("flow-run ls --state COMPLETED", says=("small",))
    stage.cli("flow-run ls --state Running")
    stage.cli(f"flow-run inspect {done['id']}", says=("Completed",))
    stage.cli(f"flow-run logs {done['id']}", says=("a line of the log",))
    stage.cli(f"flow-run logs {done['id']} --head --num-logs 1")
    stage.cli("flow ls", says=("small",))
    run = stage.run_of(stage.cli("deployment run typed/typed --start-in", "1 hour"))
    stage.cli(f"flow-run cancel {run}")
    stage.cli(f"--no-prompt flow-run delete {run}")
    stage.cli(f"flow-run inspect {run}", status=1)


@journey("3.8")
def task_commands(stage):
    stage.python("small.py", says=("RESULT 42",))
    stage.until("its task run", lambda: stage.api.all("/task_runs/filter"))
    (task_run,) = stage.api.all("/task_runs/filter")
    stage.cli("api GET /health", says=("true",))
    stage.cli("api POST /flows/filter --data", "{}", says=("small",))
    stage.cli("task-run ls --limit 5", says=("double",))
    stage.cli(f"task-run inspect {task_run['id']}", says=("double",))
    stage.cli(f"task-run logs {task_run['id']}")


@journey("3.8")
def suspending(stage):
    """A run suspends itself; its process ends, and another one goes on when it has been resumed."""
    deploy(stage)
    worker = stage.worker("place")
    run = stage.run_of(stage.cli("deployment run suspending/suspending"))
    stage.run_in("Suspended", run)
    # The process that suspended itself lives a little longer. A worker that is handed the run again before that process
    # is gone mixes up the two: it may say that the second "could not be started", and that the run has crashed.
    worker.says("exited cleanly")
    stage.python("resuming.py", run, json.dumps({"name": "somebody"}), says=("RESUMED",))
    stage.run_in("Completed", run)


@journey("3.8")
def suspending_from_outside(stage):
    deploy(stage)
    stage.worker("place")
    run = stage.run_of(stage.cli("deployment run lasting/lasting"))
    stage.run_in("Running", run)
    stage.python("suspending_from_outside.py", run, says=("SUSPENDED",))
    stage.run_in("Suspended", run)


@journey("3.8")
def calling_a_deployment(stage):
    deploy(stage)
    stage.worker("place")
    run = stage.run_of(stage.cli("deployment run calling/calling"))
    stage.run_in("Completed", run)


@journey("3.8")
def retrying_in_a_worker(stage):
    deploy(stage)
    stage.worker("place")
    run = stage.run_of(stage.cli("deployment run breaking/breaking"))
    stage.run_in("Failed", run)
    # A worker reports the end of a process that failed as a crash, and does so twice. That is refused, unless a retry
    # is asked for first.
    stage.until("the worker's last word", lambda: stage.proposals("CRASHED", run) == 2)
    stage.cli(f"flow-run retry {run}")
    stage.cli(f"flow-run watch {run}", status=1)
    stage.run_in("Failed", run)


@journey("3.8")
def crashing(stage):
    deploy(stage)
    stage.worker("place")
    run = stage.run_of(stage.cli("deployment run crashing/crashing"))
    stage.run_in("Crashed", run)


@journey("3.8")
def waiting_for_a_run(stage):
    deploy(stage)
    stage.worker("place")
    stage.python("waiting.py", says=("SAME True", "END Completed"))
