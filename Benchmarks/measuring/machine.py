"""What the figures were measured on."""

import os
import platform
import statistics
import time
from pathlib import Path

SYNCS = 300


class CannotRun(Exception):
    """Why something cannot be measured here, and what to do about it."""


def describe_machine(folder: Path) -> dict:
    """The machine, and the file system on which `folder` lies. Writes to that for a moment."""
    device, kind = file_system(folder)
    syncs = sync_milliseconds(folder)
    return {
        "cpus": os.cpu_count(),
        "model": _field("/proc/cpuinfo", "model name"),
        "kernel": f"{platform.system()} {platform.release()}",
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "file_system": f"{kind} on {device}",
        "fdatasync_ms": {"median": statistics.median(syncs), "p99": sorted(syncs)[len(syncs) * 99 // 100]},
        "load_before": os.getloadavg()[0],
    }


def file_system(folder: Path) -> tuple[str, str]:
    """Device and type of the file system that holds `folder`.

    Raises CannotRun if it lies in memory: what is synchronised there is not durable.
    """
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    path = folder.resolve()
    holding = [mount for mount in mounts if path.is_relative_to(mount[1])]
    device, _, kind = max(holding, key=lambda mount: len(mount[1]))[:3]
    if kind in ("tmpfs", "ramfs"):
        raise CannotRun(f"{folder} lies in memory ({kind}): set TMPDIR to a folder on a disk")
    return device, kind


def sync_milliseconds(folder: Path) -> list[float]:
    """How long it takes to have 4 KiB more of a file on the disk."""
    path = folder / "sync"
    took = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 4096)
            before = time.monotonic()
            os.fdatasync(file.fileno())
            took.append((time.monotonic() - before) * 1000)
    path.unlink()
    return took


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return "unknown"
