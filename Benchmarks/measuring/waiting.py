"""Waits that end."""

import time

from measuring.machine import CannotRun

POLL_SECONDS = 0.01
LONGEST_SECONDS = 600


def wait_until(condition, what: str, seconds: float = LONGEST_SECONDS, poll: float = POLL_SECONDS):
    """What `condition` gives, once that is true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise CannotRun(f"waited {seconds:.0f} s in vain until {what}")
        time.sleep(poll)
    return value
