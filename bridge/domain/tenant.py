"""One tenant's rules, as the core sees them: compiled from the settings, replaced whole on a change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.callback import CallbackRules, Wish
from bridge.domain.ids import TenantId
from bridge.domain.languages import base_language
from bridge.domain.model import Trigger
from bridge.domain.notices import Moment, NoticeFact, NoticeName
from bridge.domain.policy import Routing
from bridge.domain.rota import Rota


class Voice(Protocol):
    """The tenant's words, by language; a language without words of its own falls back to English."""

    def notice(self, name: NoticeName, language: str, **facts: NoticeFact) -> str:
        """Raises Unbacked where a fact is missing that the notice can't do without."""
        ...

    def suggestion(self, trigger: Trigger, group: str, language: str, **facts: str) -> str: ...

    def zone(self, moment: Moment, language: str) -> str:
        """What a moment's zone is called: "Madrid, GMT+1"."""


class TimeReader(Protocol):
    """Reads a time in a customer's words."""

    def read(self, text: str, language: str, now: datetime) -> Wish | None:
        """`now`: the customer's wall-clock time, naive. None for what names no time. Takes milliseconds."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelTraits:
    """What the core must know of a channel.

    `push`: messages are carried to it by an effect; otherwise the commit is the delivery, and who has left
    hears nothing. `states`: it shows modes and offers, not only text. `choices`: it shows the times on
    offer as buttons, so that the text need not list them. `files`: it can show links to files. `edits`: it
    can change what it has shown.
    """

    push: bool
    states: bool
    choices: bool = False
    files: bool = False
    edits: bool = False


@dataclass(frozen=True, slots=True)
class Pages:
    repeat_after: timedelta = timedelta(seconds=60)
    give_up_after: timedelta = timedelta(minutes=5)
    claim_lease: timedelta = timedelta(minutes=15)
    fallback: str = ""
    """The desk that is called when nobody of the handoff's own has come; empty = none."""
    fallback_named: bool = False
    """The settings name it: it is called at once where it alone is on call."""
    fallback_after: timedelta = timedelta(minutes=2, seconds=30)
    assistant_meanwhile: frozenset[Trigger] = frozenset()
    """Triggers for which the AI goes on answering while nobody is there."""

    @property
    def nudge_after(self) -> timedelta:
        """A silent owner is called once, a third of the lease before it runs out."""
        return self.claim_lease * 2 / 3


@dataclass(frozen=True, slots=True)
class Tenant:
    id: TenantId
    name: str
    languages: tuple[str, ...]
    """The first is the tenant's own, used where a customer's is unknown."""
    channels: Mapping[str, ChannelTraits]
    routing: Routing
    voice: Voice
    pages: Pages = Pages()
    gather: timedelta = timedelta(milliseconds=300)
    """How long the AI waits after a message for the rest of a burst."""
    desks: tuple[str, ...] = ()
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    timezone: str = "UTC"
    callbacks: CallbackRules | None = None
    """None = no callbacks are offered."""
    times: TimeReader | None = None

    def language(self, code: str) -> str:
        """The tenant's language that a code means (`es-MX` finds `es`, `es` finds `es-MX`), or nothing."""
        wanted = base_language(code)
        return next((own for own in self.languages if base_language(own) == wanted), "") if wanted else ""

    def traits(self, channel: str) -> ChannelTraits:
        """Of a channel that was taken out of the settings nothing more is carried."""
        return self.channels.get(channel, ChannelTraits(push=False, states=False))

    def rota(self, desk: str) -> Rota:
        return self.rotas.get(desk, Rota())


__all__ = ["ChannelTraits", "NoticeFact", "NoticeName", "Pages", "Tenant", "TimeReader", "Voice"]
