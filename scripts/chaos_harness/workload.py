"""What is submitted during a chaos run, by whom, and what of it was acknowledged."""

import random
import threading
import time
from dataclasses import dataclass

from .api import API, Refused, Unreachable

LEASE = 5.0
LIMIT = 3
MOST_WAITING = 4000
SUBMITTERS = 3


@dataclass(frozen=True)
class Kind:
    """A kind of run, which has a deployment of its own."""

    name: str
    way: str
    share: float
    milliseconds: tuple[int, int]
    retries: int = 0
    crash_retries: int = 1000
    limit: int | None = None
    grace: float = 0.5
    batch: int = 200
    """How many a batch has on average, in a campaign of 100,000 runs."""


KINDS = [
    Kind("quick", "ok", 0.86, (0, 3), batch=400),
    Kind("medium", "ok", 0.03, (50, 500)),
    Kind("long", "ok", 0.003, (1500, 12000), batch=4),
    Kind("stubborn", "stubborn", 0.002, (1000, 15000), grace=10, batch=4),
    Kind("flaky", "flaky", 0.03, (0, 20), retries=1000),
    Kind("failing", "fail", 0.03, (0, 5)),
    Kind("fragile", "ok", 0.02, (0, 300), crash_retries=0),
    Kind("limited", "ok", 0.02, (20, 60), limit=LIMIT),
]


def deploy_all(api: API, child: str, evidence: str) -> dict[str, str]:
    """The deployments' ids by the names of their kinds."""
    api.call("PATCH", "/work_pools/default", b'{"concurrency_limit": 1000}')
    return {kind.name: _deploy(api, kind, child, evidence) for kind in KINDS}


def _deploy(api: API, kind: Kind, child: str, evidence: str) -> str:
    retry = {"delay": 0.1, "backoff": "constant", "jitter": 0.2}
    execution = {
        "lease": LEASE, "grace": kind.grace,
        "retries": {"limit": kind.retries, **retry},
        "crash_retries": {"limit": kind.crash_retries, **retry},
    }
    more = {} if kind.limit is None else {"concurrency_limit": kind.limit}
    return api.deploy(kind.name, [child, evidence, "{{ parameters.ms }}", kind.way], execution, **more)


class Workload:
    """Submits runs, one by one and in batches, at an even pace; cancels some."""

    def __init__(self, api: API, deployments: dict[str, str], runs: int, seconds: float, seed: int):
        self.api, self.deployments, self.wanted, self.seconds = api, deployments, runs, seconds
        self.keys: dict[str, str] = {}
        """The run that was answered for each idempotency key."""
        self.batches: dict[str, tuple[int, str | None]] = {}
        """By name: how many runs were sent, and the id if the batch was acknowledged."""
        self.cancelled: set[str] = set()
        """The runs whose cancellation was acknowledged."""
        self.doubled: list[str] = []
        self.failures: list[str] = []
        self.submitted = 0
        self._seed = seed
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._is_crowded = False
        self._threads = [threading.Thread(target=self._guard, args=(body, number)) for number, body in enumerate(
            [self._submit_batches, *[self._submit_singles] * SUBMITTERS, self._cancel, self._watch])]
        self._is_over = threading.Event()

    def start(self) -> None:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Ends the submissions; what is under way is repeated until it is acknowledged."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _guard(self, body, number: int) -> None:
        try:
            body(random.Random(self._seed * 1000 + number), number)
        except Exception as failure:  # noqa: BLE001 (whatever it is, the run must not pass for a good one)
            self.failures.append(f"{body.__name__}: {type(failure).__name__}: {failure}")

    def _may_go_on(self) -> bool:
        """Waits for this submitter's turn; False when enough was submitted, or time is over."""
        while not self._is_over.is_set() and self.submitted < self.wanted:
            # A tenth of the time is left for the last of them.
            due = self.wanted * (time.monotonic() - self._began) / (self.seconds * 0.9)
            if self.submitted < due and not self._is_crowded:
                return True
            time.sleep(0.02)
        return False

    def _count(self, runs: int) -> None:
        with self._lock:
            self.submitted += runs

    def _batch_size(self, kind: Kind) -> int:
        """On average; smaller in a smaller campaign, so that it has as many batches."""
        return max(1, round(kind.batch * min(1, self.wanted / 100_000)))

    def _submit_batches(self, dice: random.Random, _: int) -> None:
        while self._may_go_on():
            kind = dice.choices(KINDS, [kind.share / self._batch_size(kind) for kind in KINDS])[0]
            name = f"batch-{len(self.batches)}"
            size = dice.randint(1, 2 * self._batch_size(kind) - 1)
            durations = [dice.randint(*kind.milliseconds) for _ in range(size)]
            self.batches[name] = (len(durations), None)
            try:
                batch = self.api.submit_batch(self.deployments[kind.name], name, durations)
                self.batches[name] = (len(durations), batch["id"])
                self._count(len(durations))
            except Unreachable:
                time.sleep(0.1)  # a batch has no key: whether it is there is found out at the end

    def _submit_singles(self, dice: random.Random, number: int) -> None:
        count = 0
        while self._may_go_on():
            kind = dice.choices(KINDS, [kind.share for kind in KINDS])[0]
            count += 1
            key, deployment = f"key-{number}-{count}", self.deployments[kind.name]
            milliseconds = dice.randint(*kind.milliseconds)
            submit = lambda: self.api.submit(deployment, milliseconds, key)["id"]  # noqa: E731
            self.keys[key] = run = self.api.insist(submit)
            self._count(1)
            if dice.random() < 0.05 and (other := self.api.insist(submit)) != run:
                self.doubled.append(f"{key}: {run} and {other}")
            time.sleep(dice.uniform(0, 0.05))

    def _cancel(self, dice: random.Random, _: int) -> None:
        """Cancels runs that were just submitted, or some time ago, and now and then a whole batch."""
        while not self._is_over.wait(dice.uniform(0, 2 * self.seconds / max(1, self.wanted * 0.005))):
            if dice.random() < 0.01 and (batches := [id for _, id in list(self.batches.values()) if id]):
                self._cancel_batch(dice.choice(batches[-3:]))
            elif keys := list(self.keys.values()):
                self._cancel_run(dice.choice(keys[-20:] if dice.random() < 0.8 else keys))

    def _cancel_run(self, run: str) -> None:
        try:
            self.api.cancel(run)
            self.cancelled.add(run)
        except Unreachable:
            pass
        except Refused as refusal:
            if refusal.status != 409:  # it has ended
                raise

    def _cancel_batch(self, batch: str) -> None:
        try:
            self.api.post(f"/batches/{batch}/cancel", {})
        except Unreachable:
            pass

    def _watch(self, *_) -> None:
        """Keeps the backlog short, so that faults meet work and not a queue, and the end is near when time is over."""
        while not self._is_over.wait(0.25):
            try:
                self._is_crowded = self.api.unfinished() > MOST_WAITING
            except Unreachable:
                pass
