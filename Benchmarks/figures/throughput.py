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
            before = processor_seconds(systems)
            for number in range(rounds):
                for system in systems:
                    rates[system.name].append(runs / system.run_many(runs))
                    bench.say(f"throughput, round {number + 1}: {system.name}: {rates[system.name][-1]:.0f} runs/s")
            microseconds = {
                name: 1e6 * (after - before[name]) / (runs * rounds)
                for name, after in processor_seconds(systems).items()
            }
            versions = {system.name: system.version for system in systems}
        return {
            "runs": runs, "slots": bench.options.slots, "rates": rates, "versions": versions, "missing": missing,
            "sluice_microseconds_a_run": microseconds,
        }

    def lines(self, result: dict) -> list[Line]:
        lines = [self._line(name, result) for name in result["rates"]]
        if times_of := result["sluice_microseconds_a_run"]:
            parts = ", ".join(f"{name} {count(microseconds)} µs" for name, microseconds in times_of.items())
            lines.insert(1, Line("Sluice's processor time a run", parts))
        return lines + [
            Line(name, f"not measured: {reason}") for name, reason in result["missing"].items()
        ]

    @staticmethod
    def _line(name: str, result: dict) -> Line:
        medians = {system: median(rates) for system, rates in result["rates"].items()}
        written = f"{spread(result['rates'][name])} runs/s"
        if name != "Sluice":
            share = f"; Sluice has {times(medians['Sluice'] / medians[name])} of that" if "Sluice" in medians else ""
            return Line(name, written + share)
        factors = {"HyperQueue": 1.5, "Celery": 1.5, "C loop": 0.25}
        wanted = [factor * medians[other] for other, factor in factors.items() if other in medians]
        bar = "1.5× HyperQueue and Celery, 0.25× the C loop"
        if not wanted:
            return Line(name, written, bar)
        return Line(name, written, f"{bar}: {count(max(wanted))}", medians[name] >= max(wanted))


def processor_seconds(systems: list) -> dict[str, float]:
    """Of the processes of Sluice, if it is among the systems."""
    return next((system.processor_seconds() for system in systems if system.name == "Sluice"), {})
