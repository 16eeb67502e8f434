"""What adapters are given: the way in, what desks read, the tenants, names and tokens, HTTP."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from aiohttp import ClientSession, web

from bridge.domain.callback import on_their_clock
from bridge.domain.card import Card
from bridge.domain.events import Event, Outcome
from bridge.domain.ids import ConversationId, CustomerId, HandoffId, TenantId
from bridge.domain.model import Agent, CallbackState, Entry
from bridge.domain.rota import Switch
from bridge.domain.tenant import Tenant
from bridge.ports.addresses import CardRef, DeskAddress


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A handoff found by where its card stands, with the state that a desk may need to answer a press."""

    tenant: TenantId
    desk: str
    conversation: ConversationId
    handoff: int
    epoch: int
    card: Card


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody writes. Not numbered and never stored."""

    author: str
    name: str = ""


class Inbound(Protocol):
    """The way in, and the customer-visible stream back out."""

    async def receive(self, event: Event) -> Outcome:
        """Detects, decides and records; returns after the commit. Raises Unavailable when it can't."""
        ...

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int = 200
    ) -> Sequence[Entry]:
        """Messages and states that the customer may see, in order, with seq > after."""
        ...

    def follow(
        self, tenant: TenantId, conversation: ConversationId
    ) -> AbstractAsyncContextManager[AsyncIterator[Typing | None]]:
        """Hints that something new may be there (None) or that somebody types. Never the truth itself."""
        ...

    def typing(self, tenant: TenantId, conversation: ConversationId, typing: Typing) -> None: ...


@dataclass(frozen=True, slots=True)
class CallbackView:
    """A callback as a desk sees it: when, whom, about what."""

    tenant: TenantId
    desk: str
    conversation: ConversationId
    handoff: HandoffId | None
    """The newest handoff of its conversation: where its card stands."""
    number: int
    at: datetime
    until: datetime
    zone: str
    """The zone that the time was promised in, and `local` the promised time on its clocks (ISO 8601)."""
    local: str
    state: CallbackState
    who: str
    want: str
    reach: str
    """Where the customer can be reached besides the conversation; empty = there."""
    booked_at: datetime

    @property
    def on_their_clock(self) -> str:
        return on_their_clock(self.local, self.zone)


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """How a desk did in a stretch of time, and one agent of it. Seconds are medians, from the page on."""

    handoffs: int = 0
    """Called out at the desk."""
    claimed: int = 0
    mine: int = 0
    """Of these, whose owner is, or was last, the agent."""
    claim_seconds: float | None = None
    """The agent's, until the claim; None where there is none."""
    reply_seconds: float | None = None
    """The agent's, until the first reply."""
    replied: int = 0
    within_30s: int = 0
    """Of the agent's with a reply, those with it within 30 seconds of the page."""


class Board(Protocol):
    """What desks read."""

    async def find(self, tenant: TenantId, handoff: HandoffId) -> Found | None:
        """A handoff by id, inside one tenant."""
        ...

    async def at(self, desk: DeskAddress, ref: CardRef) -> Found | None:
        """The handoff whose card stands there."""
        ...

    async def open_cards(self, tenant: TenantId, desk: str, limit: int = 50) -> Sequence[Card]:
        """A desk's open handoffs, those waiting longest first, then the newest ended ones."""
        ...

    async def thread(self, tenant: TenantId, handoff: HandoffId, after: int = 0) -> Sequence[Entry]:
        """Everything of the handoff's conversation that the desk may see: messages, notes, drafts."""
        ...

    async def places(self, tenant: TenantId, desk: str) -> Mapping[HandoffId, CardRef]:
        """Where the cards of a desk's open handoffs stand, as far as they are posted."""
        ...

    async def figures(self, tenant: TenantId, desk: str, agent: str, since: datetime) -> DeskFigures:
        """How a desk did since then, and an agent of it (by id; empty = nobody)."""
        ...

    async def callbacks(self, tenant: TenantId, desk: str) -> Sequence[CallbackView]:
        """What a desk has promised and not kept yet, the next first."""
        ...

    def follow_desk(self, tenant: TenantId, desk: str) -> AbstractAsyncContextManager[AsyncIterator[None]]:
        """Hints that a card of this desk, or a thread below one, may have changed."""
        ...


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call at one desk, at one moment."""

    staffed: bool
    """Somebody is there: the schedule says so, or an agent switched themselves on."""
    agents: tuple[Agent, ...] = ()
    """Named agents in the order in which they are paged; may be empty although somebody is there."""
    next_start: datetime | None = None
    """When somebody is next on call; None when somebody is now, or never within the horizon."""
    switches: tuple[Switch, ...] = ()
    """Agents' own words that hold now."""


class Duty(Protocol):
    """Who is on call, read at the moment of paging, and the agents' own switch."""

    async def on_call(self, tenant: TenantId, desk: str) -> OnCall: ...

    async def switch(
        self, tenant: TenantId, desk: str, agent: Agent, on: bool, *, until: datetime | None = None
    ) -> OnCall:
        """An agent says for themselves whether they are there; audited. Raises Unavailable."""
        ...


class Directory(Protocol):
    """The tenants as they are now; changes apply without a restart."""

    def tenant(self, tenant: str) -> Tenant | None: ...
    def tenants(self) -> Sequence[TenantId]: ...
    def channel(self, tenant: str, channel: str, kind: str) -> Any | None:
        """A channel's settings when the tenant has one of that name and kind."""
        ...

    def desk(self, tenant: str, desk: str, kind: str) -> DeskAddress | None: ...
    def desks(self, kind: str) -> Sequence[DeskAddress]:
        """All tenants' desks of one kind; the very same object until settings change."""
        ...

    def installation(self, section: str) -> Any:
        """A platform's section of bridge.yaml (`slack`, `teams`), as its adapter's own settings."""
        ...


class Vault(Protocol):
    """What a platform gave to the installation (a workspace's token, an address), sealed at rest.

    Kinds are an adapter's own, `slack.workspace` say; values are JSON objects. Nothing is cached: every
    replica sees what is stored. Each call raises Unavailable.
    """

    async def get(self, kind: str, key: str) -> Mapping[str, Any] | None: ...
    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        """In the place of what is there."""
        ...

    async def delete(self, kind: str, key: str) -> bool:
        """Whether it was there: of several that delete at once, one gets True."""
        ...

    async def every(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """All of a kind, by key."""
        ...


class Connecting(Protocol):
    """Binds a place on a platform to a tenant's desk, by a code: `handoff-bridge connect`."""

    async def redeem(self, code: str, kind: str, place: Mapping[str, str], by: str) -> DeskAddress:
        """Writes `place` into the desk's settings as a new, audited version, in force on return.

        `place` holds settings of this kind of desk (Slack: team and channel); `by` is who did it, as
        `<kind>:<the platform's id>`. A code holds once. Raises ConnectRefused, in words for who typed the
        code, and Unavailable.
        """
        ...


class Secrets(Protocol):
    """Keyed names and tokens, under keys derived from the master key. All deterministic."""

    def conversation(self, tenant: TenantId, channel: str, external: str) -> ConversationId: ...
    def customer(self, tenant: TenantId, identity: str) -> CustomerId: ...
    def sign(self, purpose: str, payload: bytes) -> str:
        """An opaque URL-safe token that `read` gives back for the same purpose only."""
        ...

    def read(self, purpose: str, token: str) -> bytes | None:
        """The payload of a genuine token; None for anything else."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """Everything an adapter is given."""

    inbound: Inbound
    board: Board
    directory: Directory
    secrets: Secrets
    clock: Clock
    http: "Outbound"
    public_url: str
    throttle: "Throttle"
    duty: Duty
    vault: Vault
    connecting: Connecting


class Outbound(Protocol):
    """The one HTTP client: guarded against internal addresses, no redirects, shared connections."""

    @property
    def session(self) -> ClientSession:
        """For addresses from bridge.yaml or from tenants alike: every connection is checked at its socket."""
        ...

    def check_url(self, url: str) -> str | None:
        """What is wrong with an address in the settings, as one sentence; None when it may be used."""
        ...


class Throttle(Protocol):
    def admit(self, request: web.Request, *, session: str = "") -> None:
        """Raises 429 with Retry-After when an address or a session is over its limit."""
        ...
