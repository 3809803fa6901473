"""Where the children of the latency benchmark say when they started."""

import os
import select
import struct
from pathlib import Path

from measuring.machine import CannotRun

STAMP_SECONDS = 30


class StampPipe:
    """A pipe with a name, into which a child writes its clock: see children/stamp.c."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> "StampPipe":
        os.mkfifo(self.path)
        self.descriptor = os.open(self.path, os.O_RDWR)
        return self

    def __exit__(self, *_) -> None:
        os.close(self.descriptor)

    def receive(self, seconds: float = STAMP_SECONDS) -> int:
        """Nanoseconds of the monotonic clock."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            raise CannotRun(f"no child has started within {seconds:g} s")
        return struct.unpack("=Q", os.read(self.descriptor, 8))[0]
