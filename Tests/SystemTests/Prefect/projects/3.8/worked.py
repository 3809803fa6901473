"""Flows for a worker: one that suspends itself, one that runs a deployment, and ones that end badly."""

import os
import time

from prefect import flow, get_run_logger, suspend_flow_run, task
from prefect.deployments import run_deployment
from prefect.input import RunInput


class Question(RunInput):
    name: str


@task(persist_result=True)
def once():
    get_run_logger().info("executing once")
    return 1


@flow(persist_result=True)
def suspending():
    number = once()
    answer = suspend_flow_run(wait_for_input=Question, timeout=120)
    get_run_logger().info("resumed by %s", answer.name)
    return number


@flow
def calling():
    return run_deployment("typed/typed", parameters={"number": 11}, timeout=90, poll_interval=1).state.name


@flow(retries=1, retry_delay_seconds=1)
def breaking():
    raise ValueError("always")


@flow
def crashing():
    os._exit(3)


@flow
def lasting():
    while True:
        time.sleep(0.2)
