"""(g) From submission to receipt by an agent, while runs are submitted at half the rate of (c)."""

from figures.figure import Figure, Line
from figures.open_load import OpenLoad
from figures.server_lives import SMALL_BACKLOG, live
from measuring.machine import CannotRun
from measuring.processes import processor_seconds
from measuring.quantities import count, median, milliseconds, percentile, spread
from measuring.workbench import Workbench
from systems.sluice_server import SluiceServer
from systems.swarm import Swarm

CONNECTIONS = 16
WARMING_RUNS = 1000


class Dispatch(Figure):
    name = "dispatch"
    title = "(g) From submission to receipt by an agent, under load"

    def __init__(self, results: dict[str, dict]):
        self.results = results
        """What this run of the benchmark has found until now: (c), if that was measured."""

    def measure(self, bench: Workbench) -> dict:
        rate = bench.options.rate or self._lives_a_second(bench) / 2
        rounds = []
        for number in range(bench.options.rounds):
            rounds.append(self._round(bench, rate))
            bench.say(f"dispatch, round {number + 1}: p99 {milliseconds(rounds[-1]['p99_ms'])}")
        return {"rate": rate, "runs": bench.options.lives, "rounds": rounds}

    def _lives_a_second(self, bench: Workbench) -> float:
        rounds = self.results.get("server", {}).get("rounds", {}).get("queued_few")
        if not rounds:
            bench.say("dispatch: measuring the server's lives a second first")
            rounds = [live(bench, bench.new_folder("lives"), SMALL_BACKLOG)]
        return median([each["lives_a_second"] for each in rounds])

    @staticmethod
    def _round(bench: Workbench, rate: float) -> dict:
        runs = bench.options.lives
        with SluiceServer(bench, bench.new_folder("dispatch")) as server:
            server.deploy()
            with (
                Swarm(bench, server, lives=WARMING_RUNS + runs) as swarm,
                OpenLoad(server.http_port, CONNECTIONS) as load,
            ):
                load.submit(server.deployment("true"), WARMING_RUNS, rate / 2, lambda _: {"index": 1})
                before = processor_seconds(server.pid)
                reached = load.submit(server.deployment("timed"), runs, rate, lambda due: {"at": due})
                share = (processor_seconds(server.pid) - before) * reached / runs
                late = {"late_p50_ms": percentile(load.late_ms, 50), "late_p99_ms": percentile(load.late_ms, 99)}
                seen = swarm.result()
                if seen["measured"] != runs:
                    raise CannotRun(f"{runs} runs said when they were due, and the swarm has seen {seen['measured']}")
                return {**seen, "rate": reached, "server_share": share, **late}

    def lines(self, result: dict) -> list[Line]:
        rounds = result["rounds"]
        p99 = [each["p99_ms"] for each in rounds]
        reached = median([each["rate"] for each in rounds])
        late = [milliseconds(median([each[name] for each in rounds])) for name in ("late_p50_ms", "late_p99_ms")]
        return [
            Line(
                f"{count(result['rate'])} runs/s wanted, {count(reached)} reached; p50",
                spread([each["p50_ms"] for each in rounds], milliseconds)),
            Line("p99", spread(p99, milliseconds), "20 ms", median(p99) < 20),
            Line("of that, before it was sent: p50, p99", ", ".join(late)),
            Line("the server's share of a core", spread([100 * each["server_share"] for each in rounds]) + " %"),
        ]
