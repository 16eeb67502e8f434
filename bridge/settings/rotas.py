"""From a desk's `on_call:` entries to the core's `Rota`."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.domain.model import Agent
from bridge.domain.rota import Calendar, Hours, Rota, SpecialHours
from bridge.settings.on_call import NamedAgent, OnCallEntry

YEARS_AHEAD = 2
"""Public holidays are worked out for this year and so many after it; a restart or a change renews them."""


def compile_rota(entries: Iterable[OnCallEntry], zone: ZoneInfo, folder: Path) -> Rota:
    hours, special, calendars = [], [], []
    off: set[date] = set()
    for entry in entries:
        agents = tuple(_agent(named) for named in entry.agents)
        if entry.ical is not None:
            people = tuple((_agent(named), named.email) for named in entry.agents)
            calendars.append(Calendar(_address(entry.ical, folder), entry.timezone or zone, people))
        elif entry.closed is not None:
            off |= entry.closed
        elif entry.holidays is not None:
            off |= _holidays(*entry.holidays)
        elif entry.since is None or entry.until is None:
            continue
        elif entry.days is not None:
            hours.append(Hours(entry.days, entry.since, entry.until, agents, entry.timezone))
        elif entry.dates is not None:
            special.append(SpecialHours(entry.dates, entry.since, entry.until, agents, entry.timezone))
    return Rota(tuple(hours), zone, tuple(special), frozenset(off), tuple(calendars))


def _agent(named: NamedAgent) -> Agent:
    return Agent(named.id, named.name)


def _address(ical: str, folder: Path) -> str:
    ical = ical.replace("webcal://", "https://", 1) if ical.startswith("webcal://") else ical
    return ical if ical.startswith(("https://", "http://")) else str(folder / ical)


def _holidays(country: str, region: str) -> frozenset[date]:
    from holidays import country_holidays  # large; most tenants name none

    this = datetime.now(UTC).year
    years = range(this - 1, this + YEARS_AHEAD + 1)
    return frozenset(country_holidays(country, subdiv=region or None, years=years))
