"""Calls of an API by several connections at once, each as soon as the one before is answered. See http_load.lua.

wrk is what calls: it is written in C, and takes some microseconds a call.
"""

import json
import shutil
import subprocess
from pathlib import Path

from measuring.machine import CannotRun

SCRIPT = Path(__file__).resolve().with_suffix(".lua")
PATIENCE_SECONDS = 30


def require_wrk() -> None:
    if not shutil.which("wrk"):
        raise CannotRun("wrk is not on the PATH: 'scripts/setup bench' installs it")


def call_for(seconds: int, connections: int, port: int, kind: str, what: str) -> dict:
    """How many calls were answered, how many lives were lived, and how many calls were refused or lost."""
    outcome = subprocess.run(
        [
            "wrk", "--threads", str(connections), "--connections", str(connections), "--duration", f"{seconds}s",
            "--timeout", f"{PATIENCE_SECONDS}s", "--script", SCRIPT, f"http://127.0.0.1:{port}", "--", kind, what,
        ],
        capture_output=True, text=True)
    last = outcome.stdout.strip().rpartition("\n")[2]
    if outcome.returncode != 0 or not last.startswith("{"):
        raise CannotRun(f"wrk ends with {outcome.returncode}: {outcome.stdout}{outcome.stderr}")
    return json.loads(last)
