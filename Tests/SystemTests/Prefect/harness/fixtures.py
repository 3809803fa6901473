"""The fixtures: what the reference server does, as text that people read and compare.

`fixtures/SERIES/answers.txt` has the shape of each answer, over all journeys of a series of clients. `fixtures/SERIES/
JOURNEY.txt` has what one journey calls, with what is never null in it, its transitions, events, commands and its end.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .facts import Answer, Facts
from .grammar import EntityTable, Grammar, camel
from .operations import FIXTURES
from .shapes import Shape

NOUNS = {
    "flow_runs": "FlowRun", "create_flow_run": "FlowRun", "get_runs": "FlowRun", "task_runs": "TaskRun",
    "flows": "Flow", "set_state": "OrchestrationResult", "resume": "OrchestrationResult", "deployments": "Deployment",
    "schedules": "DeploymentSchedule", "work_pools": "WorkPool", "queues": "WorkQueue", "work_queues": "WorkQueue",
    "workers": "Worker", "get_scheduled_flow_runs": "ScheduledFlowRun", "logs": "Log", "status": "QueueStatus",
    "block_types": "BlockType", "block_schemas": "BlockSchema", "checksum": "BlockSchema",
    "block_documents": "BlockDocument", "variables": "Variable", "artifacts": "Artifact",
    "latest": "ArtifactCollection", "concurrency_limits": "ConcurrencyLimit", "increment-with-lease": "LeaseResult",
    "automations": "Automation",
    "events": "Event", "csrf-token": "CsrfToken", "storage": "Storage",
}
ANSWERS = "answers.txt"


def hint(answer: Answer) -> str:
    """A name for what an operation answers with."""
    name, status = answer
    if status >= 400:
        return "Problem"
    if name.startswith("WS "):
        return camel(name.split(" ")[-1]) + "Frame"
    nouns = [NOUNS[part] for part in name.split(" ")[1].split("/") if part in NOUNS]
    return nouns[-1] if nouns else "Answer"


def never_null(loose: Shape, tight: Shape, place: str = "") -> list[str]:
    """The places that may be null in the one shape and are not in the other."""
    found = [place] if loose.nullable and tight.kinds and not tight.nullable else []
    for key, below in sorted(tight.fields.items()):
        if key in loose.fields:
            found += never_null(loose.fields[key], below, f"{place}.{key}")
    if tight.element is not None and loose.element is not None:
        found += never_null(loose.element, tight.element, place + "[]")
    return found


def forbid_null(shape: Shape, places: list[str]) -> Shape:
    """A copy that is not nullable at these places."""
    copy = deep_copy(shape)
    for place in places:
        at = copy
        for step in place.replace("[]", ".[]").split("."):
            if step:
                at = at.element if step == "[]" else at.fields.get(step)
            if at is None:
                break
        if at is not None:
            at.kinds.discard("null")
    return copy


def deep_copy(shape: Shape) -> Shape:
    return Shape(
        set(shape.kinds), {key: deep_copy(each) for key, each in shape.fields.items()}, set(shape.optional),
        deep_copy(shape.element) if shape.element else None)


@dataclass
class Series:
    """What the reference server answers the clients of one series."""

    name: str
    answers: dict[Answer, Shape] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return FIXTURES / self.name

    def write(self) -> None:
        table = EntityTable()
        for answer in sorted(self.answers, key=lambda answer: (answer[0].startswith("WS "), hint(answer), answer)):
            table.collect(self.answers[answer], hint(answer))
        entities = read_entities(table.lines())
        lines = [
            f"# What the reference server answers clients of the series {self.name}, distilled from recordings of it by",
            "# scripts/prefect-shapes: `METHOD PATH STATUS SHAPE | places that are never null`, then what the shapes mean.",
            "",
        ]
        for name, status in by_path(self.answers):
            shape = self.answers[name, status]
            expression = table.expression(shape)
            places = never_null(Grammar(entities).shape(expression), shape)
            lines.append(f"{name} {status} {expression}" + (f" | {' '.join(places)}" if places else ""))
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / ANSWERS).write_text("\n".join(lines + table.lines()) + "\n")

    @classmethod
    def read(cls, name: str) -> "Series":
        series = cls(name)
        lines = (series.folder / ANSWERS).read_text().splitlines()
        grammar = Grammar(read_entities(lines))
        for line in lines:
            if " /" in line and not line.startswith("#"):
                answer, expression, places = parse_answer(line)
                series.answers[answer] = forbid_null(grammar.shape(expression), places)
        return series


def by_path(answers: Iterable[Answer]) -> list[Answer]:
    return sorted(answers, key=lambda answer: (answer[0].split(" ")[1], answer))


def parse_answer(line: str) -> tuple[Answer, str, list[str]]:
    """The parts of `METHOD PATH [TYPE] STATUS SHAPE | PLACES`."""
    text, _, places = line.partition(" | ")
    words = text.split(" ")
    at = next(position for position, word in enumerate(words) if word.isdigit())
    return (" ".join(words[:at]), int(words[at])), " ".join(words[at + 1:]), places.split()


def read_entities(lines: list[str]) -> dict[str, dict[str, str]]:
    entities: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in lines:
        if line.startswith("    "):
            key, expression = line.strip().split(" ", 1)
            current[key] = expression
        elif line and " " not in line:
            current = entities[line] = {}
    return entities


SECTIONS = ("operations", "sometimes", "websockets", "transitions", "events", "commands", "end")


def write_journey(series: Series, journey: str, facts: Facts) -> None:
    """Writes the fixture of one journey."""
    def line(answer: Answer) -> str:
        places = never_null(series.answers[answer], facts.answers[answer])
        return f"{answer[0]} {answer[1]}" + (f" | {' '.join(places)}" if places else "")

    ordered = by_path(facts.answers)
    content = {
        "operations": [line(answer) for answer in ordered if answer not in facts.sometimes],
        "sometimes": [line(answer) for answer in ordered if answer in facts.sometimes],
        "websockets": sorted(facts.websockets), "transitions": sorted(facts.transitions),
        "events": sorted(facts.events), "commands": facts.commands, "end": facts.picture,
    }
    lines = [f"# The journey '{journey}' of the series {series.name} against the reference server."]
    for section in SECTIONS:
        if content[section]:
            lines += ["", section, *("    " + each for each in content[section])]
    (series.folder / f"{journey}.txt").write_text("\n".join(lines) + "\n")


def read_journey(series: Series, journey: str) -> Facts:
    """What the reference server did in a journey: each answer with the shape that it has in the series, narrowed."""
    sections: dict[str, list[str]] = {name: [] for name in SECTIONS}
    current: list[str] = []
    for line in (series.folder / f"{journey}.txt").read_text().splitlines():
        if line.startswith("    "):
            current.append(line.strip())
        elif line in sections:
            current = sections[line]
    facts = Facts(
        transitions=set(sections["transitions"]), events=set(sections["events"]),
        websockets=set(sections["websockets"]), commands=sections["commands"], picture=sections["end"], complete=True)
    for section in ("operations", "sometimes"):
        for line in sections[section]:
            answer, _, places = parse_answer(line)
            facts.answers[answer] = forbid_null(series.answers[answer], places)
            if section == "sometimes":
                facts.sometimes.add(answer)
    return facts
