"""Slack waits three seconds. What takes longer goes on, and Slack is told that it is not there yet.

A press is never acknowledged before its commit; whoever pressed is told privately what is going on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from adapters.desks.slack.errands import Errands
from bridge.ports import Unavailable

logger = logging.getLogger(__name__)

PATIENCE = 2.4
"""Seconds, of Slack's three."""
SLOW = "The bridge is slow at the moment. Your press is still being recorded: the card shows when it is."
Answered = TypeVar("Answered")


class TooSlow(Unavailable):
    """It goes on in the background."""


async def in_time(
    errands: Errands,
    work: Coroutine[Any, Any, Answered],
    late: Callable[[Answered], Awaitable[None]],
    patience: float = PATIENCE,
) -> Answered:
    """The result, if it comes in time; else TooSlow, and `late` is given the result when it comes."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=patience)
    if done:
        return task.result()

    async def follow() -> None:
        await late(await task)

    errands.start(follow())
    raise TooSlow("slower than Slack waits")
