"""One tenant's file, as far as no adapter is concerned."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from bridge.settings.routing import RoutingSection
from bridge.settings.section import Section
from bridge.settings.values import ClockTime, Days, Duration, Gather, Language, Retention, Slug, Timezone

Sections = Annotated[dict[Slug, dict[str, Any]], Field(min_length=1, repr=False)]
"""Sections that an adapter's own schema reads, by name. Raw, secrets and all: never shown."""


class OnCall(Section):
    """Weekly hours, or a calendar."""

    days: Days | None = None
    since: ClockTime | None = Field(default=None, alias="from")
    until: ClockTime | None = Field(default=None, alias="to")
    ical: str | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        hours = (self.days, self.since, self.until)
        if self.ical is None and None in hours:
            raise ValueError(
                "hours need days, from and to; write {days: mon-fri, from: '09:00', to: '18:00'}"
            )
        if self.ical is not None and any(part is not None for part in hours):
            raise ValueError("hours and a calendar in one entry; make two entries of it")
        return self

    @field_validator("ical")
    @classmethod
    def _is_an_address(cls, address: str | None) -> str | None:
        if address is not None and not address.startswith(("https://", "http://")):
            raise ValueError("not an address; write https://calendar.example.com/support.ics")
        return address


class Callbacks(Section):
    slot: Duration = timedelta(minutes=30)
    horizon: Duration = timedelta(days=5)
    notice: Duration = timedelta(minutes=15)


class PagesSection(Section):
    repeat_after: Duration = timedelta(seconds=60)
    give_up_after: Duration = timedelta(minutes=5)
    claim_lease: Duration = timedelta(minutes=15)


class VoiceSection(Section):
    signature: Annotated[str, Field(max_length=500)] = ""
    templates: Path | None = None


class RetentionSection(Section):
    messages: Retention = timedelta(days=365)
    audit: Retention = timedelta(days=7 * 365)


class Turns(Section):
    gather: Gather = timedelta(milliseconds=300)
    """How long the AI waits for the rest of a burst."""


class TenantFile(Section):
    tenant: Slug
    name: Annotated[str, Field(max_length=200)] = ""
    """What customers know the company as; the tenant's own name where it is left out."""
    timezone: Timezone = ZoneInfo("UTC")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    channels: Sections
    answerer: Annotated[dict[str, Any], Field(repr=False)]
    desks: Sections
    routing: RoutingSection = RoutingSection()
    on_call: dict[str, tuple[OnCall, ...]] = Field(default_factory=dict)
    callbacks: Callbacks = Callbacks()
    pages: PagesSection = PagesSection()
    voice: VoiceSection = VoiceSection()
    retention: RetentionSection = RetentionSection()
    turns: Turns = Turns()
