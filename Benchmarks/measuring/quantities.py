"""Figures made of samples, and how they are written."""

import statistics


def percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def median(values: list[float]) -> float:
    return statistics.median(values)


def count(value: float) -> str:
    return f"{value:,.0f}"


def milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 10 else f"{value:.2f} s" if value >= 1 else f"{value:.3f} s"


def mebibytes(kib: float) -> str:
    return f"{kib / 1024:.1f} MiB"


def times(value: float) -> str:
    return f"{value:.2f}×"


def spread(values: list[float], write=count) -> str:
    """The median, and how far the rounds lie apart."""
    if len(values) == 1:
        return write(values[0])
    return f"{write(median(values))} ({write(min(values))} to {write(max(values))})"
