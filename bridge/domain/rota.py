"""When a desk is staffed and by whom: weekly hours, days off, calendars, and the agents' own switches.

A pure value. What is only known outside (the newest copy of a calendar, who switched themselves on or
off) is put into it by the duty roster, so that every decision reads it at the moment of paging.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.callback import Taken
from bridge.domain.localtime import instant, wall_clock
from bridge.domain.model import Agent, Handoff

UTC_ZONE = ZoneInfo("UTC")
HORIZON = timedelta(days=35)
"""How far ahead anybody looks for the next shift."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """From `start` to before `end` somebody is on call: the named, or somebody of the desk."""

    start: datetime
    end: datetime
    agents: tuple[Agent, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours; days are 0 (Monday) to 6. `until` at or before `since` runs past midnight."""

    days: frozenset[int]
    since: time
    until: time
    agents: tuple[Agent, ...] = ()
    zone: ZoneInfo | None = None
    """Where its clock stands; None = the rota's."""


@dataclass(frozen=True, slots=True)
class SpecialHours:
    """Hours of single dates. They take the place of the weekly hours and of a day off."""

    dates: frozenset[date]
    since: time
    until: time
    agents: tuple[Agent, ...] = ()
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iCal that says who is on call, by its address or file. What it says now is in `Rota.calendar`."""

    address: str
    zone: ZoneInfo
    """For days and times that name no zone."""
    people: tuple[tuple[Agent, str], ...] = ()
    """Who may stand in it: the agent, and the e-mail address that it knows them by."""


@dataclass(frozen=True, slots=True)
class Switch:
    """An agent's own word: on or off, until further notice or until an instant."""

    agent: Agent
    on: bool
    at: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Rota:
    """A desk without any schedule is always on call."""

    hours: tuple[Hours, ...] = ()
    zone: ZoneInfo = UTC_ZONE
    special: tuple[SpecialHours, ...] = ()
    off: frozenset[date] = frozenset()
    """Dates without weekly hours: days off and public holidays."""
    calendars: tuple[Calendar, ...] = ()
    calendar: tuple[Shift, ...] = ()
    """What the calendars say, as far as they could be read. Nothing is made up for what could not."""
    switches: tuple[Switch, ...] = ()
    taken: tuple[Taken, ...] = ()
    """Callbacks that are booked here, as far as this process knows. Only the commit knows for sure."""

    @property
    def scheduled(self) -> bool:
        return bool(self.hours or self.special or self.calendars)

    def live(
        self,
        calendar: tuple[Shift, ...] = (),
        switches: tuple[Switch, ...] = (),
        taken: tuple[Taken, ...] = (),
    ) -> "Rota":
        """The same schedule with what is known now."""
        return replace(self, calendar=calendar, switches=switches, taken=taken)

    def on_call(self, now: datetime) -> bool:
        """Whether somebody is there: the schedule says so, or an agent does for themselves."""
        if not self.scheduled or any(s.on for s in self._switched(now)):
            return True
        return any(s.start <= now < s.end and self._manned(s, now) for s in self.shifts(now, now))

    def line(self, now: datetime) -> tuple[Agent, ...]:
        """Named agents in the order in which they are paged: by the schedule, then who switched on."""
        switched = self._switched(now)
        away = {s.agent.id for s in switched if not s.on}
        named = [agent for shift in self.shifts(now, now) if shift.start <= now for agent in shift.agents]
        named += [s.agent for s in sorted(switched, key=lambda s: s.at) if s.on]
        first: dict[str, Agent] = {}
        for agent in named:
            if agent.id not in away:
                first.setdefault(agent.id, agent)
        return tuple(first.values())

    def next_start(self, now: datetime) -> datetime | None:
        """When somebody is next on call, within HORIZON; None when somebody is now, or never."""
        if self.on_call(now):
            return None
        starts = []
        for shift in self.shifts(now, now + HORIZON):
            start = max(shift.start, now)
            back = [s.until for s in self._switched(start) if s.until and s.until < shift.end and not s.on]
            starts += [at for at in (start, *back) if at > now and self._manned(shift, at)]
        return min(starts, default=None)

    def staffed(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """The stretches between two instants in which somebody is on call by the schedule."""
        if not self.scheduled:
            return [(since, until)]
        found: list[tuple[datetime, datetime]] = []
        for shift in self.shifts(since, until):
            if not self._manned(shift, max(shift.start, since)):
                continue
            if found and shift.start <= found[-1][1]:
                found[-1] = (found[-1][0], max(found[-1][1], shift.end))
            else:
                found.append((shift.start, shift.end))
        return found

    def gaps(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """The stretches between two instants in which nobody is on call."""
        free, at = [], since
        for start, end in self.staffed(since, until):
            if start > at:
                free.append((at, min(start, until)))
            at = max(at, end)
        return [*free, *([(at, until)] if at < until else [])]

    def shifts(self, since: datetime, until: datetime) -> Sequence[Shift]:
        """All shifts that touch the time between two instants, the earliest first."""
        schedule: tuple[Hours | SpecialHours, ...] = (*self.hours, *self.special)
        made = [
            shift
            for hours in schedule
            for shift in self._of(hours, since, until)
            if shift.start <= until and shift.end > since
        ]
        made += [shift for shift in self.calendar if shift.start <= until and shift.end > since]
        return sorted(made, key=lambda shift: (shift.start, shift.end))

    def _of(self, hours: Hours | SpecialHours, since: datetime, until: datetime) -> Iterable[Shift]:
        zone = hours.zone or self.zone
        day, last = wall_clock(since - DAY, zone).date() - DAY, wall_clock(until, zone).date()
        while day <= last:
            if self._counts(hours, day):
                ends = day if hours.until > hours.since else day + DAY
                start = instant(datetime.combine(day, hours.since), zone)
                end = instant(datetime.combine(ends, hours.until), zone)
                if start < end:
                    yield Shift(start, end, hours.agents)
            day += DAY

    def _counts(self, hours: Hours | SpecialHours, day: date) -> bool:
        if isinstance(hours, SpecialHours):
            return day in hours.dates
        special = any(day in other.dates for other in self.special)
        return day.weekday() in hours.days and day not in self.off and not special

    def _switched(self, now: datetime) -> list[Switch]:
        return [switch for switch in self.switches if switch.holds(now)]

    def _manned(self, shift: Shift, at: datetime) -> bool:
        """A shift whose named agents have all switched themselves off is nobody's."""
        away = {s.agent.id for s in self._switched(at) if not s.on}
        return not shift.agents or any(agent.id not in away for agent in shift.agents)


def called_by(line: Sequence[Agent], handoff: Handoff) -> tuple[Agent, ...]:
    """Whom this page of a handoff calls: the first in line, then the next; everybody once all were called.

    Whoever let a claim run out comes last. Empty where nobody is named, or nobody is on call.
    """
    if handoff.owner is not None:
        return (handoff.owner,)
    here = [agent for agent in line if agent.name != handoff.lapsed_from]
    ordered = [*here, *(agent for agent in line if agent.name == handoff.lapsed_from)]
    turn = handoff.pages - handoff.line_from - 1
    return tuple(ordered[turn : turn + 1]) or tuple(ordered)


__all__ = [
    "HORIZON",
    "Calendar",
    "Hours",
    "Rota",
    "Shift",
    "SpecialHours",
    "Switch",
    "called_by",
]
