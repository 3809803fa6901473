"""Tasks with a tag limit, slots of global limits, a rate, and limits that there are not."""

from prefect import flow, task
from prefect.concurrency.sync import concurrency, rate_limit


@task(tags=["scarce"])
def scarce(number):
    return number


@flow
def limited():
    print("TASKS", [future.result() for future in [scarce.submit(number) for number in range(3)]])
    with concurrency("slots", occupy=1):
        print("IN")
    with concurrency("unheard", occupy=1):
        print("IN WITHOUT A LIMIT")
    try:
        with concurrency("unheard", occupy=1, strict=True):
            pass
    except Exception as error:
        print("REFUSED", type(error).__name__)
    for _ in range(3):
        rate_limit("rate")
    try:
        with concurrency("full", occupy=2, timeout_seconds=1):
            pass
    except Exception as error:
        print("REFUSED", type(error).__name__)


if __name__ == "__main__":
    limited()
