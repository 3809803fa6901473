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


@flow
def plain(tasks: int) -> int:
    return sum(double(number) for number in range(tasks))


@flow
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
    seconds, processor = time.monotonic() - began, time.process_time() - processor
    print(json.dumps({"seconds": seconds, "processor_seconds": processor, "right": answer == tasks * (tasks - 1)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
