"""Extracts and loads the months that it is told, side by side, or that of its date, each step in a run of its own.

The runs are started over the API, as anybody starts runs. Each has a key that says what it is for: when this run is tried
again, it finds those that it has started, and starts none of them twice.
"""

import json
import os
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from trips import parameters

ENDS = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def ask(method: str, path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        os.environ["SLUICE_API_URL"] + path, method=method, headers={"content-type": "application/json"},
        data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def run(deployment: str, values: dict, key: str) -> str:
    """Starts a run, waits for its end, and answers with the state that it ended in."""
    known = ask("GET", f"/deployments/name/{deployment}")
    body = {"parameters": values, "idempotency_key": f"{os.environ['SLUICE_RUN_ID']} {key}"}
    started = ask("POST", f"/deployments/{known['id']}/create_flow_run", body)
    while (found := ask("GET", f"/flow_runs/{started['id']}"))["state_type"] not in ENDS:
        time.sleep(0.2)
    print(key, "ended as", found["state_name"], flush=True)
    return found["state_type"]


def extract_and_load(values: dict, month: int) -> bool:
    one = {**values, "month": month}
    flow = os.environ["SLUICE_FLOW_NAME"]
    return all(run(f"{flow}/{step}", one, f"{step} {month}") == "COMPLETED" for step in ("extract", "load"))


def main() -> int:
    values = {"endpoint": "", **json.loads(os.environ.get("TAXI", "{}")), **parameters()}
    if date := values.pop("logical_date", None):
        year, month, _ = map(int, date.split("-"))
        values.update(year=year, months=[month])
    months = values.pop("months")
    with ThreadPoolExecutor(len(months)) as pool:
        done = list(pool.map(lambda month: extract_and_load(values, month), months))
    missing = [month for month, is_done in zip(months, done) if not is_done]
    if missing:
        print(f"not loaded: {', '.join(map(str, missing))}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
