"""One tenant's file, as far as no adapter is concerned."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from bridge.settings.on_call import OnCallEntry
from bridge.settings.routing import RoutingSection
from bridge.settings.section import Section
from bridge.settings.values import Duration, Gather, Language, Retention, Slug, Timezone

Sections = Annotated[dict[Slug, dict[str, Any]], Field(min_length=1, repr=False)]
"""Sections that an adapter's own schema reads, by name. Raw, secrets and all: never shown."""


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
    on_call: dict[str, tuple[OnCallEntry, ...]] = Field(default_factory=dict)
    callbacks: Callbacks = Callbacks()
    pages: PagesSection = PagesSection()
    voice: VoiceSection = VoiceSection()
    retention: RetentionSection = RetentionSection()
    turns: Turns = Turns()
