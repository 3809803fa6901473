"""Whether the judge finds what it is there to find: each kind of lie is told once, and what is free is changed, too."""

import copy
from collections.abc import Callable

from .facts import Facts, FactReader
from .fixtures import Series, read_journey
from .judge import judge
from .shapes import Shape

SERIES, JOURNEY = "3.8", "cancelling"
RUN = ("GET /flow_runs/{id}", 200)


def drop_key(facts: Facts) -> None:
    del facts.answers[RUN].fields["state_type"]


def drop_key_deep(facts: Facts) -> None:
    del facts.answers["GET /deployments/name/{flow}/{name}", 200].fields["tags"]


def null(facts: Facts) -> None:
    facts.answers[RUN].fields["deployment_id"].kinds = {"null"}


def other_type(facts: Facts) -> None:
    facts.answers[RUN].fields["run_count"].kinds = {"string"}


def no_uuid(facts: Facts) -> None:
    facts.answers[RUN].fields["id"].kinds = {"string"}


def other_status(facts: Facts) -> None:
    facts.answers["POST /flow_runs/{id}/set_state", 500] = facts.answers.pop(("POST /flow_runs/{id}/set_state", 201))


def not_called(facts: Facts) -> None:
    del facts.answers["PATCH /flow_runs/{id}/labels", 204]


def called_more(facts: Facts) -> None:
    facts.answers["POST /unheard", 200] = Shape({"null"})


def other_transition(facts: Facts) -> None:
    facts.transitions.add("flow run: Cancelling + Cancelled = ABORT Cancelling")


def event_missing(facts: Facts) -> None:
    facts.events.discard("prefect.runner.cancelled-flow-run")


def socket_missing(facts: Facts) -> None:
    facts.websockets.discard("/events/out")


def other_exit(facts: Facts) -> None:
    facts.commands[-1] = facts.commands[-1].replace(": 0", ": 1")


def other_end(facts: Facts) -> None:
    facts.picture = [line.replace("Cancelling Cancelled", "Cancelling") for line in facts.picture]


LIES: list[Callable[[Facts], None]] = [
    drop_key, drop_key_deep, null, other_type, no_uuid, other_status, not_called, called_more, other_transition,
    event_missing, socket_missing, other_exit, other_end,
]


def key_more(facts: Facts) -> None:
    facts.answers[RUN].fields["of_our_own"] = Shape({"string"})


def value_for_null(facts: Facts) -> None:
    facts.answers[RUN].fields["end_time"].kinds = {"time"}


def transition_unseen(facts: Facts) -> None:
    facts.transitions.pop()


FREE: list[Callable[[Facts], None]] = [key_more, value_for_null, transition_unseen]


def self_test() -> list[str]:
    """What the judge overlooks, and what it objects to without a reason."""
    expected = read_journey(Series.read(SERIES), JOURNEY)
    wrong = ["the fixture itself differs"] if judge(expected, expected) else []
    for change in LIES + FREE:
        facts = copy.deepcopy(expected)
        change(facts)
        if bool(judge(expected, facts)) != (change in LIES):
            wrong.append(f"{'overlooked' if change in LIES else 'wrongly found'}: {change.__name__}")
    return wrong + reader_test()


def reader_test() -> list[str]:
    """Transitions are read off the order of proposals."""
    reader = FactReader()
    for proposed, status, answered in (("RUNNING", "ACCEPT", "Running"), ("FAILED", "REJECT", "AwaitingRetry")):
        reader._http({
            "method": "POST", "path": "/api/flow_runs/1/set_state", "status": 201, "req": {"state": {"type": proposed}},
            "resp": {"status": status, "state": {"type": "X", "name": answered}, "details": {"type": "x"}}})
    wanted = {"flow run: ? + Running = ACCEPT Running", "flow run: Running + Failed = REJECT AwaitingRetry"}
    return [] if reader.facts.transitions == wanted else [f"transitions read as {reader.facts.transitions}"]
