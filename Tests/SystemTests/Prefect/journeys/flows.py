"""Scripts that run flows by themselves."""

import json

from . import journey


@journey("3.8", "2.20")
def plain(stage):
    stage.python("plain.py", says=("RESULT [20, 36, 6, 'FAILED']", "STATE Failed"))


@journey("3.8")
def caching(stage):
    output = stage.python("remembering.py", says=("STATE Completed ResultRecord", "ROLLED BACK"))
    assert output.count("COMPUTING") == 1, output


@journey("3.8")
def background_tasks(stage):
    server = stage.start("background.py", "serve")
    server.says("Subscribing")
    stage.python("background.py", says=("FIRST Completed 5", "SECOND Failed", "MAPPED ['Completed', 'Completed']"))
    server.stop()


@journey("3.8", "2.20")
def pausing(stage):
    """A flow waits for input that another process gives, wrongly at first."""
    flow = stage.start("pausing.py")
    first = paused(stage, 1)
    stage.python("resuming.py", first, json.dumps({"count": "many", "name": []}), says=("REFUSED",))
    stage.python("resuming.py", first, json.dumps({"name": "somebody"}), says=("RESUMED",))
    flow.says("FIRST somebody 5")
    stage.python("resuming.py", paused(stage, 2), json.dumps({"value": "words"}), says=("RESUMED",))
    flow.says("SECOND words")
    third = paused(stage, 3)
    stage.python("resuming.py", third, says=("RESUMED",))
    stage.ended(flow, 0)
    stage.python("resuming.py", third, says=("REFUSED",))


def paused(stage, times: int) -> str:
    """The id of the flow run once it has paused so many times."""
    def found() -> str | None:
        for run in stage.runs("pausing"):
            states = stage.api.get(f"/flow_run_states/?flow_run_id={run['id']}")
            if run["state_name"] == "Paused" and sum(state["name"] == "Paused" for state in states) == times:
                return run["id"]
        return None
    return stage.until(f"pause {times}", found)
