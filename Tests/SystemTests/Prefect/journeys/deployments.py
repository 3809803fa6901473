"""Deployments: made, made again, listed, scheduled, served; runs with parameters that do not fit."""

import signal

from . import journey


def deploy(stage, file: str = "runs.yaml") -> None:
    """A pool, and the deployments of a file in it."""
    stage.cli("work-pool create place --type process")
    stage.cli(f"--no-prompt deploy --all --prefect-file {file}")


@journey("3.8", "2.20")
def deploying(stage):
    deploy(stage, "prefect.yaml")
    stage.cli("--no-prompt deploy --all")
    stage.cli("deployment ls", says=("typed/typed",))
    stage.cli("deployment inspect typed/typed", says=("made for a journey",))
    stage.cli("deployment inspect typed/missing", status=1)
    stage.until("scheduled runs", lambda: stage.runs("typed"))


@journey("3.8")
def deploying_from_python(stage):
    stage.cli("work-pool create place --type process")
    stage.python("deploying.py")
    stage.cli("deployment delete typed/from-python")
    stage.cli("deployment ls")


@journey("3.8", "2.20")
def schedules(stage):
    deploy(stage, "prefect.yaml")
    stage.cli("deployment schedule ls typed/typed", says=("cron",))
    stage.cli("deployment schedule create typed/typed --cron", "0 5 * * *")
    stage.cli("deployment schedule create typed/typed --interval 600")
    stage.cli("deployment schedule create typed/typed --rrule", '{"rrule": "FREQ=WEEKLY", "timezone": "UTC"}')
    kept = schedule_ids(stage)
    stage.cli(f"deployment schedule pause typed/typed {kept[0]}")
    stage.cli(f"deployment schedule resume typed/typed {kept[0]}")
    stage.cli(f"--no-prompt deployment schedule delete typed/typed {kept[1]} -y")
    stage.cli("deployment schedule clear typed/typed -y")
    assert not schedule_ids(stage)


def schedule_ids(stage) -> list[str]:
    return [each["id"] for each in stage.api.get("/deployments/name/typed/typed")["schedules"]]


@journey("3.8", "2.20")
def invalid_parameters(stage):
    deploy(stage)
    strict = stage.client.series != "2.20"
    stage.cli("deployment run typed/typed -p number=many", status=1 if strict else 0)
    stage.cli("deployment run typed/typed -p number=1 -p unheard=2", status=1)
    stage.cli("deployment run typed/missing", status=1)
    output = stage.python("invalid.py")
    assert output.count("REFUSED") == (2 if strict else 0), output


@journey("3.8", "2.20")
def serving(stage):
    """A process that serves a flow executes a run to its end, and another one until that is cancelled."""
    server = stage.start("serving.py")
    server.says("served")
    stage.until("the deployment", lambda: stage.api.ask("GET", "/deployments/name/typed/served")[0] == 200)
    stage.cli("deployment run typed/served --watch", timed=True)
    run = stage.run_of(stage.cli("deployment run typed/served -p seconds=100"))
    stage.run_in("Running", run)
    stage.cli(f"flow-run cancel {run}")
    stage.run_in("Cancelled", run)
    server.says("HOOK cancelled")
    server.stop(signal.SIGINT)
