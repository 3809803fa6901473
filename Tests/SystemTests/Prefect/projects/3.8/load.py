"""Flow runs of many tasks, one after another: `load.py RUNS TASKS`."""

import sys

from prefect import flow, task


@task
def step(number):
    return number


@flow
def loaded(tasks: int = 20):
    return sum(future.result() for future in step.map(list(range(tasks))))


if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        loaded(int(sys.argv[2]))
    print("DONE")
