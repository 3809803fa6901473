"""Every run is accounted for: what the children say of themselves against what Sluice believes."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from .api import API
from .evidence import Life, Testimony
from .faults import Fault
from .workload import LIMIT, Workload

TERMINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
SECOND = 1_000_000_000
STALLS = {"supervisor stopped for a while", "both stopped for a while"}
STALL_SETTLES = 1 * SECOND
"""A supervisor that runs again after a stop has so long to end what is overdue."""
AFTERLIFE = 0.3 * SECOND
"""A child's last line may be written so much later than the end that its agent reports."""


@dataclass
class Findings:
    """What is wrong, by its kind; and what is only counted."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    counted: Counter = field(default_factory=Counter)

    def add(self, kind: str, text: str) -> None:
        self.wrong.setdefault(kind, []).append(text)

    @property
    def count(self) -> int:
        return sum(map(len, self.wrong.values()))


class Audit:
    KINDS = [
        "lost", "doubled", "stuck", "executed twice at once", "executed again after it completed",
        "state without evidence", "alive after its end", "limit exceeded", "history", "slots", "programs",
    ]

    def __init__(self, api: API, workload: Workload, testimony: Testimony, faults: list[Fault]):
        self.api, self.workload, self.testimony, self.faults = api, workload, testimony, faults
        self.findings = Findings()
        self.runs = {run["id"]: run for run in api.runs()}

    def perform(self) -> Findings:
        self._check_submissions()
        for run in self.runs.values():
            self._check_state(run)
        for id, lives in self.testimony.lives.items():
            if id not in self.runs:
                self.findings.add("lost", f"run {id} was executed, and the server does not know it")
            self._check_overlaps(lives)
        self._check_histories()
        self._check_limits()
        self._check_slots()
        for line in self.testimony.damaged:
            self.findings.add("programs", f"damaged evidence: {line}")
        return self.findings

    # MARK: Submissions

    def _check_submissions(self) -> None:
        by_key = Counter(run["idempotency_key"] for run in self.runs.values() if run["idempotency_key"])
        for key, id in self.workload.keys.items():
            if id not in self.runs:
                self.findings.add("lost", f"{key} was acknowledged as run {id}, which is not there")
            if by_key[key] > 1:
                self.findings.add("doubled", f"{key} has made {by_key[key]} runs")
        for key in by_key.keys() - self.workload.keys.keys():
            self.findings.add("doubled", f"nobody has submitted {key}")
        for text in self.workload.doubled:
            self.findings.add("doubled", f"one key was answered with two runs: {text}")
        self._check_batches()

    def _check_batches(self) -> None:
        sizes = Counter(run["batch_id"] for run in self.runs.values() if run["batch_id"])
        names = {}
        for batch in self._batches():
            names[batch["name"]] = batch
        for name, (size, id) in self.workload.batches.items():
            batch = names.pop(name, None)
            if batch is None:
                if id:
                    self.findings.add("lost", f"{name} was acknowledged as batch {id}, which is not there")
                continue
            self.findings.counted["batches unacknowledged but there, whole"] += id is None
            if batch["size"] != size or sizes[batch["id"]] != size:
                self.findings.add(
                    "lost", f"{name} of {size} has the size {batch['size']} and {sizes[batch['id']]} runs")
        for name in names:
            self.findings.add("doubled", f"nobody has submitted {name}")

    def _batches(self):
        offset = 0
        while page := self.api.post("/batches/filter", {"limit": 200, "offset": offset}):
            yield from page
            offset += len(page)

    # MARK: States

    def _check_state(self, run: dict) -> None:
        lives = self.testimony.lives.get(run["id"], [])
        type, name = run["state_type"], self._name(run)
        self.findings.counted[type] += 1
        if type not in TERMINAL:
            return self.findings.add("stuck", f"{name} is {type}/{run['state_name']}: {run['state']['message']}")
        if run["id"] in self.workload.cancelled and type not in ("CANCELLED", "COMPLETED"):
            self.findings.add("history", f"{name} was cancelled, and is {type}")
        for life in lives:
            if life.attempt > run["attempt"]:
                self.findings.add("history", f"{name} executed attempt {life.attempt}, which was never granted")
        last = [life for life in lives if life.attempt == run["attempt"]]
        if len(last) > 1:
            self.findings.add("executed twice at once", f"{name} was started {len(last)} times")
        exit_code = last[-1].exit_code if last else None
        if type == "COMPLETED" and exit_code != 0:
            self.findings.add("state without evidence", f"{name} is COMPLETED, its child says {exit_code}")
        if type == "FAILED" and exit_code in (None, 0):
            self.findings.add("state without evidence", f"{name} is FAILED, its child says {exit_code}")
        self._check_afterlife(run, lives)

    def _check_afterlife(self, run: dict, lives: list[Life]) -> None:
        end = datetime.fromisoformat(run["end_time"]).timestamp() * SECOND
        for life in lives:
            if life.last_wall > end + AFTERLIFE and not self._was_stalled(life, life.start, life.last):
                late = (life.last_wall - end) / SECOND
                self.findings.add(
                    "alive after its end", f"{self._name(run)}: attempt {life.attempt} lived {late:.2f} s longer")

    # MARK: Attempts

    def _check_overlaps(self, lives: list[Life]) -> None:
        for older, newer in zip(lives, lives[1:]):
            if newer.start > older.last:
                continue
            if self._was_stalled(older, newer.start - STALL_SETTLES, newer.start):
                self.findings.counted["overlaps on a host whose supervisor was stopped"] += 1
                continue
            self.findings.add(
                "executed twice at once",
                f"run {older.run}: attempt {older.attempt} on {older.host} lived until {older.last}, attempt "
                f"{newer.attempt} on {newer.host} began {(older.last - newer.start) / SECOND:.3f} s earlier")

    def _was_stalled(self, life: Life, begin: int, end: int) -> bool:
        """Whether its host's supervisor could not run at some time between."""
        return any(
            fault.kind.name in STALLS and fault.target == life.host
            and fault.began <= end and (fault.ended or end) >= begin
            for fault in self.faults
        )

    def _check_histories(self) -> None:
        """Of the runs that had more than one attempt, or were cancelled."""
        for run in self.runs.values():
            if run["attempt"] > 1:
                self.findings.counted["runs with more than one attempt"] += 1
                self._check_attempts(run)
            if run["attempt"] > 1 or run["id"] in self.workload.cancelled:
                self._check_states(run)

    def _check_attempts(self, run: dict) -> None:
        attempts = self.api.get(f"/flow_runs/{run['id']}/attempts")
        self.findings.counted["attempts after the first"] += len(attempts) - 1
        codes = {life.attempt: life.exit_code for life in self.testimony.lives.get(run["id"], [])}
        for attempt in attempts:
            number = attempt["attempt"]
            if attempt["ended"] is None:
                self.findings.add("slots", f"{self._name(run)}: attempt {number} has not ended")
            if number == run["attempt"]:
                continue
            if attempt["outcome"] == "COMPLETED":
                self.findings.add(
                    "executed again after it completed", f"{self._name(run)}: attempt {number} had completed")
            # Its host died, or was cut off, before the word could be given: that is at least once, and counted.
            self.findings.counted["completed, unknown to the server, executed again"] += codes.get(number) == 0

    def _check_states(self, run: dict) -> None:
        states = [state["type"] for state in self.api.get(f"/flow_run_states/?flow_run_id={run['id']}")]
        if any(type in TERMINAL for type in states[:-1]):
            self.findings.add("history", f"{self._name(run)} left a terminal state: {' '.join(states)}")

    # MARK: Limits and slots

    def _check_limits(self) -> None:
        limited = {run["id"] for run in self.runs.values() if run["deployment_name"] == "limited"}
        events = []
        for id in limited:
            for life in self.testimony.lives.get(id, []):
                if not self._was_stalled(life, life.start, life.last):
                    events += [(life.start, 1), (life.last, -1)]
        present = most = 0
        for _, change in sorted(events):
            present += change
            most = max(most, present)
        self.findings.counted["most of the limited at once"] = most
        if most > LIMIT:
            self.findings.add("limit exceeded", f"{most} runs of the limited deployment at once; the limit is {LIMIT}")

    def _check_slots(self) -> None:
        for agent in self.api.post("/agents/filter", {}):
            if agent["held"] != 0:
                self.findings.add("slots", f"agent {agent['name']} holds {agent['held']} leases after all has ended")
        pool = self.api.get("/work_pools/default")
        if pool["active_slots"] != 0:
            self.findings.add("slots", f"{pool['active_slots']} slots of the pool are taken after all has ended")
        limit = self.api.get(f"/deployments/{self.workload.deployments['limited']}")["global_concurrency_limit"]
        if limit["active_slots"] != 0:
            self.findings.add("slots", f"{limit['active_slots']} slots of the limited deployment are taken")

    @staticmethod
    def _name(run: dict) -> str:
        return f"{run['deployment_name']} run {run['id']}"
