"""One tenant's file, as far as no adapter is concerned."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from bridge.settings.on_call import OnCallEntry
from bridge.settings.routing import RoutingSection
from bridge.settings.section import Section, Switch
from bridge.settings.values import Duration, Gather, Language, Retention, Slug, Timezone

Sections = Annotated[dict[Slug, dict[str, Any]], Field(min_length=1, repr=False)]
"""Sections that an adapter's own schema reads, by name. Raw, secrets and all: never shown."""


TriggerName = Literal[
    "person_request",
    "policy",
    "customer",
    "tool_failure",
    "assistant_request",
    "buying_intent",
    "confidence",
]


class Callbacks(Section):
    slot: Duration = timedelta(minutes=30)
    horizon: Duration = timedelta(days=5)
    notice: Duration = timedelta(minutes=15)
    at_once: Annotated[int, Field(ge=1, le=1000)] = 1
    """Callbacks that one desk takes at the same time."""
    remind: Duration = timedelta(minutes=10)

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.horizon < self.notice + self.slot:
            raise ValueError("no slot fits between notice and horizon; write a longer horizon")
        if self.horizon > MOST_AHEAD:
            raise ValueError(
                f"callbacks are promised at most {MOST_AHEAD.days} days ahead; write a shorter one"
            )
        if self.horizon > MOST_SLOTS * self.slot:
            raise ValueError(f"more than {MOST_SLOTS} slots in the horizon; write a longer slot")
        return self


MOST_AHEAD = timedelta(days=30)
MOST_SLOTS = 3000


class PagesSection(Section):
    repeat_after: Duration = timedelta(seconds=60)
    give_up_after: Duration = timedelta(minutes=5)
    claim_lease: Duration = timedelta(minutes=15)
    fallback: str = ""
    """The desk that is called when nobody of the handoff's own has come; empty = the default desk."""
    fallback_after: Duration | None = None
    """Empty = half of give_up_after."""
    assistant_meanwhile: tuple[TriggerName, ...] = ()
    """Triggers for which the AI goes on answering while nobody is there."""


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
    on_call: dict[str, tuple[OnCallEntry, ...]] = Field(default_factory=dict)
    callbacks: Annotated[Callbacks | None, Switch] = Callbacks()
    pages: PagesSection = PagesSection()
    voice: VoiceSection = VoiceSection()
    retention: RetentionSection = RetentionSection()
    turns: Turns = Turns()
