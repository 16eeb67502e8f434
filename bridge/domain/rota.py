"""When a desk is staffed: weekly hours in the tenant's time zone, read at the moment of paging."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours; days are 0 (Monday) to 6. `until` at or before `since` runs past midnight."""

    days: frozenset[int]
    since: time
    until: time


@dataclass(frozen=True, slots=True)
class Rota:
    """A desk without any hours is always on call."""

    hours: tuple[Hours, ...] = ()
    zone: ZoneInfo = UTC

    def on_call(self, now: datetime) -> bool:
        return not self.hours or any(start <= now < end for start, end in self._shifts(now))

    def next_start(self, now: datetime) -> datetime | None:
        """When somebody is next on call, within eight days; None when somebody is now."""
        if self.on_call(now):
            return None
        return min((start for start, _ in self._shifts(now) if start > now), default=None)

    def _shifts(self, now: datetime) -> Sequence[tuple[datetime, datetime]]:
        today = now.astimezone(self.zone).date()
        shifts = []
        for offset in range(-1, 9):
            day = today + timedelta(days=offset)
            for hours in self.hours:
                if day.weekday() in hours.days:
                    start = datetime.combine(day, hours.since, self.zone)
                    last = day if hours.until > hours.since else day + timedelta(days=1)
                    shifts.append((start, datetime.combine(last, hours.until, self.zone)))
        return shifts
