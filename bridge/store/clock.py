"""The installation's one clock: the database's. Replicas need not agree on theirs.

Every few seconds the distance to the database's clock is measured; in between time passes by the
monotonic clock, so that a host whose clock jumps neither breaks a lease nor rings an alarm early.
With SQLite there is one process and one clock: the host's.
"""

import logging
from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import func, select

from bridge.store.engine import Database

log = logging.getLogger(__name__)

WORTH_SAYING = timedelta(seconds=5)
"""Skew of the host's own clock that an operator should know of."""


class DatabaseClock:
    """Implements `bridge.ports.Clock`; the host's own time until it was first set."""

    def __init__(self) -> None:
        self._base = datetime.now(UTC)
        self._mark = monotonic()
        self._warned = False
        self.skew = timedelta()
        """How far the host's own clock was ahead of this one at the last look."""

    def now(self) -> datetime:
        return self._base + timedelta(seconds=monotonic() - self._mark)

    async def set_by(self, database: Database) -> None:
        """Raises Unavailable."""
        if database.sqlite:
            self._base, self._mark = datetime.now(UTC), monotonic()
            return
        async with database.reading() as connection:
            before = monotonic()
            told: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
            after = monotonic()
        self._base, self._mark = told.astimezone(UTC), (before + after) / 2
        self.skew = skew = datetime.now(UTC) - self.now()
        if (abs(skew) > WORTH_SAYING) != self._warned:
            self._warned = not self._warned
            words = "is apart from the database's, which counts" if self._warned else "is right again"
            log.warning("the host's clock %s", words, extra={"seconds": round(skew.total_seconds(), 1)})
