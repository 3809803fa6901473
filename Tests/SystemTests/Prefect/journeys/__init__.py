"""The journeys: what users of Prefect do, in the order in which they do it."""

from collections.abc import Callable

JOURNEYS: dict[tuple[str, str], Callable] = {}
"""By series of clients and name."""


def journey(*series: str):
    """Registers a function of a stage as the journey of its name, for these series."""
    def register(function: Callable) -> Callable:
        for each in series:
            JOURNEYS[each, function.__name__] = function
        return function
    return register


from . import automations, configuration, deployments, flows, limits, older, pages, places, runs  # noqa: E402, F401
