"""(j) What schedules cost, and how late they are."""

import time
from datetime import datetime, timezone

from figures.figure import Figure, Line
from figures.idle_agents import share
from measuring.machine import CannotRun
from measuring.processes import processor_seconds
from measuring.quantities import count, median, milliseconds, spread
from measuring.waiting import wait_until
from measuring.workbench import Workbench
from systems.sluice_server import SluiceServer
from systems.swarm import Swarm

OF_A_DEPLOYMENT = 100
IDLE_SECONDS = 10
HOUR = 3600
DAYS = 365
BACKFILLED_YEARS = range(2001, 2024)
RUN_SECONDS = 1
AHEAD_SECONDS = 20
"""From making the schedules of one second to that second."""


class Schedules(Figure):
    name = "schedules"
    title = "(j) Schedules"

    def measure(self, bench: Workbench) -> dict:
        return {
            **held(bench, bench.options.schedules), **together(bench, bench.options.together),
            "backfill_ms": backfill(bench, BACKFILLED_YEARS),
        }

    def lines(self, result: dict) -> list[Line]:
        hour = result["processor_seconds"] / HOUR
        return [
            Line(
                f"{count(result['schedules'])} hourly schedules: share of a core for an hour's runs",
                f"{100 * hour:.2f} % ({result['processor_seconds']:.0f} s an hour)", "5 %", hour < 0.05),
            Line(f"the same when none is due, over {IDLE_SECONDS} s", f"{100 * result['idle_share']:.2f} %"),
            Line(
                f"{count(result['together'])} schedules on the same second: from that to receipt by an agent, p50",
                milliseconds(result["p50_ms"])),
            Line("the last of them", milliseconds(result["last_ms"]), "100 ms", result["last_ms"] < 100),
            Line(
                f"a year of daily backfill, {DAYS} runs, is submitted", spread(result["backfill_ms"], milliseconds),
                "100 ms", median(result["backfill_ms"]) < 100),
        ]


def held(bench: Workbench, schedules: int) -> dict:
    """What it takes to look at each schedule once and to make one run of it, as an hour does."""
    with SluiceServer(bench, bench.new_folder("schedules")) as server:
        deployments = [
            deploy_paused(server, number, schedules) for number in range(-(-schedules // OF_A_DEPLOYMENT))]
        before = processor_seconds(server.pid)
        for deployment in deployments:
            server.api.send("PATCH", f"/api/deployments/{deployment}", '{"paused": false}', "application/json")
        wait_until(
            lambda: server.runs().get("SCHEDULED", 0) >= schedules, f"{schedules} schedules have their runs")
        spent = processor_seconds(server.pid) - before
        time.sleep(2)
        return {
            "schedules": schedules, "processor_seconds": spent, "idle_share": share(server.pid, IDLE_SECONDS),
        }


def deploy_paused(server: SluiceServer, number: int, schedules: int) -> str:
    """A deployment with some of the schedules, each of which is one run ahead."""
    flow = server.api.call("POST", "/api/flows/", {"name": "bench"})["id"]
    first = number * OF_A_DEPLOYMENT
    return server.api.call("POST", "/api/deployments/", {
        "flow_id": flow, "name": f"hourly-{number}", "paused": True, "execution": {"command": ["true"]},
        "work_pool_name": "default",
        "schedules": [
            {"schedule": {"cron": f"{index % 60} * * * *"}, "slug": str(index), "max_scheduled_runs": 1}
            for index in range(first, min(first + OF_A_DEPLOYMENT, schedules))],
    })["id"]


def together(bench: Workbench, schedules: int) -> dict:
    """How late the runs are that are due on the same second, when agents have room for all of them."""
    with SluiceServer(bench, bench.new_folder("together")) as server:
        server.deploy()
        deployment = server.deployment("timed")
        due = int(time.time()) + AHEAD_SECONDS
        # The agents know no clock but this one.
        due_monotonic = time.monotonic_ns() + int((due - time.time()) * 1e9)
        moment = datetime.fromtimestamp(due, timezone.utc)
        schedule = {"cron": f"{moment.minute} {moment.hour} * * * {moment.second}", "timezone": "UTC"}
        body = [{"schedule": schedule, "parameters": {"at": due_monotonic}, "max_scheduled_runs": 1}]
        with Swarm(bench, server, agents=4, slots=schedules, lives=schedules, seconds=RUN_SECONDS) as swarm:
            for begin in range(0, schedules, OF_A_DEPLOYMENT):
                part = body * min(OF_A_DEPLOYMENT, schedules - begin)
                server.api.call("POST", f"/api/deployments/{deployment}/schedules", part)
            wait_until(lambda: server.runs().get("SCHEDULED", 0) == schedules, "the runs are made")
            if time.time() > due - 1:
                raise CannotRun(f"making {schedules} schedules took longer than {AHEAD_SECONDS} s")
            seen = swarm.result()
        if seen["measured"] != schedules:
            raise CannotRun(f"{schedules} runs said when they were due, and the swarm has seen {seen['measured']}")
        return {"together": schedules, "p50_ms": seen["p50_ms"], "p99_ms": seen["p99_ms"], "last_ms": seen["max_ms"]}


def backfill(bench: Workbench, years: range) -> list[float]:
    """Milliseconds from the request to the answer that the runs of a year are on disk, of each year without a leap day."""
    taken = []
    with SluiceServer(bench, bench.new_folder("backfill")) as server:
        server.deploy()
        path = f"/api/deployments/{server.deployment('timed')}/backfill"
        for year in years:
            if year % 4 == 0:
                continue
            body = {
                "from": f"{year}-01-01", "to": f"{year}-12-31", "every": 86_400, "max_concurrent": 8,
                "parameters": {"at": 1}}
            began = time.monotonic()
            answer = server.api.call("POST", path, body)
            taken.append((time.monotonic() - began) * 1000)
            if answer["runs"] != DAYS:
                raise CannotRun(f"of {DAYS} runs {answer['runs']} were made")
    return taken
