"""(b) From the submit call to the child's first instruction on an idle system, beside HyperQueue and Celery."""

import time

from figures.comparison import running_systems
from figures.figure import Figure, Line
from measuring.quantities import milliseconds, percentile
from measuring.stamp_pipe import StampPipe
from measuring.workbench import Workbench

SETTLE_SECONDS = 0.03
BLOCK = 25
"""Samples in a row of one system, before it is the next one's turn."""

BY_CLI = "Sluice, by its CLI"


class Latency(Figure):
    name = "latency"
    title = "(b) From the submit call to the child's first instruction, idle"

    def measure(self, bench: Workbench) -> dict:
        with running_systems(bench) as (systems, pipe, missing):
            sources = {
                system.name: (system, system.submit_stamp) for system in systems if hasattr(system, "submit_stamp")
            }
            samples = {name: [] for name in sources}
            for system, submit in sources.values():
                one_by_one(system, submit, pipe, 5)
            while any(len(values) < bench.options.samples for values in samples.values()):
                for name, (system, submit) in sources.items():
                    missing_samples = bench.options.samples - len(samples[name])
                    samples[name] += one_by_one(system, submit, pipe, min(BLOCK, missing_samples))
            if "Sluice" in sources:
                system = sources["Sluice"][0]
                samples[BY_CLI] = one_by_one(system, system.submit_stamp_by_cli, pipe, bench.options.samples // 4)
            versions = {system.name: system.version for system, _ in sources.values()}
        for name, values in samples.items():
            bench.say(f"latency: {name}: p50 {milliseconds(percentile(values, 50))}")
        return {"milliseconds": samples, "versions": versions, "missing": missing}

    def lines(self, result: dict) -> list[Line]:
        samples = result["milliseconds"]
        p50 = {name: percentile(values, 50) for name, values in samples.items()}
        p99 = {name: percentile(values, 99) for name, values in samples.items()}
        lines = []
        for name in samples:
            if name == "Sluice":
                bar, holds = "HyperQueue's", None
                if "HyperQueue" in p50:
                    bar, holds = f"HyperQueue's: {milliseconds(p50['HyperQueue'])}", p50[name] <= p50["HyperQueue"]
                lines.append(Line("Sluice, p50", milliseconds(p50[name]), bar, holds))
                bar = f"3× its own p50: {milliseconds(3 * p50[name])}"
                lines.append(Line("Sluice, p99", milliseconds(p99[name]), bar, p99[name] <= 3 * p50[name]))
            else:
                lines.append(Line(f"{name}, p50 and p99", f"{milliseconds(p50[name])}, {milliseconds(p99[name])}"))
        return lines + [Line(name, f"not measured: {reason}") for name, reason in result["missing"].items()]


def one_by_one(system, submit, pipe: StampPipe, count: int) -> list[float]:
    """Milliseconds from just before the submit call to the child's first instruction, one run at a time."""
    results = []
    for _ in range(count):
        before = time.monotonic_ns()
        run = submit()
        results.append((pipe.receive() - before) / 1e6)
        system.wait_until_idle(run)
        time.sleep(SETTLE_SECONDS)
    return results
