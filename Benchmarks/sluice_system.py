"""Sluice under the benchmark: a server and one agent as processes of their own, durable, in release mode."""

import http.client
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
from sluice_processes import LocalSluice, StartFailed  # noqa: E402, F401 (StartFailed is passed on)

POLL_SECONDS = 0.01
ENDED = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]

DOCUMENT = """
deployments:
  - flow: bench
    name: "true"
    command: ["true"]
    parameters: {{index: {{type: integer}}}}
    code: none
  - flow: bench
    name: stamp
    command: {stamp}
    code: none
"""


class SluiceSystem:
    name = "Sluice"

    def __init__(self, programs: Path, folder: Path, slots: int, stamp: list[str]):
        self.local = LocalSluice(programs, folder)
        self.folder, self.slots, self.stamp = folder, slots, stamp

    def __enter__(self) -> "SluiceSystem":
        self.local.__enter__()
        try:
            self.local.start_agent("bench", self.slots)
            document = self.folder / "deployments" / "sluice.yaml"
            document.parent.mkdir()
            document.write_text(DOCUMENT.format(stamp=json.dumps(self.stamp)))
            self.local.sluice("deploy", str(document), check=True, stdout=subprocess.DEVNULL)
            self.connection = http.client.HTTPConnection("127.0.0.1", self.local.http_port)
            self.deployments = {
                name: self._call("GET", f"/api/deployments/name/bench/{name}")["id"] for name in ("true", "stamp")
            }
            version = self.local.sluice("--version", capture_output=True, text=True)
            self.version = version.stdout.strip() or "unknown"
        except BaseException:
            self.local.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.local.__exit__()

    def run_many(self, count: int) -> float:
        """Seconds from calling `sluice batch` until the server has the end of the last of `count` runs on disk."""
        before = self._ended_runs()
        started = time.monotonic()
        self.local.sluice("batch", "bench/true", "--grid", f"index=1..{count}", check=True, stdout=subprocess.DEVNULL)
        while self._ended_runs() < before + count:
            time.sleep(POLL_SECONDS)
        return time.monotonic() - started

    def submit_stamp(self) -> str:
        return self._call("POST", f"/api/deployments/{self.deployments['stamp']}/create_flow_run", {})["id"]

    def submit_stamp_by_cli(self) -> str:
        outcome = self.local.sluice("run", "bench/stamp", "--json", check=True, capture_output=True, text=True)
        return json.loads(outcome.stdout)["id"]

    def wait_until_idle(self, run_id: str) -> None:
        while self._call("GET", f"/api/flow_runs/{run_id}")["state"]["type"] not in ENDED:
            time.sleep(POLL_SECONDS)

    def _ended_runs(self) -> int:
        return self._call("POST", "/api/flow_runs/count", {
            "flow_runs": {
                "deployment_id": {"any_": [self.deployments["true"]]},
                "state": {"type": {"any_": ENDED}},
            },
        })

    def _call(self, method: str, path: str, body=None):
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise SystemExit(f"bench: {method} {path} answers {response.status}: {answer[:500]!r}")
        return json.loads(answer)
