"""An automation: made, read, changed, switched off and on; then the event that it waits for."""

from prefect.automations import Automation
from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import EventTrigger, Posture

with get_client(sync_client=True) as client:
    deployment = client.read_deployment_by_name("typed/typed")
made = Automation(
    name="reaction",
    trigger=EventTrigger(
        expect={"journey.thing"}, match={"prefect.resource.id": "journey.*"}, posture=Posture.Reactive, threshold=1,
        within=0),
    actions=[
        RunDeployment(deployment_id=deployment.id, parameters={"number": 42, "word": "{{ event.resource.id }}"})],
).create()
read = Automation.read(name="reaction")
read.description = "changed"
read.update()
read.disable()
read.enable()
print("READ", Automation.read(id=made.id).description)
emit_event(
    "journey.thing", resource={"prefect.resource.id": "journey.1", "of": "journey"},
    related=[{"prefect.resource.id": "journey.2", "prefect.resource.role": "neighbour"}], payload={"a": 1})
print("EMITTED")
