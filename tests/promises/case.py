"""One case: a desk with its schedule and rules, customers in their zones, and a moment to begin at.

Half of all cases begin within days of a change of the clocks, where the desk is or where a customer is.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from bridge.domain.callback import CallbackRules
from bridge.domain.model import Agent
from bridge.domain.rota import Hours, Rota, SpecialHours
from tests.domain.play import ANA, BEN

ZONES = (
    "Europe/Madrid",
    "Europe/London",
    "America/New_York",
    "America/Santiago",  # changes at midnight
    "Asia/Beirut",  # changes at midnight
    "Africa/Cairo",
    "Africa/Casablanca",  # goes back for Ramadan
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kathmandu",  # five hours and three quarters
    "Pacific/Apia",
    "America/St_Johns",
    "UTC",
)
YEARS = (2025, 2026, 2027)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Case:
    start: datetime
    rota: Rota
    rules: CallbackRules
    customers: tuple[str, ...]
    """The zone of each; one is unknown."""
    steps: int


def random_case(random: Random) -> Case:
    zone, customers = random.choice(ZONES), tuple(random.choice(ZONES) for _ in range(random.randint(1, 3)))
    start = _start(random, random.choice((zone, *customers)))
    return Case(start, random_rota(random, zone, start), _rules(random), customers, random.randint(4, 14))


def random_rota(random: Random, zone: str, start: datetime) -> Rota:
    """A shop, a night shift, two desks that follow the sun, hours of single days, days off; or none."""
    if random.random() < 0.08:
        return Rota(zone=ZoneInfo(zone))
    hours = tuple(_hours(random) for _ in range(random.randint(1, 3)))
    days = [start.date() + n * DAY for n in range(8)]
    special = tuple(
        SpecialHours(frozenset({random.choice(days)}), _clock(random), _clock(random), _people(random))
        for _ in range(random.choice((0, 0, 1)))
    )
    off = frozenset(random.sample(days, random.choice((0, 0, 1, 2))))
    return Rota(hours, ZoneInfo(zone), special, off)


@cache
def _changes(zone: str) -> tuple[datetime, ...]:
    """To the hour, and a little before the real instant: good enough to begin near it."""
    where, found = ZoneInfo(zone), []
    at = datetime(YEARS[0], 1, 1, tzinfo=UTC)
    while at.year <= YEARS[-1]:
        after = at + timedelta(hours=1)
        if at.astimezone(where).utcoffset() != after.astimezone(where).utcoffset():
            found.append(at)
        at = after
    return tuple(found)


def _start(random: Random, zone: str) -> datetime:
    changes = _changes(zone)
    if changes and random.random() < 0.5:
        return random.choice(changes) - timedelta(minutes=random.randint(0, 4 * 24 * 60))
    day = date(random.choice(YEARS), 1, 1) + timedelta(days=random.randint(0, 364))
    return datetime.combine(day, time(random.randint(0, 23), random.randint(0, 59)), UTC)


def _hours(random: Random) -> Hours:
    days = frozenset(random.sample(range(7), random.randint(1, 7)))
    zone = ZoneInfo(random.choice(ZONES)) if random.random() < 0.2 else None
    return Hours(days, _clock(random), _clock(random), _people(random), zone)


def _clock(random: Random) -> time:
    return time(random.randint(0, 23), random.choice((0, 0, 15, 30)))


def _people(random: Random) -> tuple[Agent, ...]:
    return (ANA, BEN)[: random.randint(0, 2)]


def _rules(random: Random) -> CallbackRules:
    return CallbackRules(
        slot=timedelta(minutes=random.choice((10, 15, 20, 30, 60, 45))),
        horizon=timedelta(days=random.randint(1, 7)),
        notice=timedelta(minutes=random.choice((1, 15, 60, 300))),
        at_once=random.randint(1, 2),
        remind=timedelta(minutes=random.choice((5, 10, 60))),
    )
