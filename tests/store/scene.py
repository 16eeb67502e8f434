"""A store with tenants, a clock that the test owns, and the real decisions of the domain."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Executable, select

from bridge.domain import events
from bridge.domain.decide import decide
from bridge.domain.events import Event, Opening, Outcome
from bridge.domain.ids import ConversationId, CustomerId, EventKey, TenantId
from bridge.domain.model import Agent, Conversation, Customer, Handoff, Profile
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import Snapshot
from bridge.ports import Key, Recorded, Settled, Step, Transaction
from bridge.store.engine import Database
from bridge.store.outbox import OutboxStore
from bridge.store.recording import RecordingStore
from bridge.store.sealing import Keyring
from bridge.store.tenants import TenantStore
from tests.domain.play import tenant

MASTER_KEY = bytes(range(32))
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ACME = TenantId("acme")
GLOBEX = TenantId("globex")
ANA = Agent("slack:U1", "Ana")
BEN = Agent("slack:U2", "Ben")


@dataclass(slots=True)
class OwnClock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def pass_by(self, time: timedelta) -> None:
        self.at += time


def conversation_id(name: str) -> ConversationId:
    return ConversationId(sha256(name.encode()).hexdigest()[:32])


def customer_id(name: str) -> CustomerId:
    return CustomerId(sha256(name.encode()).hexdigest()[:32])


def says(
    text: str,
    conversation: str = "one",
    *,
    tenant: TenantId = ACME,
    customer: str = "eve",
    key: str = "",
    profile: Profile | None = None,
) -> events.CustomerWrote:
    opening = Opening("api", f"external-{conversation}", customer_id(customer), profile)
    return events.CustomerWrote(
        tenant=tenant,
        conversation=conversation_id(conversation),
        key=EventKey(key),
        opening=opening,
        text=text,
        at=START,
    )


def asks_for_a_person(
    conversation: str = "one", *, tenant: TenantId = ACME, customer: str = "eve"
) -> events.PersonAsked:
    opening = Opening("api", f"external-{conversation}", customer_id(customer))
    return events.PersonAsked(tenant=tenant, conversation=conversation_id(conversation), opening=opening)


def claims(agent: Agent = ANA, conversation: str = "one", *, epoch: int = 1) -> events.ClaimPressed:
    return events.ClaimPressed(
        tenant=ACME, conversation=conversation_id(conversation), handoff=1, agent=agent, epoch=epoch
    )


def releases(agent: Agent = ANA, conversation: str = "one", *, epoch: int = 2) -> events.ReleasePressed:
    return events.ReleasePressed(
        tenant=ACME, conversation=conversation_id(conversation), handoff=1, agent=agent, epoch=epoch
    )


def passes_on(desk: str, conversation: str = "one", *, epoch: int = 1) -> events.TransferPressed:
    """Nobody has it yet."""
    return events.TransferPressed(
        tenant=ACME,
        conversation=conversation_id(conversation),
        handoff=1,
        agent=ANA,
        epoch=epoch,
        to_desk=desk,
    )


@dataclass(slots=True)
class Scene:
    database: Database
    clock: OwnClock
    store: RecordingStore
    outbox: OutboxStore
    tenants: dict[TenantId, Tenant]
    last: list[Recorded] = field(default_factory=list)
    """The effects of the newest commit."""

    @classmethod
    async def open(cls, url: str, worker: str = "w1", clock: OwnClock | None = None) -> "Scene":
        clock = clock or OwnClock()
        database = await Database.open(url, Keyring(MASTER_KEY), clock, worker, pool=2)
        rules = {name: replace(tenant(), id=name) for name in (ACME, GLOBEX)}
        for name in rules:
            await TenantStore(database).apply(name, f"tenant: {name}", "test", clock.now())
        return cls(database, clock, RecordingStore(database), OutboxStore(database), rules)

    async def close(self) -> None:
        await self.database.close()

    async def record(self, *batch: Event, settled: Sequence[Settled] = ()) -> list[Outcome]:
        """One batch, decided in order over the running state, in one commit."""
        now = self.clock.now()
        async with self.store.begin(batch, settled) as transaction:
            steps = self.decide(transaction, batch)
            await transaction.write(steps, settled, now)
        if not batch:
            return []
        self.last = [
            Recorded(step.event.tenant, step.event.conversation, effect)
            for step in steps
            for effect in step.decision.effects
        ]
        return [step.decision.outcome for step in steps]

    def decide(self, transaction: Transaction, batch: Sequence[Event]) -> list[Step]:
        conversations: dict[Key, Conversation | None] = {}
        customers: dict[Key, Customer | None] = {}
        steps = []
        for event in batch:
            key = Key(event.tenant, event.conversation)
            loaded = transaction.snapshots[key]
            snapshot = Snapshot(
                conversations.get(key, loaded.conversation), customers.get(key, loaded.customer)
            )
            decision = decide(snapshot, event, self.tenants[event.tenant], self.clock.now())
            if decision.conversation is not None:
                conversations[key] = decision.conversation
                customers[key] = decision.customer or snapshot.customer
            steps.append(Step(event, decision))
        return steps

    async def snapshot(self, conversation: str = "one", tenant: TenantId = ACME) -> Snapshot:
        """What is stored now."""
        peek = events.CartChanged(tenant=tenant, conversation=conversation_id(conversation), value=0)
        async with self.store.begin([peek]) as transaction:
            return transaction.snapshots[Key(tenant, conversation_id(conversation))]

    async def conversation(self, conversation: str = "one", tenant: TenantId = ACME) -> Conversation:
        found = (await self.snapshot(conversation, tenant)).conversation
        assert found is not None
        return found

    async def handoff(self, conversation: str = "one") -> Handoff:
        found = (await self.conversation(conversation)).handoff
        assert found is not None
        return found

    async def rows(self, table: Any) -> list[dict[str, Any]]:
        async with self.database.reading(ACME, GLOBEX) as connection:
            found = await connection.execute(select(table).order_by(*table.primary_key))
            return [dict(row) for row in found.mappings()]

    async def tamper(self, *statements: Executable) -> None:
        """Changes the database behind the bridge's back."""
        async with self.database.writing(ACME, GLOBEX) as connection:
            for statement in statements:
                await connection.execute(statement)
