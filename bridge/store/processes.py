"""The name of a process, by which others on the same machine can tell for certain whether it has ended.

A lease has to be patient: a silent process may be a slow one. But whoever restarts after a crash, beside its
dead predecessor, can ask the system. The name holds the boot of the kernel and the namespace of process
numbers (both unique while anything in them lives), the number, and when the process began. Where the
system tells none of it (no /proc), the lease alone decides.
"""

import os
import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path

PROC = Path("/proc")


def worker_id() -> str:
    """A fresh name for this process."""
    return ".".join((secrets.token_hex(8), _place(), str(os.getpid()), _began(os.getpid())))


def has_ended(worker: str) -> bool:
    """True only when it is certain: it ran in the same place, and no such process is there any more."""
    match worker.split("."):
        case [_, place, pid, began] if place and place == _place() and pid.isdigit():
            return _began(int(pid)) != began
    return False


@cache
def _place() -> str:
    """This boot and this namespace; empty where the system does not tell."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = os.readlink(PROC / "self/ns/pid")
        (PROC / "self/stat").read_bytes()
    except OSError:
        return ""
    return sha256(f"{boot} {namespace}".encode()).hexdigest()[:12]


def _began(pid: int) -> str:
    """In clock ticks since the boot (proc(5), stat, field 22); empty when it has ended."""
    try:
        stat = (PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else rest[18]
