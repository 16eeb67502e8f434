"""What may follow an acknowledgement: private words, a window, a card shown anew.

Only what nobody loses by when the process dies: the commit came before. The tasks are kept, so that
none is collected unfinished, and awaited at the end. What takes longer than a platform waits goes on
here as well, and is not acknowledged.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bridge.ports import DeliveryError, Unavailable

logger = logging.getLogger(__name__)
FAREWELL = 3.0
"""Seconds that `finish` waits."""
Answered = TypeVar("Answered")


class TooSlow(Unavailable):
    """It goes on in the background."""


class Errands:
    """Of one platform, which is named in the log."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._running: set[asyncio.Task[None]] = set()

    def start(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._carefully(errand))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def in_time(
        self,
        work: Coroutine[Any, Any, Answered],
        late: Callable[[Answered], Awaitable[None]],
        patience: float,
    ) -> Answered:
        """The result if it comes within `patience` seconds; else TooSlow, and `late` gets it in the end."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=patience)
        if done:
            return task.result()

        async def follow() -> None:
            await late(await task)

        self.start(follow())
        raise TooSlow(f"slower than {self._platform} waits")

    async def finish(self) -> None:
        """Waits for what runs, then gives it up."""
        if not self._running:
            return
        _, late = await asyncio.wait(set(self._running), timeout=FAREWELL)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _carefully(self, errand: Coroutine[Any, Any, None]) -> None:
        try:
            await errand
        except (DeliveryError, Unavailable) as error:
            logger.warning("%s: %s: %s", self._platform, type(error).__name__, error)
        except Exception:
            logger.exception("%s: an errand failed", self._platform)
