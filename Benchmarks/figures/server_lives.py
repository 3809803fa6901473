"""(c) Complete lives of runs a second of the server alone: created, claimed, run, completed, with their history."""

import threading
import time
from pathlib import Path

from figures.figure import Figure, Line
from figures.stores import Stores
from measuring.machine import CannotRun
from measuring.processes import processor_seconds, pss_kib
from measuring.quantities import count, mebibytes, median, spread
from measuring.waiting import wait_until
from measuring.workbench import Workbench
from systems.sluice_server import Connection, SluiceServer
from systems.swarm import Swarm

SMALL_BACKLOG = 1000
FED_AT_ONCE = 500
LOOK_SECONDS = 0.01
STATES_OF_A_LIFE = ["SCHEDULED", "PENDING", "RUNNING", "COMPLETED"]


class Feeder(threading.Thread):
    """Submits batches through the API, each as soon as fewer than `backlog` runs wait."""

    def __init__(self, port: int, backlog: int):
        super().__init__(daemon=True)
        self.api, self.backlog = Connection(port), backlog
        self.body = b'{"parameters": {"index": 1}}\n' * FED_AT_ONCE
        self.over = threading.Event()
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self._feed()
        except Exception as failure:  # told by whoever waits for what we feed
            self.failure = failure

    def _feed(self) -> None:
        waiting = self.api.runs().get("SCHEDULED", 0)
        if waiting < self.backlog:
            self.api.send("POST", "/api/batches?deployment=bench/true", self.body, "application/x-ndjson")
        else:
            self.over.wait(LOOK_SECONDS)

    def check(self) -> None:
        if self.failure:
            raise CannotRun(f"the feeder has failed: {self.failure}")


class ServerLives(Figure):
    name = "server"
    title = "(c) The server alone: complete lives a second, their creation included"

    def __init__(self, stores: Stores):
        self.stores = stores

    def measure(self, bench: Workbench) -> dict:
        rows = bench.options.rows
        scenes = {
            "queued_few": lambda: (bench.new_folder("lives"), SMALL_BACKLOG),
            "queued_many": lambda: (self.stores.queued(), rows),
            "history": lambda: (self.stores.history(), SMALL_BACKLOG),
        }
        self.stores.history()  # made before anything is measured, and from what is queued now
        rounds = {name: [] for name in scenes}
        for number in range(bench.options.rounds):
            for name, scene in scenes.items():
                rounds[name].append(live(bench, *scene()))
                bench.say(f"server, round {number + 1}: {name}: {rounds[name][-1]['lives_a_second']:.0f} lives/s")
        return {"rows": rows, "lives": bench.options.lives, "rounds": rounds}

    def lines(self, result: dict) -> list[Line]:
        lives = {
            name: [each["lives_a_second"] for each in rounds] for name, rounds in result["rounds"].items()
        }
        first = median(lives["queued_few"])
        rows = count(result["rows"])
        names = {"queued_many": f"with {rows} queued", "history": f"with {rows} in history"}
        lines = [self._line(f"with {count(SMALL_BACKLOG)} queued", lives["queued_few"], result["rounds"]["queued_few"])]
        lines[0].bar, lines[0].holds = "5,000", first >= 5000
        for name, what in names.items():
            line = self._line(what, lives[name], result["rounds"][name])
            line.measured += f"; {100 * median(lives[name]) / first:.0f} % of the first"
            line.bar, line.holds = f"5,000, and 90 % of the first: {count(0.9 * first)}", (
                median(lives[name]) >= max(5000, 0.9 * first))
            lines.append(line)
        kib = max(each["server_pss_kib"] for each in result["rounds"]["queued_many"])
        lines.append(
            Line(f"server after a round with {rows} queued (PSS)", mebibytes(kib), "200 MB", kib * 1024 <= 200_000_000))
        return lines

    @staticmethod
    def _line(what: str, lives: list[float], rounds: list[dict]) -> Line:
        created, server, swarm = (
            count(median([each[name] for each in rounds]))
            for name in ("created_a_second", "server_microseconds_a_life", "swarm_microseconds_a_life")
        )
        return Line(
            what, f"{spread(lives)} lives/s ({created}/s created meanwhile; processor time a life: {server} µs of the "
            f"server, {swarm} µs of the swarm)")


def live(bench: Workbench, folder: Path, backlog: int) -> dict:
    """A round on the server of `folder`: lives a second while a feeder keeps `backlog` runs waiting."""
    lives = bench.options.lives
    with SluiceServer(bench, folder) as server:
        server.deploy()
        feeder = Feeder(server.http_port, backlog)
        feeder.start()
        wait_until(lambda: server.runs().get("SCHEDULED", 0) >= 0.9 * backlog, "the queue is full")
        with Swarm(bench, server) as swarm:
            begin = _look(server, feeder, swarm, _completed(server) + lives // 10)
            end = _look(server, feeder, swarm, begin["completed"] + lives)
        memory = pss_kib(server.pid)
        _check_history(server)
        feeder.over.set()
        feeder.join()
    seconds, done = end["at"] - begin["at"], end["completed"] - begin["completed"]
    return {
        "lives_a_second": done / seconds, "created_a_second": (end["created"] - begin["created"]) / seconds,
        "seconds": seconds, "server_pss_kib": memory,
        "server_microseconds_a_life": 1e6 * (end["server_processor"] - begin["server_processor"]) / done,
        "swarm_microseconds_a_life": 1e6 * (end["swarm_processor"] - begin["swarm_processor"]) / done,
    }


def _completed(server: SluiceServer) -> int:
    return server.runs().get("COMPLETED", 0)


def _look(server: SluiceServer, feeder: Feeder, swarm: Swarm, completed: int) -> dict:
    """What there is once so many runs have completed, all of it on disk."""

    def enough() -> dict | None:
        feeder.check()
        runs = server.runs()
        return runs if runs.get("COMPLETED", 0) >= completed else None

    runs = wait_until(enough, f"{completed} runs have completed", poll=LOOK_SECONDS)
    return {
        "at": time.monotonic(), "completed": runs["COMPLETED"], "created": sum(runs.values()),
        "server_processor": processor_seconds(server.pid), "swarm_processor": processor_seconds(swarm.pid),
    }


def _check_history(server: SluiceServer) -> None:
    """That what was counted are whole lives: a run that completed lately was in all of its states."""
    newest = server.api.call("POST", "/api/flow_runs/filter", {
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}, "sort": "END_TIME_DESC", "limit": 1,
    })
    states = server.api.call("GET", f"/api/flow_run_states?flow_run_id={newest[0]['id']}")
    if [state["type"] for state in states] != STATES_OF_A_LIFE:
        raise CannotRun(f"a run that completed has the history {[state['type'] for state in states]}")
