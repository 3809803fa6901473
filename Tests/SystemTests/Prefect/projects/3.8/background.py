"""Tasks that another process executes: `background.py serve`, and `background.py` to ask for them."""

import sys

from prefect import task
from prefect.task_worker import serve


@task(log_prints=True, retries=1, retry_delay_seconds=1)
def plus_one(number):
    print("plus one", number)
    return number + 1


@task
def never():
    raise ValueError("never")


def ask():
    future = plus_one.delay(4)
    future.wait(timeout=60)
    print("FIRST", future.state.name, future.result(timeout=30))
    failing = never.delay()
    failing.wait(timeout=60)
    print("SECOND", failing.state.name)
    mapped = plus_one.map([1, 2], deferred=True)
    for each in mapped:
        each.wait(timeout=60)
    print("MAPPED", [each.state.name for each in mapped])


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve(plus_one, never, limit=2)
    else:
        ask()
