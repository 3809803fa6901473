"""(a) Runs of `true` a second, end to end, beside a loop in C, HyperQueue and Celery."""

from figures.comparison import running_systems
from figures.figure import Figure, Line
from measuring.quantities import count, median, spread, times
from measuring.workbench import Workbench


class Throughput(Figure):
    name = "throughput"
    title = "(a) Runs of `true` a second, end to end"

    def measure(self, bench: Workbench) -> dict:
        runs, rounds = bench.options.runs, bench.options.rounds
        with running_systems(bench) as (systems, _, missing):
            rates = {system.name: [] for system in systems}
            for number in range(rounds):
                for system in systems:
                    rates[system.name].append(runs / system.run_many(runs))
                    bench.say(f"throughput, round {number + 1}: {system.name}: {rates[system.name][-1]:.0f} runs/s")
            versions = {system.name: system.version for system in systems}
        return {"runs": runs, "slots": bench.options.slots, "rates": rates, "versions": versions, "missing": missing}

    def lines(self, result: dict) -> list[Line]:
        return [self._line(name, result) for name in result["rates"]] + [
            Line(name, f"not measured: {reason}") for name, reason in result["missing"].items()
        ]

    @staticmethod
    def _line(name: str, result: dict) -> Line:
        medians = {system: median(rates) for system, rates in result["rates"].items()}
        written = f"{spread(result['rates'][name])} runs/s"
        if name != "Sluice" and "Sluice" in medians:
            return Line(name, f"{written}; Sluice has {times(medians['Sluice'] / medians[name])} of that")
        others = {other: medians[other] for other in ("HyperQueue", "Celery", "C loop") if other in medians}
        wanted = [(1 / 4 if other == "C loop" else 1.5) * rate for other, rate in others.items()]
        holds = medians[name] >= max(wanted) if wanted and name == "Sluice" else None
        bar = "1.5× HyperQueue and Celery, 0.25× the C loop"
        return Line(name, written, f"{bar}: {count(max(wanted))}" if wanted else bar, holds)
