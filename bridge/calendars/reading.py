"""Reads an iCal (RFC 5545) into shifts: recurring events, exceptions and overrides, time zones, whole days.

A calendar comes from outside and may hold anything. What one event says wrongly leaves that event out and
is remarked upon; what would take for ever (an event every second) is never expanded. The libraries are
loaded when the first calendar is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bridge.domain.localtime import instant, known_zone
from bridge.domain.model import Agent
from bridge.domain.rota import Calendar, Shift
from bridge.domain.text import one_line

if TYPE_CHECKING:
    from icalendar import Component

MOST_BYTES = 2_000_000
MOST_EVENTS = 5_000
MOST_A_DAY = 48
"""Occurrences of one event in a day; nobody's shift is shorter than half an hour."""
MOST_SHIFTS = 5_000
_TIMED = ("DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID")


class BrokenCalendar(Exception):
    """A calendar can't be fetched or read. The message is for admins and names no address."""


@dataclass(frozen=True, slots=True)
class Reading:
    shifts: tuple[Shift, ...]
    remarks: tuple[str, ...] = ()
    """What was left out, in words for an admin."""


def read_calendar(body: bytes, calendar: Calendar, since: datetime, until: datetime) -> Reading:
    """The shifts between two instants. Slow for large calendars: call it from a thread.

    Raises BrokenCalendar for what is not a calendar at all.
    """
    found = _parse(body)
    zone = known_zone(str(found.get("X-WR-TIMEZONE", ""))) or calendar.zone
    remarks: list[str] = []
    sound: list[Any] = []
    for event in found.walk("VEVENT"):
        if why := _wrong(event):
            remarks.append(f"the event {_title(event)!r} {why}: it is left out")
        else:
            sound.append(event)
    if len(sound) > MOST_EVENTS:
        raise BrokenCalendar(f"it holds more than {MOST_EVENTS} events")
    if not sound and not remarks:
        remarks.append("it holds no events: it never says that somebody is on call")
    found.subcomponents = [c for c in found.subcomponents if c.name != "VEVENT"] + sound
    shifts = tuple(_shifts(found, calendar, zone, since, until))
    return Reading(shifts, tuple(dict.fromkeys(remarks)))


def _parse(body: bytes) -> "Component":
    from icalendar import Calendar as ICalendar

    text = body.decode("utf-8-sig", "replace").strip()
    if not text:
        raise BrokenCalendar("it is empty")
    if not text.upper().startswith("BEGIN:VCALENDAR"):
        page = text[:200].lower().startswith(("<!doctype", "<html"))
        raise BrokenCalendar("it is a web page, not a calendar" if page else "it is not an iCal")
    if not text.upper().endswith("END:VCALENDAR"):
        raise BrokenCalendar("it breaks off before its end")
    try:
        return ICalendar.from_ical(text)
    except Exception as error:  # whatever a stranger's file makes the parser raise
        raise BrokenCalendar(f"it can't be parsed: {one_line(str(error))[:120]}") from None


def _wrong(event: Any) -> str:
    """What makes an event unusable; empty for a sound one."""
    broken = [name for name, _ in event.errors if name in _TIMED]
    if broken or "DTSTART" not in event:
        return f"has no {broken[0] if broken else 'DTSTART'} that can be read"
    for name in ("DTSTART", "DTEND"):
        zone = getattr(event.get(name), "params", {}).get("TZID")
        at = getattr(event.get(name), "dt", None)
        if zone and isinstance(at, datetime) and at.tzinfo is None:
            return f"names the time zone {one_line(str(zone))[:40]}, which is not known"
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        often = str((rule.get("FREQ") or [""])[0]).upper() in ("SECONDLY", "MINUTELY")
        times = 1
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            times *= len(rule.get(part) or [0])
        if often or times > MOST_A_DAY:
            return "recurs too often for a shift"
    return ""


def _shifts(
    found: Any, calendar: Calendar, zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[Shift]:
    import recurring_ical_events

    try:
        query = recurring_ical_events.of(found, skip_bad_series=True)
        events = query.between(since - timedelta(days=2), until + timedelta(days=2))
    except Exception as error:  # a rule that the library can't expand
        raise BrokenCalendar(f"its recurrences can't be expanded: {type(error).__name__}") from None
    if len(events) > MOST_SHIFTS:
        raise BrokenCalendar(f"it holds more than {MOST_SHIFTS} events in five weeks")
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        start, end = _instants(event, zone)
        if start < end and start <= until and end > since:
            yield Shift(start, end, _agents(event, calendar.people))


def _instants(event: Any, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begins = event["DTSTART"].dt
    if "DTEND" in event:
        ends = event["DTEND"].dt
    elif "DURATION" in event:
        ends = begins + event["DURATION"].dt
    else:
        ends = begins if isinstance(begins, datetime) else begins + timedelta(days=1)
    return _instant(begins, zone), _instant(ends, zone)


def _instant(at: date | datetime, zone: ZoneInfo) -> datetime:
    """Whole days begin at midnight of the calendar's zone; times without a zone are of that zone."""
    if not isinstance(at, datetime):
        return instant(datetime.combine(at, time()), zone)
    return instant(at, zone) if at.tzinfo is None else at.astimezone(UTC)


def _agents(event: Any, people: Sequence[tuple[Agent, str]]) -> tuple[Agent, ...]:
    """Who of the listed stands in an event: as attendee or organizer by e-mail, or by name in its title."""
    title = f" {' '.join(_title(event).casefold().replace(',', ' ').replace('-', ' ').split())} "
    addresses = {address.casefold() for address in _addresses(event)}
    return tuple(
        agent
        for agent, email in people
        if (email and (email.casefold() in addresses or email.casefold() in title))
        or f" {agent.name.casefold().replace('-', ' ')} " in title
    )


def _addresses(event: Any) -> Iterator[str]:
    for name in ("ATTENDEE", "ORGANIZER"):
        values = event.get(name, [])
        for value in values if isinstance(values, list) else [values]:
            if str(value.params.get("PARTSTAT", "")).upper() != "DECLINED":
                yield str(value).removeprefix("mailto:").removeprefix("MAILTO:")


def _title(event: Any) -> str:
    return one_line(str(event.get("SUMMARY", "")))[:120]
