"""The `on_call:` section: one list of entries a desk, each of one form.

    - {days: mon-fri, from: "09:00", to: "18:00", agents: ["slack:U024BE7LH Ana"]}   weekly hours
    - {dates: [2026-12-24], from: "09:00", to: "13:00"}       hours of single dates, in place of the weekly
    - {closed: [2026-12-31, 2027-01-02..2027-01-05]}          dates without weekly hours
    - {holidays: ES-MD}                                       public holidays of a country or region, likewise
    - {ical: https://calendar.example.com/support.ics, agents: ["slack:U024BE7LH Ana <ana@acme.example>"]}

Says nothing about what a calendar holds: that is read while the bridge runs.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from bridge.settings.problems import nearest
from bridge.settings.section import Section
from bridge.settings.values import ClockTime, Days, Timezone

MOST_DAYS = 400
"""Days in one stretch of dates."""
_AGENT = re.compile(r"([a-z][a-z0-9]*:\S+)(?:\s+([^<>]*?))?\s*(?:<([^<>\s]+@[^<>\s]+)>)?")
_FORMS = (
    'write one of {days: mon-fri, from: "09:00", to: "18:00"}, {dates: [2026-12-24], from: …, to: …}, '
    "{closed: [2026-12-31]}, {holidays: ES-MD} and {ical: https://…}"
)


@dataclass(frozen=True, slots=True)
class NamedAgent:
    id: str
    name: str
    email: str = ""


def _agent(value: Any) -> NamedAgent:
    if isinstance(value, NamedAgent):
        return value
    if isinstance(value, dict) and {*value} <= {"id", "name", "email"} and ":" in str(value.get("id", "")):
        id, name = str(value["id"]), str(value.get("name") or "")
        return NamedAgent(id, name or id.partition(":")[2], str(value.get("email") or ""))
    found = _AGENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(
            "not an agent; write the desk's kind and their id there, then the name: slack:U024BE7LH Ana"
        )
    return NamedAgent(found[1], found[2] or found[1].partition(":")[2], found[3] or "")


AgentName = Annotated[NamedAgent, BeforeValidator(_agent)]


def _dates(value: Any) -> frozenset[date]:
    found: set[date] = set()
    for part in value if isinstance(value, list) else [value]:
        first, _, last = str(part).partition("..")
        start, end = _date(first), _date(last or first)
        if not 0 <= (end - start).days < MOST_DAYS:
            raise ValueError(f"{part} is not a stretch of dates; write 2026-12-24..2026-12-31")
        found |= {start + timedelta(days=n) for n in range((end - start).days + 1)}
    return frozenset(found)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text or 'nothing'} is not a date; write it as 2026-12-24") from None


Dates = Annotated[frozenset[date], BeforeValidator(_dates)]


def _holidays(value: Any) -> tuple[str, str]:
    """(country, region) of `ES` or `ES-MD`, when the calendar of it is known."""
    if isinstance(value, tuple):
        return value
    from holidays import list_supported_countries  # large; most tenants name none

    known = list_supported_countries()
    country, _, region = str(value).strip().upper().partition("-")
    if country not in known:
        near = nearest(country, sorted(known))
        raise ValueError(f"no public holidays are known of {value}; write a country such as {near or 'ES'}")
    if region and region not in known[country]:
        regions = ", ".join(f"{country}-{name}" for name in known[country][:8])
        raise ValueError(f"{country} has no region {region}; write {regions or country}")
    return country, region


Holidays = Annotated[tuple[str, str], BeforeValidator(_holidays)]


class OnCallEntry(Section):
    """One entry of a desk: weekly hours, hours of single dates, days without hours, or a calendar."""

    days: Days | None = None
    dates: Dates | None = None
    since: ClockTime | None = Field(default=None, alias="from")
    until: ClockTime | None = Field(default=None, alias="to")
    closed: Dates | None = None
    holidays: Holidays | None = None
    ical: str | None = None
    agents: tuple[AgentName, ...] = ()
    timezone: Timezone | None = None
    """Of this entry; otherwise the tenant's."""

    @model_validator(mode="after")
    def _of_one_form(self) -> Self:
        forms = (self.days, self.dates, self.closed, self.holidays, self.ical)
        timed = self.days is not None or self.dates is not None
        hours = self.since is not None and self.until is not None
        if sum(form is not None for form in forms) > 1:
            raise ValueError("several kinds of entry in one, such as hours and a calendar; make two of it")
        if timed and not hours:
            raise ValueError("hours need days, from and to; " + _FORMS)
        if not timed and (self.since is not None or self.until is not None):
            raise ValueError("hours need days or dates; " + _FORMS)
        if not any(form is not None for form in forms):
            raise ValueError("an entry says when somebody is on call; " + _FORMS)
        if self.agents and (self.closed is not None or self.holidays is not None):
            raise ValueError("nobody is on call on days off; take the agents out")
        return self

    @model_validator(mode="after")
    def _names_a_calendar(self) -> Self:
        address = self.ical
        if address is None or address.startswith(("https://", "http://", "webcal://")):
            return self
        if "://" in address or not address.strip() or not address.lower().endswith(".ics"):
            raise ValueError(
                "not a calendar; write https://calendar.example.com/support.ics, or an .ics file"
            )
        return self
