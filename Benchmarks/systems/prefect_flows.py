"""What a user of Prefect has written. As a program it runs one of the flows and tells what that took, as JSON.

prefect_flows.py plain|mapped TASKS
"""

import json
import struct
import sys
import time

from prefect import flow, task
from prefect.states import Completed


@task
def double(number: int) -> int:
    return 2 * number


ends: list[tuple[float, float]] = []
"""By the clock, and in processor time: when the server had taken the end of a flow run."""


def tell_end(*_) -> None:
    ends.append((time.monotonic(), time.process_time()))


@flow(on_completion=[tell_end])
def plain(tasks: int) -> int:
    return sum(double(number) for number in range(tasks))


@flow(on_completion=[tell_end])
def mapped(tasks: int) -> int:
    return sum(double.map(list(range(tasks))).result())


@flow
def stamped(pipe: str):
    """Writes its clock into a pipe, as children/stamp.c does, and ends with how its process has begun."""
    nanoseconds = time.monotonic_ns()
    with open(pipe, "wb", buffering=0) as file:
        file.write(struct.pack("=Q", nanoseconds))
    with open("/proc/self/cmdline", encoding="utf-8") as file:
        return Completed(message="warm" if "zygote" in file.read() else "cold")


def main(name: str, tasks: int) -> None:
    began, processor = time.monotonic(), time.process_time()
    answer = {"plain": plain, "mapped": mapped}[name](tasks)
    returned, ((ended, used),) = time.monotonic(), ends
    print(json.dumps({
        "flow_seconds": ended - began, "flow_processor_seconds": used - processor, "call_seconds": returned - began,
        "right": answer == tasks * (tasks - 1),
    }))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
