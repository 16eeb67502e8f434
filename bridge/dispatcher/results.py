"""What became of an effect, on its way back to the recorder: by the way, or certainly and once.

Nobody waits for most results. What follows from one (an answer, a delivery that failed for good) is recorded
together with it, however long the database is away; and when the answer to a commit was lost, the effect's
own row tells whether it had come about.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from bridge.domain.events import Event, Outcome
from bridge.ports import Recorded, Settled, Unavailable

T = TypeVar("T")
PAUSE = 0.5
"""Seconds between tries while the database is away."""


class Recording(Protocol):
    """The recorder's side."""

    def settle(self, settled: Settled) -> None: ...
    async def record(self, event: Event, settled: Settled | None = None) -> Outcome: ...


class Waiting(Protocol):
    """The outbox's side."""

    async def waits(self, recorded: Recorded) -> bool: ...


class Results:
    def __init__(self, recorder: Recording, outbox: Waiting) -> None:
        self._recorder = recorder
        self._outbox = outbox

    def settle(self, settled: Settled) -> None:
        self._recorder.settle(settled)

    async def record(self, event: Event, settled: Settled) -> None:
        """Both or neither, once. Raises what makes it impossible, never Unavailable."""
        while True:
            try:
                await self._recorder.record(event, settled)
                return
            except Unavailable:
                await asyncio.sleep(PAUSE)
            if not await until_available(lambda: self._outbox.waits(settled.recorded)):
                return


async def until_available(work: Callable[[], Awaitable[T]]) -> T:
    """While the database is away what is to be done waits; it is not forgotten."""
    while True:
        try:
            return await work()
        except Unavailable:
            await asyncio.sleep(PAUSE)
