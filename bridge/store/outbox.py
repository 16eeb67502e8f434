"""The dispatcher's store: what an effect needs at the moment of sending, leases, and due timers.

Effects are born leased to the process that recorded them. A process shows that it lives by beating, on
the database's own clock; what belonged to one that stopped is taken over by another, each row once.
Settling an effect is not done here: it joins the recorder's next batch (`settling`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Executable,
    Select,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.effects import AskAnswerer, Effect, PostNote, SendToCustomer, SyncCard
from bridge.domain.events import TimerKind
from bridge.domain.ids import ConversationId, TenantId
from bridge.domain.model import EntryKind
from bridge.domain.transitions.change import Snapshot
from bridge.ports import CardRef, Delivery, DueTimer, Key, Recorded
from bridge.store import reads
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.mapping import recorded_from, row_name
from bridge.store.workers import beat, forget_the_dead, lives

MESSAGES = 50
"""How many messages the AI is given."""


class OutboxStore:
    """Implements `bridge.ports.Outbox`.

    `alone`: no other process can live on this database, so whatever another one had is free to take.
    True on SQLite unless said otherwise.
    """

    def __init__(self, database: Database, *, alone: bool | None = None) -> None:
        self._database = database
        self._alone = database.sqlite if alone is None else alone

    async def load(self, recorded: Recorded) -> Delivery | None:
        """None when the conversation is gone."""
        database = self._database
        key, effect = Key(recorded.tenant, recorded.conversation), recorded.effect
        async with database.reading_of(key.tenant) as connection:
            opened = await reads.open_conversation(connection, database.keyring, key)
            if opened is None:
                return None
            if isinstance(effect, SyncCard | PostNote):
                return await self._load_card(connection, key, effect, opened)
            return await self._load_messages(connection, key, effect, opened)

    async def _load_messages(
        self, connection: AsyncConnection, key: Key, effect: Effect, opened: reads.Opened
    ) -> Delivery:
        keyring, seq = self._database.keyring, t.entry.c.seq
        if isinstance(effect, AskAnswerer):
            messages = await reads.read_entries(
                connection,
                keyring,
                key,
                seq <= effect.upto,
                kinds=[EntryKind.MESSAGE],
                limit=MESSAGES,
                newest=True,
            )
            return Delivery(opened.snapshot, messages=tuple(messages))
        assert isinstance(effect, SendToCustomer)
        found = await reads.read_entries(connection, keyring, key, seq == effect.seq)
        return Delivery(opened.snapshot, entry=next(iter(found), None))

    async def _load_card(
        self, connection: AsyncConnection, key: Key, effect: SyncCard | PostNote, opened: reads.Opened
    ) -> Delivery:
        """An older handoff than the newest is shown as the conversation's own: its card is its truth."""
        query = (
            select(t.handoff.c.link_sealed, t.card.c.place, t.card.c.thread)
            .outerjoin(t.card, reads.of(key, t.card) & (t.card.c.number == t.handoff.c.number))
            .where(reads.of(key, t.handoff), t.handoff.c.number == effect.handoff)
        )
        row = (await connection.execute(query)).first()
        newest = opened.conversation.handoff
        snapshot = opened.snapshot
        if newest is None or newest.number != effect.handoff:
            older = await reads.read_handoff(connection, opened.seal, key, effect.handoff)
            if older is not None:
                snapshot = Snapshot(opened.showing(older), opened.customer)
        entry = None
        if isinstance(effect, PostNote):
            where = t.entry.c.seq == effect.seq
            keyring = self._database.keyring
            found = await reads.read_entries(connection, keyring, key, where)
            entry = next(iter(found), None)
        card = CardRef(row.place, row.thread) if row and row.place is not None else None
        token = ""
        if row and opened.seal:
            name = row_name(key, effect.handoff)
            token = opened.seal.open(row.link_sealed, key.tenant, "handoff.link_sealed", name).decode()
        return Delivery(snapshot, entry=entry, card=card, transcript=token)

    # leases

    async def beat(self) -> None:
        async with self._database.writing() as connection:
            await beat(connection, self._database)
            await forget_the_dead(connection, self._database)

    async def lease_lost(self, limit: int) -> Sequence[Recorded]:
        """What is due and belongs to nobody who lives, now ours. Each row goes to one process only."""
        async with self._database.writing() as connection:
            await beat(connection, self._database)
            rows = (await connection.execute(self._take_over(limit))).mappings().all()
        taken = [recorded_from(row) for row in rows]
        return sorted(taken, key=lambda r: (r.tenant, r.conversation, r.effect.number))

    def _take_over(self, limit: int) -> Executable:
        free = self._orphans(limit).subquery("free")
        places = [t.outbox.c[column.name] for column in t.outbox.primary_key]
        return (
            update(t.outbox)
            .where(tuple_(*places).in_(select(*(free.c[place.name] for place in places))))
            .values(worker=self._database.worker_id)
            .returning(t.outbox)
        )

    def _orphans(self, limit: int) -> Select[Any]:
        mine = t.outbox.c.worker == self._database.worker_id
        lost = ~mine & (true() if self._alone else ~lives(self._database))
        return (
            select(*t.outbox.primary_key)
            .where(t.outbox.c.status == "pending", t.outbox.c.due_at <= self._database.clock.now())
            .where(or_(t.outbox.c.worker.is_(None), lost))
            .order_by(t.outbox.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )

    # timers

    async def due_timers(
        self, now: datetime, limit: int, tenants: Collection[TenantId] | None = None
    ) -> Sequence[DueTimer]:
        query = select(t.timer).where(t.timer.c.due_at <= now).order_by(t.timer.c.due_at).limit(limit)
        if tenants is not None:
            query = query.where(t.timer.c.tenant_id.in_(tenants))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            DueTimer(
                Key(TenantId(row["tenant_id"]), ConversationId(row["conversation_id"])),
                TimerKind(row["kind"]),
                row["epoch"],
                row["due_at"],
            )
            for row in rows
        ]

    async def next_timer(self) -> datetime | None:
        query = select(t.timer.c.due_at).order_by(t.timer.c.due_at).limit(1)
        async with self._database.reading() as connection:
            due: datetime | None = (await connection.execute(query)).scalar()
        return due
