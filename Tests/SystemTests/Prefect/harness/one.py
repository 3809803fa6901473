"""Runs one journey in a process of its own: `python3 -m harness.one ORDER`, the JSON object that `campaign.py` makes.

So a journey that hangs can be ended with all that it has started, and journeys can run side by side.
"""

import ctypes
import json
import signal
import sys
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True

from journeys import JOURNEYS  # noqa: E402

from .api import Unavailable  # noqa: E402
from .fixtures import Series, read_journey  # noqa: E402
from .picture import picture  # noqa: E402
from .programs import JourneyFailed  # noqa: E402
from .servers import ReferenceServer, RunningServer, SluiceServer  # noqa: E402
from .stage import CLIENTS, Client, Stage  # noqa: E402

from sluice_processes import PR_SET_CHILD_SUBREAPER, StartFailed, end_descendants  # noqa: E402

PR_SET_PDEATHSIG = 1
SETTLED_SECONDS = 20
QUIET_SECONDS = 8


def server(order: dict, client: Client):
    """The server to run against."""
    folder = Path(order["folder"]) / "server"
    if order["against"] == "sluice":
        return SluiceServer(Path(order["programs"]), folder)
    if order["against"] == "prefect":
        return ReferenceServer(client.environment, folder)
    return RunningServer(order["against"])


def final_picture(stage: Stage, wanted: list[str] | None) -> list[str]:
    """The picture when it has become the wanted one, or does not change any more."""
    deadline = time.monotonic() + SETTLED_SECONDS
    last, since = None, time.monotonic()
    while True:
        now = picture(stage.api, stage.client.has_events)
        if now == wanted:
            return now
        if now != last:
            last, since = now, time.monotonic()
        settled = wanted is None and time.monotonic() - since > QUIET_SECONDS
        if settled or time.monotonic() > deadline:
            return now
        time.sleep(0.25)


def perform(order: dict) -> str:
    """Runs the journey; what went wrong, or nothing."""
    client = CLIENTS[order["series"]]
    folder = Path(order["folder"])
    wanted = None
    if order["judge"]:
        wanted = read_journey(Series.read(client.series), order["journey"]).picture
    try:
        with server(order, client) as running, Stage(client, running, folder, Path(order["record"])) as stage:
            trouble = steps(stage, order["journey"])
            try:
                stage.proxy.write(kind="picture", lines=final_picture(stage, wanted))
            except Unavailable as failure:
                trouble += f"\nno picture: {failure}"
            return trouble or running.trouble()
    except (StartFailed, Unavailable, TimeoutError, OSError) as failure:
        return str(failure)


def steps(stage: Stage, name: str) -> str:
    try:
        JOURNEYS[stage.client.series, name](stage)
    except (JourneyFailed, TimeoutError, Unavailable) as failure:
        return str(failure)
    except Exception:
        return traceback.format_exc()
    return ""


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)  # whoever ends the campaign ends the journeys with it
    order = json.loads(sys.argv[1])
    try:
        trouble = perform(order)
        Path(order["outcome"]).write_text(trouble)
    finally:
        end_descendants()


if __name__ == "__main__":
    main()
