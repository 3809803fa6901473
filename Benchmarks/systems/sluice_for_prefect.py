"""Sluice in the place of Prefect's server, and an agent in that of a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring.processes import processor_seconds, pss_kib
from measuring.waiting import wait_until
from measuring.workbench import Workbench
from systems.prefect_client import ENVIRONMENT, POOL, PrefectClient, variables
from systems.sluice_server import SluiceServer

AGENT = "executing"


class SluiceForPrefect(SluiceServer):
    name = "Sluice"
    deployments = {"cold": {"warm": False}, "warm": {}}
    """What is never warm, and what is once there is a zygote."""
    longest_phase_seconds = 0.0
    """Its agent is told of a run at once."""

    def __init__(self, bench: Workbench, folder: Path):
        super().__init__(bench, folder)
        self.slots = bench.options.slots
        self.client = PrefectClient(self.api_url, folder / "client")
        self.environment = variables(self.client.home)

    def memory_kib(self) -> int:
        return pss_kib(self.pid)

    def processor_seconds(self) -> float:
        return processor_seconds(self.pid)

    @contextmanager
    def executing(self) -> Iterator[None]:
        """With an agent that executes the runs of deployments."""
        self.start_agent(AGENT, self.slots, "--python", ENVIRONMENT, "--on-exit", "stop", pool=POOL)
        try:
            wait_until(lambda: self.api.agents_online() == 1, "the agent is connected")
            yield
        finally:
            self.stop_agent(AGENT)
