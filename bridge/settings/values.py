"""The small notations of the settings: durations, rates, addresses, languages, weekly hours.

Each is a pydantic type; its error says what was expected and how to write it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator

from bridge.settings.problems import nearest

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "y": timedelta(days=365),
}
_LONGEST = timedelta(days=365 * 100)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _duration(units: tuple[str, ...], least: timedelta) -> Callable[[Any], timedelta]:
    example = "300ms" if "ms" in units else "60s"
    form = f"a whole number with {', '.join(units)}; write one such as {example}"

    def read(value: Any) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([0-9]{1,9})(ms|[smhdy])", value) if isinstance(value, str) else None
        if not found or found[2] not in units:
            raise ValueError(f"a duration is {form}")
        if int(found[1]) > _LONGEST / _UNITS[found[2]]:
            raise ValueError("longer than a hundred years; write a shorter one")
        length = int(found[1]) * _UNITS[found[2]]
        if length < least:
            raise ValueError("too short; write 1s or more")
        return length

    return read


_SECOND = timedelta(seconds=1)
Duration = Annotated[timedelta, BeforeValidator(_duration(("s", "m", "h", "d"), _SECOND))]
Retention = Annotated[timedelta, BeforeValidator(_duration(("s", "m", "h", "d", "y"), _SECOND))]
Gather = Annotated[timedelta, BeforeValidator(_duration(("ms", "s", "m"), timedelta()))]


def _limit(value: Any) -> str:
    text = "" if isinstance(value, bool) else str(value)
    if not re.fullmatch(r"0|[1-9][0-9]{0,8}/[smhd]", text):
        raise ValueError("a limit is a number and a unit of time; write one such as 600/m, or 0 for none")
    return text


Limit = Annotated[str, BeforeValidator(_limit)]
"""`600/m`, or `0` for no limit, as `bridge.throttle` reads it."""


@dataclass(frozen=True, slots=True)
class Listen:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _listen(value: Any) -> Listen:
    if isinstance(value, Listen):
        return value
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:\s]+):([0-9]{1,5})", str(value))
    if not found or int(found[2]) > 65535:
        raise ValueError("host and port are expected; write 127.0.0.1:8080")
    return Listen(found[1].strip("[]"), int(found[2]))


ListenAddress = Annotated[Listen, BeforeValidator(_listen)]


def _public_url(value: Any) -> str:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        well_formed = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        well_formed = False
    if not well_formed or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("an address is expected; write https://bridge.example.com")
    return str(value).rstrip("/")


PublicUrl = Annotated[str, BeforeValidator(_public_url)]


def _timezone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    known = available_timezones()
    if not isinstance(value, str) or value not in known:
        near = nearest(str(value), sorted(known))
        raise ValueError(f"not a time zone; write one such as {near or 'Europe/Madrid'}")
    return ZoneInfo(value)


Timezone = Annotated[ZoneInfo, BeforeValidator(_timezone)]


def _language(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", value):
        raise ValueError("not a language; write a code such as en or es-MX")
    first, *rest = re.split("[-_]", value)
    return "-".join([first.lower(), *rest])


Language = Annotated[str, BeforeValidator(_language)]


def _slug(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", value):
        raise ValueError("not a name that can stand in an address; use a-z, 0-9, - and _ alone")
    return value


Slug = Annotated[str, BeforeValidator(_slug)]
"""A name that stands in addresses."""


def _days(value: Any) -> frozenset[int]:
    parts = re.split(r"\s*,\s*", value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(parts, list) or not parts:
        raise ValueError("days are expected; write mon-fri, or mon,wed,sat")
    found: set[int] = set()
    for part in parts:
        first, _, last = str(part).strip().lower().partition("-")
        start, end = _weekday(first.strip()), _weekday((last or first).strip())
        found |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
    return frozenset(found)


def _weekday(name: str) -> int:
    """`mon` and `monday` alike; 0 is Monday."""
    for number, day in enumerate(_DAYS):
        if name in (day, day[:3]):
            return number
    raise ValueError("not days of the week; write mon-fri, or mon,wed,sat")


Days = Annotated[frozenset[int], BeforeValidator(_days)]
"""0 is Monday."""


def _clock_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", value) if isinstance(value, str) else None
    if found and found[0] == "24:00":
        return time(0)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError('a time is expected; write "09:00"')
    return time(int(found[1]), int(found[2]))


ClockTime = Annotated[time, BeforeValidator(_clock_time)]
