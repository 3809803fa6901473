"""The lines of figure (i): each of Sluice, with Prefect's own server as its bar, and one of that."""

from figures.figure import Line
from measuring.quantities import count, mebibytes, median, seconds, spread, times

FINISHED_RUNS = 1000
LISTED_RUNS = 20

FLOWS = {"plain": "flow of {} tasks, one after the other", "mapped": "flow of {} tasks, by `.map`"}
STARTS = {
    "cold": ("Sluice's agent, cold", 3.0), "warm": ("Sluice's agent, warm", 0.3), "worker": ("Prefect's worker", None),
}
"""By deployment: who executes its runs, and within how many seconds these are to begin."""
LOADS = {
    "get": ("`GET /flow_runs/{id}`", 8),
    "filter": (f"`POST /flow_runs/filter`, {LISTED_RUNS} of {count(FINISHED_RUNS)}", 8),
    "life": ("a run created, Running and Completed, 3 calls", 1),
    "lives": ("a run created, Running and Completed, 3 calls", 8),
}
"""What is called, and by how many clients at once."""
MEMORY = {"fresh": "idle after its start", "worked": "idle after all of this"}


def table(tasks: int, ours: list[dict], theirs: list[dict]) -> list[Line]:
    """Of these rounds, with flows of so many tasks."""
    lines = []
    for name, what in FLOWS.items():
        lines += _flow_lines(what.format(tasks), *([each["flows"][name] for each in rounds] for rounds in (ours, theirs)))
    lines += [_start_line(name, [*ours, *theirs]) for name in STARTS]
    for name, (what, clients) in LOADS.items():
        what = f"{what}, {clients} client{'s' if clients > 1 else ''}"
        lines += _load_lines(what, *([each["loads"][name] for each in rounds] for rounds in (ours, theirs)))
    for name, what in MEMORY.items():
        lines += _memory_lines(what, *([each["memory_kib"][name] for each in rounds] for rounds in (ours, theirs)))
    return lines


def _flow_lines(what: str, ours: list[dict], theirs: list[dict]) -> list[Line]:
    its_end = {"flow_processor_seconds": "processor time of the client", "call_seconds": "the call returns after"}
    known = {"server_processor_seconds": "processor time of the server"}
    return [
        *_clock_lines(what, "flow_seconds", its_end, ours, theirs),
        *_clock_lines(f"{what}, until the server has all of it", "known_seconds", known, ours, theirs),
    ]


def _clock_lines(what: str, clock: str, besides: dict[str, str], ours: list[dict], theirs: list[dict]) -> list[Line]:
    def written(rounds: list[dict]) -> str:
        more = [f"{text} {seconds(median([each[key] for each in rounds]))}" for key, text in besides.items()]
        return "; ".join([spread([each[clock] for each in rounds], seconds), *more])

    own, other = (median([each[clock] for each in rounds]) for rounds in (ours, theirs))
    return _pair(what, written(ours), written(theirs), seconds(other), own < other)


def _start_line(name: str, rounds: list[dict]) -> Line:
    who, most = STARTS[name]
    samples = [sample for each in rounds for sample in each["starts"].get(name, [])]
    bar, holds = ("", None) if most is None else (f"{most:g} s", median(samples) < most)
    return Line(f"a deployment's run begins: {who}", f"{spread(samples, seconds)} of {len(samples)}", bar, holds)


def _load_lines(what: str, ours: list[dict], theirs: list[dict]) -> list[Line]:
    def written(rounds: list[dict]) -> str:
        rates = [each["a_second"] for each in rounds]
        failed = sum(each["failed"] for each in rounds)
        share = f"; {times(own / other)}" if rounds is ours and other else ""
        return f"{spread(rates)} a second{share}" + (f"; {count(failed)} calls refused" if failed else "")

    own, other = (median([each["a_second"] for each in rounds]) for rounds in (ours, theirs))
    return _pair(what, written(ours), written(theirs), count(other), own > other)


def _memory_lines(what: str, ours: list[int], theirs: list[int]) -> list[Line]:
    own, other = median(ours), median(theirs)
    return _pair(
        f"server {what} (PSS)", spread(ours, mebibytes), spread(theirs, mebibytes), mebibytes(other), own < other)


def _pair(what: str, ours: str, theirs: str, bar: str, holds: bool) -> list[Line]:
    return [Line(f"{what}: Sluice", ours, f"Prefect's server: {bar}", holds), Line(f"{what}: Prefect's server", theirs)]
