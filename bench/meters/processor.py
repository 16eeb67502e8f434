"""Processor time of processes, exact to the microsecond where the kernel tells it.

Linux has a clock for each process's processor time (clock_getcpuclockid(3)): its id is made from the
process id. A clock of a process that has ended can't be read any more.
"""

import time
from collections.abc import Iterable
from pathlib import Path

_SCHEDULED = 2
"""CPUCLOCK_SCHED of the kernel's posix-timers.h: user and system time of all threads."""


def processor_seconds(pid: int) -> float:
    """User and system time that a process has used; none when there is no such process."""
    try:
        return time.clock_gettime((~pid << 3) | _SCHEDULED)
    except OSError:
        return 0.0


class ProcessorMeter:
    """Processor time used by some processes since it was made; those that are new since then count too."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._began = {pid: processor_seconds(pid) for pid in pids}

    def used(self, pids: Iterable[int]) -> float:
        """Seconds; `pids` are those that are there now. What has ended meanwhile is not counted."""
        return sum(max(processor_seconds(pid) - self._began.get(pid, 0.0), 0.0) for pid in pids)


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(child) for child in told.split()]


def title(pid: int) -> str:
    """How a process calls itself; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode("utf-8", "replace")
    except OSError:
        return ""


def resident_bytes(pid: int) -> int:
    """Memory that a process holds in RAM."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"process {pid} tells no memory")
