"""The time of the running loop leaps, so that nobody sits out a pause: Slack's 30 seconds, a back-off.

Everything that asyncio times goes by it: pauses, paces, deadlines. What is on its way needs real time
still, so a leap is made in steps, and after each the loop turns until what it woke has come to rest.
"""

import asyncio
from collections.abc import Awaitable, Callable

STEP = 2.0
"""Seconds at a time: shorter than any deadline of what may be under way meanwhile."""
REST = 0.02
"""Real seconds for what a step woke: a request to a neighbour on this machine."""


class Leaps:
    """One for a loop, which keeps its lead until it ends."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._real = self._loop.time
        self._ahead = 0.0
        self._loop.time = lambda: self._real() + self._ahead  # type: ignore[method-assign]

    async def over(
        self, seconds: float, after_each: Callable[[float], Awaitable[None]] | None = None
    ) -> None:
        """`after_each` is told how far each step went."""
        while seconds > 0:
            step = min(STEP, seconds)
            self._ahead += step
            seconds -= step
            if after_each:
                await after_each(step)
            await self._rest()

    async def until(self, done: Awaitable[None]) -> None:
        """As often as it takes."""
        task = asyncio.ensure_future(done)
        while not task.done():
            await self.over(STEP)
        await task

    async def _rest(self) -> None:
        until = self._real() + REST
        while self._real() < until:
            await asyncio.sleep(0)
