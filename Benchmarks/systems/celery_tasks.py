"""The task of Celery's worker.

Redis keeps the queue and the results. All else is as Celery has it by default.
"""

import os
import subprocess

from celery import Celery

redis_url = os.environ["SLUICE_BENCH_REDIS_URL"]
app = Celery("celery_tasks", broker=redis_url, backend=redis_url)


@app.task
def execute(command: list[str]) -> int:
    """Runs a program, captures its output as the other systems do, and gives its exit code."""
    return subprocess.run(command, capture_output=True).returncode
