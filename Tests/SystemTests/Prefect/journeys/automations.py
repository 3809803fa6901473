"""Automations and events."""

from . import journey
from .deployments import deploy


@journey("3.8")
def automations(stage):
    """An automation starts a run as soon as its event has come."""
    deploy(stage)
    stage.python("automating.py", says=("READ changed", "EMITTED"))
    stage.until("the run that the automation starts", lambda: stage.runs("typed"))
    (run,) = stage.runs("typed")
    assert run["parameters"]["number"] == 42 and run["parameters"]["word"] == "journey.1", run["parameters"]
    stage.cli("automation ls", says=("reaction",))
    stage.cli("automation inspect reaction", says=("journey.thing",))
    stage.cli("automation pause reaction")
    stage.cli("automation resume reaction")
    stage.cli("automation create -f automation.yaml")
    stage.cli("--no-prompt automation delete reaction")


@journey("3.8")
def events(stage):
    stream = stage.prefect("event stream --format json")
    stream.says("Subscribing")
    stage.cli("event emit journey.cli --resource-id journey.3")
    stream.says("journey.cli")
    stream.stop()
