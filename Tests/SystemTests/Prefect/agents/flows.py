"""Flows that Sluice's agents execute. Each says how its process began, and which process it is."""

import os
import resource
import ssl
import sys
import time

import certifi
import prefect
from prefect import flow, task


def how():
    with open("/proc/self/cmdline", encoding="utf-8") as file:
        return "warm" if "zygote" in file.read() else "cold"


def begin():
    print(f"process {os.getpid()} {how()} attempt {os.environ['SLUICE_ATTEMPT']} of {prefect.__version__}")


@task
def double(number):
    return 2 * number


@task
def wait(path):
    while not os.path.exists(path):
        time.sleep(0.05)


def cancelled(flow, run, state):
    print("hook: cancelled")


@flow(log_prints=True)
def inner(path):
    wait(path)


@flow(log_prints=True)
def sums(count: int = 3):
    begin()
    print("sum", sum(future.result() for future in double.map(list(range(count)))))
    print("straight out", file=sys.stderr)
    contexts = [ssl.create_default_context(cafile=certifi.where()) for _ in range(2)]
    print("contexts of its own", contexts[0] is not contexts[1])


@flow(log_prints=True, on_cancellation=[cancelled])
def waits(path: str, in_sub_flow: bool = False):
    begin()
    inner(path) if in_sub_flow else wait(path)
    print("waited")


@flow(log_prints=True, retries=1, retry_delay_seconds=1)
def stumbles(path: str):
    begin()
    if not os.path.exists(path):
        open(path, "w", encoding="utf-8").close()
        raise ValueError("the first time")


@flow(log_prints=True)
def vanishes(code: int = 0):
    begin()
    os._exit(code)


@flow(log_prints=True)
def narrow():
    begin()
    # Not by print, which goes over the API: what has not been sent yet is lost when the process is killed.
    os.write(2, f"files {resource.getrlimit(resource.RLIMIT_NOFILE)[0]}\n".encode())
    print("hungry", len(bytearray(400 << 20)))


@flow(log_prints=True)
def older():
    begin()
