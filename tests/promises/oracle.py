"""What a schedule and a promise mean, said again and otherwise than the bridge says it.

The bridge makes stretches of instants and compares them. Here somebody looks at a clock on the desk's wall
at single instants; where the clocks are put back and a wall-clock time comes twice, they do not judge.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.rota import Hours, Rota, SpecialHours

MINUTE = timedelta(minutes=1)


def comes_twice(at: datetime, zone: ZoneInfo) -> bool:
    local = at.astimezone(zone)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def open_at(rota: Rota, at: datetime) -> bool | None:
    """Whether the wall clock says that the desk is open; None where it can't be told."""
    if not rota.scheduled:
        return True
    entries: tuple[Hours | SpecialHours, ...] = (*rota.hours, *rota.special)
    answers = [_covers(rota, entry, at) for entry in entries]
    return True if True in answers else (None if None in answers else False)


def open_throughout(rota: Rota, start: datetime, length: timedelta) -> bool:
    """Nowhere closed from `start` on for `length`."""
    steps = range(0, int(length / MINUTE), 5)
    looks = [start + n * MINUTE for n in steps] + [start + length - timedelta(seconds=1)]
    return all(open_at(rota, at) is not False for at in looks)


def promised_instant(local: str, zone: ZoneInfo) -> datetime:
    """By walking through that day's minutes: the first at which the clock shows that time or a later one."""
    wanted = datetime.fromisoformat(local)
    at = wanted.replace(tzinfo=UTC) - timedelta(hours=16)
    while at.astimezone(zone).replace(tzinfo=None) < wanted:
        at += MINUTE
    return at


def _covers(rota: Rota, entry: Hours | SpecialHours, at: datetime) -> bool | None:
    zone = entry.zone or rota.zone
    if comes_twice(at, zone):
        return None
    local = at.astimezone(zone)
    clock, today = local.time(), local.date()
    overnight = entry.until <= entry.since
    if _on(rota, entry, today) and clock >= entry.since and (overnight or clock < entry.until):
        return True
    return overnight and clock < entry.until and _on(rota, entry, today - timedelta(days=1))


def _on(rota: Rota, entry: Hours | SpecialHours, day: object) -> bool:
    if isinstance(entry, SpecialHours):
        return day in entry.dates
    closed = day in rota.off or any(day in special.dates for special in rota.special)
    return not closed and day.weekday() in entry.days  # type: ignore[attr-defined]
