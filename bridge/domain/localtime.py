"""Wall-clock times and instants: one rule for the hours that a change of the clocks skips or repeats.

A local time that does not exist becomes the first instant after the gap; one that exists twice is the
first of the two. Instants are aware and in UTC everywhere else; only what people agreed on ("Friday at
ten in Madrid") is a wall-clock time with the zone it was promised in.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SECOND = timedelta(seconds=1)


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, of a naive wall-clock time in a zone."""
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if wall_clock(first, zone) == local:
        return first
    return _end_of_gap(local.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of a zone show at an instant: naive, to be compared with other wall-clock times."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def known_zone(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None for what is not one. Names come from strangers."""
    try:
        return ZoneInfo(name) if name and len(name) <= 64 else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two at which the clocks jump: they show the first time after the gap then."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
