"""Flows that are executed in containers. Each says what it finds there."""

import os
import time

import prefect
from prefect import flow, task


@task
def double(number):
    return 2 * number


def contents(*paths):
    """Of the first of them that is there."""
    for path in paths:
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return file.read().strip()
    return "nothing"


def cancelled(flow, run, state):
    print("hook: cancelled")


@flow(log_prints=True)
def looks(path: str = "/flows/nowhere"):
    print("prefect", prefect.__version__, "own", os.environ["OWN"], "said", contents(path))
    print("networks", *sorted(os.listdir("/sys/class/net")))
    print("memory", contents("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"))
    print("sum", sum(future.result() for future in double.map(list(range(4)))))


@flow(log_prints=True, on_cancellation=[cancelled])
def waits():
    print("up")
    while True:
        time.sleep(0.1)
