"""(h) What agents cost the server that are connected and have nothing to do."""

import time

from figures.figure import Figure, Line
from measuring.processes import processor_seconds, pss_kib
from measuring.quantities import count
from measuring.workbench import Workbench
from systems.sluice_server import SluiceServer
from systems.swarm import Swarm

WARMING_AGENTS = 10
WARMING_RUNS = 20
SETTLE_SECONDS = 5


class IdleAgents(Figure):
    name = "idle-agents"
    title = "(h) Connected agents, idle"

    def measure(self, bench: Workbench) -> dict:
        agents, seconds = bench.options.agents, bench.options.seconds
        with SluiceServer(bench, bench.new_folder("idle-agents")) as server:
            self._warm_up(bench, server)
            alone, alone_share = pss_kib(server.pid), share(server.pid, seconds)
            with Swarm(bench, server, agents=agents, slots=1):
                time.sleep(SETTLE_SECONDS)
                with_agents_share = share(server.pid, seconds)
                with_agents = pss_kib(server.pid)
                online = server.api.agents_online()
        return {
            "agents": agents, "online": online, "seconds": seconds, "server_alone_kib": alone,
            "server_kib": with_agents, "alone_share": alone_share, "share": with_agents_share,
        }

    @staticmethod
    def _warm_up(bench: Workbench, server: SluiceServer) -> None:
        """So that what a server needs for the first agents and runs does not count as memory of those that follow."""
        server.deploy()
        with Swarm(bench, server, agents=WARMING_AGENTS):
            server.wait_for_batch(server.submit_batch("true", "--grid", f"index=1..{WARMING_RUNS}")["id"])
        time.sleep(SETTLE_SECONDS)

    def lines(self, result: dict) -> list[Line]:
        agents = count(result["agents"])
        each = (result["server_kib"] - result["server_alone_kib"]) * 1024 / result["agents"]
        lines = [
            Line(
                f"{agents} agents: share of a core over {result['seconds']} s",
                f"{100 * result['share']:.2f} % (without agents {100 * result['alone_share']:.2f} %)", "3 %",
                result["share"] < 0.03),
            Line("memory of the server an agent (PSS)", f"{each / 1000:.1f} kB", "30 kB", each < 30_000),
        ]
        if result["online"] < result["agents"]:
            lines.append(Line("agents online at the end", count(result["online"]), agents, False))
        return lines


def share(pid: int, seconds: float) -> float:
    """The share of a core that a process uses."""
    began, before = time.monotonic(), processor_seconds(pid)
    time.sleep(seconds)
    return (processor_seconds(pid) - before) / (time.monotonic() - began)
