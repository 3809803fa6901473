"""A flow that takes some seconds, with tasks all the time: `enduring.py STEPS`."""

import sys
import time

from prefect import flow, task


@task
def step(number):
    time.sleep(0.3)
    return number


@flow
def enduring(steps: int):
    return sum(step(number) for number in range(steps))


if __name__ == "__main__":
    print("RESULT", enduring(int(sys.argv[1])))
