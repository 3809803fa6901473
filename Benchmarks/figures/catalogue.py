"""All figures, in the order in which they are measured."""

from figures.dispatch import Dispatch
from figures.figure import Figure
from figures.footprint import Footprint
from figures.idle_agents import IdleAgents
from figures.latency import Latency
from figures.logs import Logs
from figures.prefect_clients import PrefectClients
from figures.schedules import Schedules
from figures.server_lives import ServerLives
from figures.stores import Stores
from figures.submission import Submission
from figures.throughput import Throughput
from measuring.workbench import Workbench

NAMES = [
    "throughput", "latency", "submit", "footprint", "server", "dispatch", "logs", "idle-agents", "prefect",
    "schedules",
]


def figures(bench: Workbench, results: dict[str, dict]) -> dict[str, Figure]:
    """By name. Some use what others have left: a full server, or a result."""
    stores = Stores(bench)
    made = [
        Throughput(), Latency(), Submission(stores), Footprint(stores), ServerLives(stores), Dispatch(results), Logs(),
        IdleAgents(), PrefectClients(), Schedules(),
    ]
    assert [figure.name for figure in made] == NAMES
    return {figure.name: figure for figure in made}
