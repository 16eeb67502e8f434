"""What may follow an acknowledgement: private words, a window, a card shown anew.

Only what nobody loses by when the process dies: the commit came before. The tasks are kept, so that
none is collected unfinished, and awaited at the end.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bridge.ports import DeliveryError, Unavailable

logger = logging.getLogger(__name__)
FAREWELL = 3.0
"""Seconds that `finish` waits."""


class Errands:
    """Of one platform, which is named in the log."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._running: set[asyncio.Task[None]] = set()

    def start(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._carefully(errand))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def finish(self) -> None:
        """Waits for what runs, then gives it up."""
        if not self._running:
            return
        _, late = await asyncio.wait(set(self._running), timeout=FAREWELL)
        for task in late:
            task.cancel()

    async def _carefully(self, errand: Coroutine[Any, Any, None]) -> None:
        try:
            await errand
        except (DeliveryError, Unavailable) as error:
            logger.warning("%s: %s: %s", self._platform, type(error).__name__, error)
        except Exception:
            logger.exception("%s: an errand failed", self._platform)
