"""A flow with parameters of several types, hooks, and as long a life as one wishes."""

import time
from datetime import datetime
from enum import Enum
from typing import List, Literal, Optional

from prefect import flow, get_run_logger, task
from pydantic import BaseModel, Field


class Size(str, Enum):
    small = "small"
    large = "large"


class Settings(BaseModel):
    title: str
    copies: int = Field(default=2, ge=0)


@task
def step(number):
    return number


def completed(flow, flow_run, state):
    print("HOOK completed", state.name)


def cancelled(flow, flow_run, state):
    print("HOOK cancelled", state.name)


def crashed(flow, flow_run, state):
    print("HOOK crashed", state.name)


@flow(name="typed", log_prints=True, on_completion=[completed], on_cancellation=[cancelled], on_crashed=[crashed])
def typed(
    number: int, word: str = "w", size: Size = Size.small, settings: Optional[Settings] = None,
    when: Optional[datetime] = None, tags: List[str] = [], mode: Literal["fast", "slow"] = "fast", seconds: float = 0,
):
    """Takes its time.

    Args:
        number: any number
    """
    get_run_logger().info("number %s, %s seconds", number, seconds)
    step(number)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.2)
    return number
