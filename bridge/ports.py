"""The seams: what adapters are given, what they must offer, and what the core asks of its surroundings.

Adapters see this module and `bridge.domain`, nothing else of the bridge. aiohttp is the transport
throughout: an adapter returns aiohttp route definitions.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from aiohttp import ClientSession, web
from pydantic import BaseModel

from bridge.domain.card import Card
from bridge.domain.effects import Effect
from bridge.domain.events import Event, Outcome, TimerKind
from bridge.domain.ids import ConversationId, CustomerId, EventKey, HandoffId, TenantId
from bridge.domain.model import (
    Answer,
    Conversation,
    Customer,
    Entry,
    Handoff,
    ToolFailure,
    Turn,
    TurnRecord,
)
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import Decision, Snapshot


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


# ---- errors, named by what the core must do -------------------------------------------------


class DeliveryError(Exception):
    """Something could not be delivered. The message is for operators: no customer text, no secret."""


class RetryLater(DeliveryError):
    """Try again, not before `after` when the other side named a time."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class CredentialsRejected(DeliveryError):
    """Token or secret is not accepted: an admin must act; trying again does not help."""


class AddressGone(DeliveryError):
    """The channel, chat or card is no longer there."""


class MessageRefused(DeliveryError):
    """This one message will never be accepted; others may."""


class Uncertain(DeliveryError):
    """It may have arrived or not. Look it up before it is sent again."""


# ---- what adapters are addressed with ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChannelAddress:
    """One conversation on one channel of one tenant."""

    tenant: TenantId
    channel: str
    """The channel's name in the tenant's settings."""
    external: str
    """The channel's own id of the conversation."""
    settings: Any
    """The channel's section of the settings: the adapter's own `Settings`."""
    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class DeskAddress:
    tenant: TenantId
    desk: str
    settings: Any


@dataclass(frozen=True, slots=True)
class CardRef:
    """Where a card was posted. Opaque but for the desk that made it.

    `place` and `thread` are what an incoming thread line is found by (Slack: channel id and ts).
    """

    place: str
    thread: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """That something arrived; `remote` is the other side's id for it, when it gives one."""

    remote: str = ""


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    text: int = 64_000
    """Longest text of one message, in characters."""
    per_second: float | None = None


@dataclass(frozen=True, slots=True)
class DeskLimits:
    per_second: float | None = 1.0
    """Posts to one place."""


# ---- what an adapter offers -------------------------------------------------------------------


class ChannelAdapter(Protocol):
    """A way to customers. One instance a kind serves all tenants."""

    kind: str
    push: bool
    """Messages are carried by `send`; otherwise the customer's side reads them from the bridge."""
    states: bool
    """Shows modes and offers, not only text."""
    limits: ChannelLimits

    def routes(self) -> Iterable[web.AbstractRouteDef]: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def send(self, to: ChannelAddress, entry: Entry, *, key: str) -> Receipt:
        """Brings one entry to the customer. `key` is the same for every attempt. Raises DeliveryError."""
        ...


class DeskAdapter(Protocol):
    """A place where agents work. One instance a kind serves all tenants."""

    kind: str
    limits: DeskLimits

    def routes(self) -> Iterable[web.AbstractRouteDef]: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...

    async def post_card(self, desk: DeskAddress, card: Card, *, key: str) -> CardRef:
        """Posts a new card and calls the desk. Raises DeliveryError; `Uncertain` when it may have arrived."""
        ...

    async def update_card(self, desk: DeskAddress, ref: CardRef, card: Card, *, page: bool, key: str) -> None:
        """Makes a posted card true; with `page` also calls the desk again, in the card's thread.

        Raises AddressGone when the card was deleted: it is then posted anew.
        """
        ...

    async def post_note(self, desk: DeskAddress, ref: CardRef, note: Entry, *, key: str) -> Receipt:
        """Shows a customer's message, a draft or a note in the card's thread."""
        ...

    async def find_card(self, desk: DeskAddress, handoff: HandoffId) -> CardRef | None:
        """The card that an uncertain post may have left; None when there is none."""
        ...


class Answerer(Protocol):
    """The tenant's AI. One instance a tenant's settings version."""

    async def answer(self, turn: Turn, *, key: str) -> Answer | ToolFailure:
        """Never raises for what the AI does wrong: that is a ToolFailure."""
        ...

    async def close(self) -> None: ...


# ---- what adapters are given --------------------------------------------------------------------


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


class Unavailable(Exception):
    """It could not be recorded now: answer 503, so that the sender tries again."""


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

    def follow_desk(self, tenant: TenantId, desk: str) -> AbstractAsyncContextManager[AsyncIterator[None]]:
        """Hints that a card of this desk, or a thread below one, may have changed."""
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
        """All tenants' desks of one kind."""
        ...

    def installation(self, section: str) -> Any:
        """A platform's section of bridge.yaml (`slack`, `teams`), as its adapter's own settings."""
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


# ---- what the core asks of its surroundings -------------------------------------------------------

EffectStatus = Literal["done", "withheld", "dead"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An effect as it stands in the outbox."""

    tenant: TenantId
    conversation: ConversationId
    effect: Effect
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """The result of an effect, recorded with the next batch."""

    recorded: Recorded
    status: EffectStatus | Literal["retry"]
    why: str = ""
    due: datetime | None = None
    card: CardRef | None = None


@dataclass(frozen=True, slots=True)
class Key:
    tenant: TenantId
    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a batch with what was decided for it."""

    event: Event
    decision: Decision


class Transaction(Protocol):
    """One commit. The conversations named at its start are locked, in the order of their keys."""

    snapshots: Mapping[Key, Snapshot]
    repeats: Mapping[tuple[TenantId, EventKey], Outcome]
    """The outcomes of events that were recorded before."""

    async def write(self, steps: Sequence[Step], settled: Sequence[Settled], now: datetime) -> None:
        """Writes everything, in a fixed number of statements whatever the number of steps."""
        ...


class Conflict(Exception):
    """The database asks for another try (serialisation, deadlock, a row made meanwhile)."""


class Store(Protocol):
    """The recorder's store."""

    def begin(self, events: Sequence[Event]) -> AbstractAsyncContextManager[Transaction]:
        """Locks and loads for a batch; commits at the end of the block. Raises Conflict, Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class DueTimer:
    key: Key
    kind: TimerKind
    epoch: int
    due: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is needed to carry out one effect, read at the moment of sending."""

    snapshot: Snapshot
    entry: Entry | None = None
    card: CardRef | None = None
    messages: tuple[Entry, ...] = ()
    """For AskAnswerer: the newest messages up to `upto`, oldest first."""
    transcript: str = ""
    """For SyncCard: the token of the handoff's transcript link."""


class Outbox(Protocol):
    """The dispatcher's store."""

    async def load(self, recorded: Recorded) -> Delivery | None: ...
    async def lease_lost(self, limit: int) -> Sequence[Recorded]:
        """Takes over effects whose process died, and those whose retry is due."""
        ...

    async def beat(self) -> None:
        """Says that this process lives; its leases hold as long as it does."""
        ...

    async def due_timers(self, now: datetime, limit: int) -> Sequence[DueTimer]: ...
    async def next_timer(self) -> datetime | None: ...


class Fanout(Protocol):
    """Hints between those who record and those who wait. Lossy: what is stored is the truth."""

    def publish(self, topics: Iterable[str]) -> None: ...
    def whisper(self, topic: str, typing: Typing) -> None: ...
    def subscribe(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[Typing | None]]: ...


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One audited step of a conversation."""

    n: int
    at: datetime
    action: str
    actor: str
    reason: str
    before: str
    after: str
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class TranscriptView:
    """One conversation as its transcript page shows it: everything, and what was not sent."""

    tenant: TenantId
    conversation: Conversation
    customer: Customer
    handoff: Handoff
    """The handoff whose link was opened."""
    entries: Sequence[Entry]
    """All of them: messages, states, notes, and drafts that were not sent."""
    turns: Sequence[TurnRecord]
    audit: Sequence[AuditLine]


# ---- settings beside the adapters ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AdapterKind:
    """What the registry knows of a kind: the schema of its settings, read before anything runs."""

    kind: str
    settings: type[BaseModel]
    installation: type[BaseModel] | None = None
    traits: Mapping[str, Any] = field(default_factory=dict)
