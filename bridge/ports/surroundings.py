"""What the core asks of its surroundings: a store, an outbox, a fan-out."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bridge.domain.effects import Effect
from bridge.domain.events import Event, Outcome, TimerKind
from bridge.domain.ids import ConversationId, EventKey, TenantId
from bridge.domain.model import (
    Conversation,
    Customer,
    Entry,
    Handoff,
    TurnRecord,
)
from bridge.domain.transitions.change import Decision, Snapshot
from bridge.ports.addresses import CardRef
from bridge.ports.host import Typing

UNCERTAIN = "uncertain: "
"""Begins the reason of an effect that may have arrived although it is tried again."""
EffectStatus = Literal["done", "withheld", "dead"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An effect as it stands in the outbox."""

    tenant: TenantId
    conversation: ConversationId
    effect: Effect
    attempts: int = 0
    due: datetime | None = None
    """Not to be carried out before; None: at once. What was taken over may still wait for its next try."""
    uncertain: bool = False
    """An attempt at it ended without anybody knowing whether it arrived."""
    straight: bool = False
    """On its way straight from its commit: this process has had no time to learn of anything newer."""


EffectName = tuple[TenantId, ConversationId, int]


def name_of(recorded: Recorded) -> EffectName:
    """What an effect is known by, whatever became of it meanwhile."""
    return recorded.tenant, recorded.conversation, recorded.effect.number


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
    customer: Customer | None = None
    """As they are from then on."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a commit learnt on its way."""

    shared: Collection[ConversationId] = frozenset()
    """Conversations in which another process still has effects: its own may have to wait for them."""
    links: Mapping[tuple[Key, int], str] = field(default_factory=dict)
    """The transcript links' tokens of new handoffs, by conversation and the handoff's number."""


class Transaction(Protocol):
    """One commit. The conversations named at its start are locked, in the order of their keys."""

    snapshots: Mapping[Key, Snapshot]
    repeats: Mapping[tuple[TenantId, EventKey], Outcome]
    """The outcomes of events that were recorded before."""
    entries: Mapping[tuple[Key, int], Entry]
    """The entries that events name (`entry_named`), by conversation and seq, where they are there."""

    async def write(self, steps: Sequence[Step], settled: Sequence[Settled], now: datetime) -> Written:
        """Writes everything and commits, in a fixed number of statements whatever the number of steps."""
        ...


class Store(Protocol):
    """The recorder's store."""

    def begin(
        self, events: Sequence[Event], settled: Sequence[Settled] = ()
    ) -> AbstractAsyncContextManager[Transaction]:
        """Locks and loads for a batch of events, and for the results of effects that are to be written.

        Without a `write` nothing is changed. Raises Conflict, Unavailable.
        """
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
    behind: bool = False
    """Whether another process still has an earlier effect of the same lane: this one must wait for it."""
    earlier: tuple[int, ...] = ()
    """Effects of the same lane that wait before this one and are this process's, by their rows: it must wait
    for those that the process knows nothing of, too."""
    messages: tuple[Entry, ...] = ()
    """For AskAnswerer: the newest messages up to `upto`, oldest first."""
    transcript: str = ""
    """For SyncCard: the token of the handoff's transcript link."""


class Outbox(Protocol):
    """The dispatcher's store."""

    async def load(self, recorded: Recorded) -> Delivery | None: ...
    async def lease_lost(self, limit: int) -> Sequence[Recorded]:
        """Takes over effects whose process died, each lane from its beginning.

        Also those that wait for another try (`Recorded.due`), so that nothing overtakes them. Each counts
        as tried once more: nobody knows how far the dead process came.
        """
        ...

    async def beat(self) -> None:
        """Says that this process lives; its leases hold as long as it does."""
        ...

    async def due_timers(
        self, now: datetime, limit: int, tenants: Collection[TenantId] | None = None
    ) -> Sequence[DueTimer]:
        """Those due, the oldest first; of `tenants` alone when given."""
        ...

    async def next_timer(self, now: datetime, tenants: Collection[TenantId] | None = None) -> datetime | None:
        """When the next one may be taken: it is due, or who has taken it has not rung it in time."""
        ...


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
