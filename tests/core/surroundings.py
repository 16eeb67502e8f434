"""What the recorder and the dispatcher stand on, in memory: a store that commits, an outbox that loads."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bridge.domain.decide import Snapshot
from bridge.domain.events import Event, Outcome, OutcomeKind
from bridge.domain.ids import ConversationId, EventKey, TenantId
from bridge.domain.model import Conversation, Customer, Entry
from bridge.domain.tenant import Tenant
from bridge.ports import Conflict, DeskAddress, Key, Settled, Step, Written
from tests.domain.play import tenant

TENANT = TenantId("acme")


class FixedClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class OneTenant:
    """A directory of one tenant with one desk and no adapters."""

    def __init__(self, rules: Tenant | None = None) -> None:
        self.rules = rules or tenant()

    def tenant(self, name: str) -> Tenant | None:
        return self.rules if name == self.rules.id else None

    def tenants(self) -> Sequence[TenantId]:
        return [self.rules.id]

    def channel(self, tenant: str, channel: str, kind: str) -> Any | None:
        return {"kind": kind} if channel in self.rules.channels else None

    def desk(self, tenant: str, desk: str, kind: str) -> DeskAddress | None:
        return DeskAddress(self.rules.id, desk, {"kind": kind})

    def desks(self, kind: str) -> Sequence[DeskAddress]:
        return [DeskAddress(self.rules.id, "support", {"kind": kind})]

    def installation(self, section: str) -> Any:
        return None


class MemoryTransaction:
    def __init__(self, store: "MemoryStore", events: Sequence[Event]) -> None:
        self._store = store
        self.snapshots: Mapping[Key, Snapshot] = {
            Key(e.tenant, e.conversation): store.snapshot(e.tenant, e.conversation) for e in events
        }
        self.repeats: Mapping[tuple[TenantId, EventKey], Outcome] = {
            (e.tenant, e.key): store.seen[e.key] for e in events if e.key in store.seen
        }
        self.entries: Mapping[tuple[Key, int], Entry] = {
            (key, entry.seq): entry
            for key, written in store.entries.items()
            if key in self.snapshots
            for entry in written
        }

    async def write(self, steps: Sequence[Step], settled: Sequence[Settled], now: datetime) -> Written:
        await asyncio.sleep(0)
        if self._store.conflicts:
            self._store.conflicts -= 1
            raise Conflict("try again")
        if self._store.broken and any(self._store.broken in repr(step.event) for step in steps):
            raise RuntimeError("a row that no database takes")
        if steps:
            self._store.batches.append(list(steps))
        self._store.settled += settled
        for step in steps:
            conversation = step.decision.conversation
            assert conversation is not None
            key = Key(step.event.tenant, step.event.conversation)
            self._store.conversations[key] = conversation
            self._store.entries.setdefault(key, []).extend(step.decision.entries)
            if step.decision.customer:
                self._store.customers[conversation.customer] = step.decision.customer
            if step.event.key:
                self._store.seen[step.event.key] = step.decision.outcome
        return Written()


@dataclass
class MemoryStore:
    conversations: dict[Key, Conversation] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    entries: dict[Key, list[Entry]] = field(default_factory=dict)
    seen: dict[EventKey, Outcome] = field(default_factory=dict)
    batches: list[list[Step]] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    broken: str = ""
    """Steps whose event has this in it can not be written."""
    conflicts: int = 0
    """How many of the next commits ask for another try."""

    def snapshot(self, tenant: TenantId, conversation: ConversationId) -> Snapshot:
        found = self.conversations.get(Key(tenant, conversation))
        return Snapshot(found, self.customers.get(found.customer) if found else None)

    @asynccontextmanager
    async def begin(
        self, events: Sequence[Event], settled: Sequence[Settled] = ()
    ) -> AsyncIterator[MemoryTransaction]:
        await asyncio.sleep(0)
        yield MemoryTransaction(self, events)


RECORDED = OutcomeKind.RECORDED
