"""A callback: the promise to get back to a customer at a time, and the times that are on offer.

The promise is a wall-clock time in the zone it was made in; the instant follows from it, and follows it
when the rules of that zone change. Every state of a callback is a stored row.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bridge.domain.localtime import instant, known_zone, wall_clock

MOST_TIMES = 9
"""Times in one offer: what a customer can read, and answer with one digit."""
DAYS = 3
"""Days that one offer spreads over, where there are so many."""
EARLY = 7
"""The first hour that a customer who does not say which half of the day means in the morning."""


class CallbackState(StrEnum):
    BOOKED = "booked"
    DUE = "due"
    """Its time has come, the desk is called, and nobody has taken it yet."""
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"
    """By the customer."""
    MOVED = "moved"
    """To another time: that one is a callback of its own."""


ACTIVE = (CallbackState.BOOKED, CallbackState.DUE)


def on_their_clock(local: str, zone: str) -> str:
    """A promised time as the customer knows it, for people of the desk."""
    return f"{datetime.fromisoformat(local):%a %d %b %H:%M} ({zone})"


@dataclass(frozen=True, slots=True)
class Callback:
    number: int
    """A conversation's callbacks are numbered from 1."""
    desk: str
    at: datetime
    until: datetime
    zone: str
    """The IANA zone that the time was promised in."""
    local: str
    """The promised wall-clock time in that zone, as ISO 8601 without offset."""
    place: int
    """Which of the slot's places it has."""
    booked_at: datetime
    state: CallbackState = CallbackState.BOOKED
    reach: str = ""
    """Where the customer can be reached besides here: an e-mail address or a phone number."""
    settled_at: datetime | None = None
    by: str = ""
    """The agent who kept it."""

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def on_their_clock(self) -> str:
        return on_their_clock(self.local, self.zone)

    def promised(self) -> datetime:
        """The instant of the promised wall-clock time, by the rules of its zone as they are now."""
        zone = known_zone(self.zone)
        return instant(datetime.fromisoformat(self.local), zone) if zone else self.at


@dataclass(frozen=True, slots=True)
class Times:
    """Times on offer. With `chosen` the customer has picked one, and is asked how to be reached then."""

    desk: str
    slots: tuple[datetime, ...]
    zone: str
    chosen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A place that is booked."""

    at: datetime
    until: datetime
    place: int
    free: bool = False
    """Given up in the very commit that is being decided: there is room, but its number is taken till then."""


@dataclass(frozen=True, slots=True)
class CallbackRules:
    slot: timedelta = timedelta(minutes=30)
    horizon: timedelta = timedelta(days=5)
    notice: timedelta = timedelta(minutes=15)
    at_once: int = 1
    """How many callbacks one desk takes at the same time."""
    remind: timedelta = timedelta(minutes=10)
    """How long before it the desk is reminded."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A time in the customer's words, as far as they say it."""

    day: date | None = None
    clock: time | None = None
    either_half: bool = False
    """The hour may mean morning or evening: "at 3"."""
    alone: bool = False
    """The message says nothing else."""


def free_slots(
    stretches: Iterable[tuple[datetime, datetime]],
    taken: Sequence[Taken],
    rules: CallbackRules,
    now: datetime,
    zone: ZoneInfo,
) -> list[datetime]:
    """All slots that can be promised now: inside the desk's hours, with notice, within the horizon.

    Slots follow each other from the beginning of a stretch; where it began long ago or never begins (a
    desk that is always on call), from midnight of the desk's zone.
    """
    found: list[datetime] = []
    for start, end in stretches:
        at = _first(start, now, rules.slot, zone)
        while at + rules.slot <= end and at <= now + rules.horizon:
            if at >= now + rules.notice and free_place(taken, at, rules) is not None:
                found.append(at)
            at += rules.slot
    return found


def free_place(taken: Iterable[Taken], at: datetime, rules: CallbackRules) -> int | None:
    """The place that a booking at this time gets; None when as many as the desk takes are booked."""
    there = [each for each in taken if each.at < at + rules.slot and each.until > at]
    if sum(not each.free for each in there) >= rules.at_once:
        return None
    return next_place(there, at)


def next_place(taken: Iterable[Taken], at: datetime) -> int:
    used = {each.place for each in taken if each.at == at}
    return next(place for place in range(len(used) + 1) if place not in used)


def worth_offering(slots: Sequence[datetime], zone: ZoneInfo, most: int = MOST_TIMES) -> tuple[datetime, ...]:
    """A choice that can be read: the first days, and of each some times spread over it."""
    days: dict[date, list[datetime]] = {}
    for at in slots:
        days.setdefault(wall_clock(at, zone).date(), []).append(at)
    first = list(days.values())[:DAYS]
    each = most // len(first) if first else 0
    return tuple(at for day in first for at in _spread(day, each))


def matching(wish: Wish, slots: Sequence[datetime], zone: ZoneInfo) -> list[datetime]:
    """The slots that a wish means, the likeliest half of the day first, the earliest of them first."""
    local = {at: wall_clock(at, zone) for at in slots}
    meant = [at for at in slots if _means(wish, local[at])]
    return sorted(meant, key=lambda at: (not _likely(wish, local[at]), at))


def read_choice(text: str, many: int) -> int | None:
    """Which of `many` listed times a message picks by its number, from 0; None when it does not."""
    found = _NUMBER.fullmatch(text.strip())
    if not found:
        return None
    number = int(found[1])  # digits of any script
    return number - 1 if 1 <= number <= many else None


def read_address(text: str) -> str:
    """An e-mail address or a phone number in a message; empty when there is none."""
    if mail := _MAIL.search(text):
        return mail[0].rstrip(".")
    phone = _PHONE.search(text)
    digits = sum(ch.isdigit() for ch in phone[0]) if phone else 0
    return " ".join(phone[0].split()) if phone and 7 <= digits <= 15 else ""


_NUMBER = re.compile(r"[\W_]{0,3}(\d{1,2})[\W_]{0,3}")
_MAIL = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]{1,200}\.[^\s@<>()\[\],;:\".]{2,24}")
_PHONE = re.compile(r"\+?\(?\d[\d\s().\-/]{5,20}\d")


def _first(start: datetime, now: datetime, slot: timedelta, zone: ZoneInfo) -> datetime:
    if start != now:
        return start
    midnight = instant(datetime.combine(wall_clock(now, zone).date(), time()), zone)
    return midnight + -(-(now - midnight) // slot) * slot


def _spread(day: list[datetime], many: int) -> list[datetime]:
    if len(day) <= many:
        return day
    if many <= 1:
        return day[:many]
    return [day[round(n * (len(day) - 1) / (many - 1))] for n in range(many)]


def _means(wish: Wish, local: datetime) -> bool:
    if wish.day is not None and local.date() != wish.day:
        return False
    if wish.clock is None:
        return True
    if local.time() == wish.clock:
        return True
    return wish.either_half and local.time() == _other_half(wish.clock)


def _likely(wish: Wish, local: datetime) -> bool:
    """ "At 3" is in the afternoon, unless there is only the night; "at 10" and "at 12" are what they say."""
    if wish.clock is None or not wish.either_half:
        return True
    afternoon = 1 <= wish.clock.hour < EARLY
    return local.time() == (_other_half(wish.clock) if afternoon else wish.clock)


def _other_half(clock: time) -> time:
    return clock.replace(hour=(clock.hour + 12) % 24)
