"""What the kernel tells of a process: memory and processor time. Linux only."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from sluice_processes import descendants  # noqa: E402

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def pss_kib(*pids: int) -> int:
    """The proportional set size of processes, in KiB: a page that several processes share counts for each in part."""
    return sum(_kib(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in pids)


def peak_kib(pid: int) -> int:
    """The largest resident set of a process until now, in KiB."""
    return _kib(f"/proc/{pid}/status", "VmHWM:")


def forget_peak(pid: int) -> None:
    """Lets `peak_kib` begin anew from what is resident now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def processor_seconds(pid: int) -> float:
    """The processor time of a process, in and out of the kernel, to a hundredth of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def mentioning(word: str) -> list[int]:
    """Those of our descendants in whose command line a word stands."""
    return [pid for pid in descendants(os.getpid()) if word.encode() in _arguments(pid)]


def _arguments(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:  # it ended while we looked
        return []


def _kib(path: str, field: str) -> int:
    for line in Path(path).read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise ValueError(f"{path} has no {field}")
