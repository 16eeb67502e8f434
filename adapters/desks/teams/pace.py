"""How fast Teams lets a bot write into one conversation, kept before Teams has to say so.

7 in one second, 8 in two, 60 in thirty, 1,800 in an hour; a channel with all its threads is one
conversation. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from bridge.ports import RetryLater

WINDOWS = ((1.0, 7), (2.0, 8), (30.0, 60), (3600.0, 1800))
"""Seconds, and how many may fall into any such stretch."""
PATIENCE = 2.5
"""Seconds that a caller waits for its turn; a longer pause is the outbox's."""
_MOST = 10_000


class Pace:
    """One conversation's sends of the last hour."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=max(many for _, many in WINDOWS))

    def take(self) -> float:
        """Books the next free moment and returns how many seconds away it is."""
        now = self._clock()
        turn = now
        for seconds, many in WINDOWS:
            if len(self._sent) >= many:
                turn = max(turn, self._sent[-many] + seconds)
        if turn - now <= PATIENCE:
            self._sent.append(turn)
        return turn - now


class Paces:
    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._paces: OrderedDict[str, Pace] = OrderedDict()

    async def turn(self, conversation: str) -> None:
        """Returns when one more may be sent there. Raises RetryLater when that is a while off."""
        place = conversation.partition(";")[0]
        pace = self._paces.setdefault(place, Pace(self._clock))
        self._paces.move_to_end(place)
        if len(self._paces) > _MOST:
            self._paces.popitem(last=False)
        pause = pace.take()
        if pause > PATIENCE:
            raise RetryLater("teams: the conversation's limit is reached", timedelta(seconds=pause))
        if pause > 0:
            await asyncio.sleep(pause)
