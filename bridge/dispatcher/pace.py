"""How fast one destination is written to: so many a second with a short burst, or held by its own word."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from datetime import timedelta

BURST = 3
MOST = 10_000
"""Destinations remembered; the one unused longest is forgotten first."""


class Pace:
    """Generic cell rate: `wait` returns when the next post may leave."""

    def __init__(self, per_second: float, burst: int = BURST) -> None:
        self._gap = 1 / per_second
        self._slack = self._gap * (burst - 1)
        self._next = 0.0
        self._quiet_until = 0.0

    async def wait(self) -> bool:
        """Whether anything had to be waited for."""
        delay = self._turn()
        waited = delay > 0
        while delay > 0:
            await asyncio.sleep(delay)
            quiet = asyncio.get_running_loop().time() < self._quiet_until  # it was asked for meanwhile
            delay = self._turn() if quiet else 0.0
        return waited

    def _turn(self) -> float:
        """Takes the next turn; the seconds until it comes."""
        now = asyncio.get_running_loop().time()
        start = max(self._next, now)
        self._next = start + self._gap
        return start - self._slack - now

    def hold(self, pause: timedelta) -> None:
        """The destination asked for quiet: nothing leaves before it is over, whoever waits already."""
        self._quiet_until = max(self._quiet_until, asyncio.get_running_loop().time() + pause.total_seconds())
        self._next = max(self._next, self._quiet_until + self._slack)


class Paces:
    def __init__(self) -> None:
        self._paces: OrderedDict[Hashable, Pace] = OrderedDict()

    def of(self, destination: Hashable, per_second: float | None) -> Pace | None:
        if per_second is None:
            return None
        pace = self._paces.get(destination)
        if pace is None:
            pace = self._paces[destination] = Pace(per_second)
            if len(self._paces) > MOST:
                self._paces.popitem(last=False)
        self._paces.move_to_end(destination)
        return pace
