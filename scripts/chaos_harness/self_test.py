"""An account that finds nothing is worth something only if it would have found it: each lie is told, and is found."""

from copy import deepcopy
from datetime import datetime, timezone
from types import SimpleNamespace

from .audit import SECOND, STALLS, Audit
from .evidence import Life, Testimony
from .faults import FAULT_KINDS, Fault
from .workload import LIMIT

STARTED = 1_000 * SECOND


def at(seconds: float) -> str:
    return datetime.fromtimestamp((STARTED + seconds * SECOND) / SECOND, timezone.utc).isoformat()


def life(run: str, attempt: int, start: float, last: float, exit_code: int | None, host: str = "h0") -> Life:
    begin, end = (int(STARTED + seconds * SECOND) for seconds in (start, last))
    return Life(run, attempt, host, 1, begin, end, end, exit_code)


def run(id: str, state: str, attempt: int, end: float, deployment: str = "quick", key=None, batch=None) -> dict:
    return {
        "id": id, "state_type": state, "state_name": state, "state": {"message": ""}, "attempt": attempt,
        "end_time": at(end), "deployment_name": deployment, "idempotency_key": key, "batch_id": batch,
    }


class World:
    """A run that completed at its first attempt, one whose host died, one that failed, and two in a batch."""

    def __init__(self):
        self.listed = [
            run("a", "COMPLETED", 1, 2, key="key-a"), run("b", "COMPLETED", 2, 9), run("c", "FAILED", 1, 2),
            run("d", "COMPLETED", 1, 2, "limited", batch="batch"), run("e", "COMPLETED", 1, 4, "limited", batch="batch"),
        ]
        self.lives = {
            "a": [life("a", 1, 1, 2, 0)], "b": [life("b", 1, 1, 2, None), life("b", 2, 8, 9, 0, "h1")],
            "c": [life("c", 1, 1, 2, 3)], "d": [life("d", 1, 1, 2, 0)], "e": [life("e", 1, 3, 4, 0)],
        }
        self.attempts = {"b": [
            {"attempt": 1, "ended": at(7), "outcome": "CRASHED"}, {"attempt": 2, "ended": at(9), "outcome": "COMPLETED"},
        ]}
        self.states = {"b": ["SCHEDULED", "PENDING", "RUNNING", "SCHEDULED", "PENDING", "RUNNING", "COMPLETED"]}
        self.held = self.slots = 0
        self.faults: list[Fault] = []
        self.batches = [{"id": "batch", "name": "batch-0", "size": 2}]
        self.workload = SimpleNamespace(
            keys={"key-a": "a"}, batches={"batch-0": (2, "batch")}, cancelled=set(), doubled=[],
            deployments={"limited": "limited"})

    def account(self):
        return Audit(self, self.workload, Testimony(self.lives), self.faults).perform()

    # MARK: What the audit asks of the API

    def runs(self):
        return iter(self.listed)

    def get(self, path: str):
        words = path.replace("?flow_run_id=", "").strip("/").split("/")
        if words[-1] == "attempts":
            return self.attempts[words[1]]
        if words[0] == "flow_run_states":
            return [{"type": type} for type in self.states[words[1]]]
        return {"active_slots": self.slots, "global_concurrency_limit": {"active_slots": self.slots}}

    def post(self, path: str, body: dict):
        if path == "/batches/filter":
            return self.batches if body["offset"] == 0 else []
        return [{"name": "h0", "held": self.held}]


def lies() -> dict:
    """What is wrong in the world, and the kind of finding that it has to lead to."""
    def doubled_key(world): world.listed[1]["idempotency_key"] = "key-a"
    def not_terminal(world): world.listed[0]["state_type"] = "RUNNING"
    def without_evidence(world): world.lives["a"][0].exit_code = None
    def failed_well(world): world.lives["c"][0].exit_code = 0
    def overlap(world): world.lives["b"][0].last = world.lives["b"][1].start + 1
    def started_twice(world): world.lives["a"].append(life("a", 1, 3, 4, 0))
    def completed_before(world): world.attempts["b"][0]["outcome"] = "COMPLETED"
    def left_its_end(world): world.states["b"][3] = "COMPLETED"
    def never_granted(world): world.lives["a"].append(life("a", 2, 1.9, 1.95, None))
    def afterlife(world): world.lives["c"][0].last_wall += SECOND
    def cancelled_in_vain(world): world.workload.cancelled.add("c"); world.states["c"] = ["RUNNING", "FAILED"]
    def crowd(world): world.lives["d"] = [life("d", n, 1, 2, 0) for n in range(LIMIT + 1)]
    def not_ended(world): world.attempts["b"][0]["ended"] = None
    def held(world): world.held = 1
    def taken(world): world.slots = 1
    return {
        "a run is not there": ("lost", lambda world: world.listed.pop(0)),
        "a batch is not there": ("lost", lambda world: world.batches.clear()),
        "half a batch is there": ("lost", lambda world: world.listed.pop()),
        "a key made two runs": ("doubled", doubled_key), "a run does not end": ("stuck", not_terminal),
        "COMPLETED, and the child says nothing": ("state without evidence", without_evidence),
        "FAILED, and the child ended well": ("state without evidence", failed_well),
        "two attempts at once": ("executed twice at once", overlap),
        "one attempt started twice": ("executed twice at once", started_twice),
        "another attempt after a completed one": ("executed again after it completed", completed_before),
        "a terminal state was left": ("history", left_its_end), "an attempt nobody granted": ("history", never_granted),
        "a child lives on": ("alive after its end", afterlife),
        "a cancelled run fails": ("history", cancelled_in_vain), "too many at once": ("limit exceeded", crowd),
        "an attempt is open": ("slots", not_ended), "a lease is left": ("slots", held), "a slot is left": ("slots", taken),
    }


def stalled(world: World) -> None:
    """The same overlap, but nobody could have stopped the older child."""
    world.lives["b"][0].last = world.lives["b"][1].start + 1
    kind = next(kind for kind in FAULT_KINDS if kind.name in STALLS)
    world.faults.append(Fault(kind, "h0", STARTED, STARTED + 20 * SECOND))


def self_test() -> bool:
    """Whether each lie is found for what it is, and the truth is not."""
    failures = []
    if found := World().account().wrong:
        failures.append(f"the truth is called wrong: {found}")
    for name, (kind, lie) in lies().items():
        world = deepcopy(World())
        lie(world)
        if kind not in (found := world.account().wrong):
            failures.append(f"{name}: no finding of the kind '{kind}', only {found}")
    world = World()
    stalled(world)
    if found := world.account().wrong:
        failures.append(f"a host whose supervisor was stopped is not counted apart: {found}")
    for failure in failures:
        print(f"chaos: self-test: {failure}")
    print(f"chaos: self-test: {len(lies())} lies, {len(failures)} failures")
    return not failures
