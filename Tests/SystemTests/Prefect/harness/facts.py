"""What a recording says, without its values: shapes of answers, transitions, events, exit statuses, the last picture."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from .operations import template
from .shapes import Shape, shape_of

RETRIED = {408, 429, 502, 503}
"""Answers that clients repeat their request after: they say something of the moment, not of the API."""

PASSED_ON = {
    "GET /collections/views/{view}", "GET /admin/settings", "GET /flow_runs/{id}/input/{key}",
    "POST /ui/flow_runs/count-task-runs", "POST /ui/flows/count-deployments", "POST /ui/flows/next-runs",
}
"""Operations that answer with what users gave, or with an object whose keys are ids."""

Answer = tuple[str, int]
"""An operation and the status that it was answered with."""


@dataclass
class Facts:
    """Everything about one journey that is compared."""

    answers: dict[Answer, Shape] = field(default_factory=dict)
    transitions: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    websockets: set[str] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    picture: list[str] = field(default_factory=list)
    sometimes: set[Answer] = field(default_factory=set)
    """Answers that some recordings of the journey have, and others have not."""
    complete: bool = False
    """Whether the commands and the picture were recorded."""

    def merge(self, other: "Facts") -> None:
        """Takes in another recording of the same journey: a complete one before those that are not."""
        apart = self.answers.keys() ^ other.answers.keys()
        self.sometimes |= other.sometimes | (apart if other.complete else apart - self.answers.keys())
        for answer, shape in other.answers.items():
            self.answers.setdefault(answer, Shape()).merge(shape)
        self.transitions |= other.transitions
        if other.complete:
            self.events |= other.events
            self.websockets |= other.websockets
            self.commands, self.picture, self.complete = other.commands, other.picture, True


class FactReader:
    """Goes through the lines of one recording."""

    def __init__(self) -> None:
        self.facts = Facts()
        self._states: dict[str, str] = {}

    def read(self, path: Path) -> Facts:
        for line in path.read_text().splitlines():
            record = json.loads(line)
            if handler := getattr(self, "_" + record["kind"].replace("-", "_"), None):
                handler(record)
        return self.facts

    def _http(self, record: dict) -> None:
        if record.get("blocked") or record.get("status") is None or record["status"] in RETRIED:
            return
        if not record["path"].startswith("/api/"):
            return
        name = f"{record['method']} {template(record['method'], record['path'])}"
        shape = self.facts.answers.setdefault((name, record["status"]), Shape())
        if record["status"] < 500:
            shape.merge(answer_shape(name, record["resp"]))
        self._follow(name, record)

    def _follow(self, name: str, record: dict) -> None:
        """Keeps track of the state that each run is known to be in."""
        said = record["resp"]
        if name.endswith("/set_state") and isinstance(said, dict) and "status" in said:
            run = record["path"].split("/")[-2]
            before = self._states.get(run, "")
            proposed, answered = state_name(record["req"]["state"]), state_name(said.get("state")) or before
            kind = "task run" if "task_runs" in record["path"] else "flow run"
            self.facts.transitions.add(f"{kind}: {before or '?'} + {proposed} = {said['status']} {answered}")
            self._states[run] = answered
        elif record["status"] in (200, 201):
            for run in said if isinstance(said, list) else [said]:
                self._note_state(run.get("flow_run", run) if isinstance(run, dict) else run)

    def _note_state(self, run: object) -> None:
        if isinstance(run, dict) and isinstance(run.get("state"), dict) and "id" in run:
            self._states[run["id"]] = state_name(run["state"])

    def _ws_open(self, record: dict) -> None:
        self.facts.websockets.add(template("WS", record["path"]))

    def _ws(self, record: dict) -> None:
        if record["dir"] == "c>s" and record["path"].endswith("/events/in") and "event" in record["frame"]:
            self.facts.events.add(record["frame"]["event"])
        elif record["dir"] == "s>c" and isinstance(record["frame"], dict):
            frame = record["frame"]
            answer = (f"WS {template('WS', record['path'])} {frame.get('type', 'message')}", 101)
            self.facts.answers.setdefault(answer, Shape()).merge(shape_of(frame))

    def _command(self, record: dict) -> None:
        self.facts.commands.append(f"{record['command']}: {record['status']}")

    def _picture(self, record: dict) -> None:
        self.facts.picture, self.facts.complete = record["lines"], True


def state_name(state: dict | None) -> str:
    """`Running` for the state of this name; the type, where there is none. A run that is late is a scheduled one."""
    if state is None:
        return ""
    name = state.get("name") or state["type"].capitalize()
    return "Scheduled" if name == "Late" else name


def answer_shape(name: str, said: object) -> Shape:
    """The shape of an answer; of what the server only passes on, no more than that it is an object."""
    if name in PASSED_ON and said is not None:
        return Shape({"map" if isinstance(said, dict) else "any"})
    return shape_of(said)


def read_facts(path: Path) -> Facts:
    return FactReader().read(path)
