"""One tenant's rules, as the core sees them: compiled from the settings, replaced whole on a change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

from bridge.domain.ids import TenantId
from bridge.domain.languages import base_language
from bridge.domain.model import Trigger
from bridge.domain.policy import Routing
from bridge.domain.rota import Rota

NoticeName = Literal[
    "waiting",
    "waiting_off_duty",
    "joined",
    "released",
    "offer",
    "clarify",
    "gave_up",
    "lapsed",
    "closed",
]
"""What the customer is told by the bridge itself. Each is said only together with the row it states."""


class Voice(Protocol):
    """The tenant's words, by language; a language without words of its own falls back to English."""

    def notice(self, name: NoticeName, language: str, **facts: str) -> str: ...

    def suggestion(self, trigger: Trigger, group: str, language: str, **facts: str) -> str: ...


@dataclass(frozen=True, slots=True)
class ChannelTraits:
    """What the core must know of a channel.

    `push`: messages are carried to it by an effect; otherwise the commit is the delivery.
    `states`: it shows modes and offers, not only text.
    """

    push: bool
    states: bool


@dataclass(frozen=True, slots=True)
class Pages:
    repeat_after: timedelta = timedelta(seconds=60)
    give_up_after: timedelta = timedelta(minutes=5)
    claim_lease: timedelta = timedelta(minutes=15)


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
    rotas: Mapping[str, Rota] = field(default_factory=dict)

    def language(self, code: str) -> str:
        """The tenant's language that a code means (`es-MX` finds `es`, `es` finds `es-MX`), or nothing."""
        wanted = base_language(code)
        return next((own for own in self.languages if base_language(own) == wanted), "") if wanted else ""

    def traits(self, channel: str) -> ChannelTraits:
        """Of a channel that was taken out of the settings nothing more is carried."""
        return self.channels.get(channel, ChannelTraits(push=False, states=False))

    def rota(self, desk: str) -> Rota:
        return self.rotas.get(desk, Rota())
