"""Named points at which a test tells the process to die there and then: no line of it runs afterwards.

`BRIDGE_CRASH=point[/detail][:nth]`, read once at start: the nth time that the point is reached (with
that detail: an event or effect type), the process kills itself as `kill -9` would. Without it a point is one
`if` that is false. In the code: `if crash.armed: crash.at("committed", ...)`. It must never be used for
anything else, and never decides anything.
"""

import os
import signal
from collections.abc import Callable, Iterable

POINTS = {
    "locked": "in the batch: the conversations are locked and read, nothing is written",
    "marking": "in the batch: the results of effects are about to be written",
    "written": "in the batch: everything is written, nothing is committed",
    "committed": "committed, and nobody knows it yet: not the sender, not the dispatcher",
    "to-carry": "committed and acknowledged; the effect has not left",
    "carried": "the effect has arrived at its destination, and is not marked",
    "answered": "the assistant has answered, and the answer is not recorded",
    "taken-over": "the sweeper has made a dead process's effects its own, and carries none yet",
    "timer-taken": "a due timer is leased, and has not rung",
    "drained": "told to stop: what was under way has ended, the rest is not given back yet",
}
"""What is true at each point."""

VARIABLE = "BRIDGE_CRASH"


class _Armed:
    def __init__(self, point: str, detail: str, nth: int, die: Callable[[str], None]) -> None:
        self.point, self.detail, self.left, self.die = point, detail, nth, die


armed: _Armed | None = None
"""None: nothing happens anywhere."""


def arm(wish: str, die: Callable[[str], None] | None = None) -> None:
    """`wish` is what the variable holds; empty disarms. Raises ValueError for a point that is not known."""
    global armed
    place, _, nth = wish.partition(":")
    point, _, detail = place.partition("/")
    if not point:
        armed = None
        return
    if point not in POINTS or not (nth or "1").isdigit():
        raise ValueError(f"{VARIABLE} is point[/detail][:nth] with a point of: {', '.join(POINTS)}")
    armed = _Armed(point, detail, int(nth or 1), die or _kill)


def at(point: str, details: Iterable[object] = ()) -> None:
    """Dies here, if this is where and when. `details`: what is under way, told apart by its type."""
    if armed is None or armed.point != point:
        return
    if armed.detail and armed.detail not in {type(each).__name__ for each in details}:
        return
    armed.left -= 1
    if armed.left <= 0:
        armed.die(point)


def _kill(point: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
