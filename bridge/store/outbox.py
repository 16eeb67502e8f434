"""The dispatcher's store: what an effect needs at the moment of sending, leases, and due timers.

Effects are born leased to the process that recorded them; those of one that stopped are taken over by
another (`orphans`). Settling an effect is not done here: it joins the recorder's next batch (`settling`).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, delete, select, update

from bridge.domain.effects import AskAnswerer, Effect, PostNote, SendToCustomer, SyncCard
from bridge.domain.ids import TenantId
from bridge.domain.transitions.change import Snapshot
from bridge.ports import CardRef, Delivery, DueTimer, Key, Recorded
from bridge.store import reads
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.mapping import clear_text, recorded_from, row_name
from bridge.store.orphans import any_orphans, behind, take_over
from bridge.store.queries import Query
from bridge.store.timers import Timers
from bridge.store.workers import beat, forget_the_dead

_DESK = bindparam("desk", type_=String())
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
        self._timers = Timers(database)

    async def load(self, recorded: Recorded) -> Delivery | None:
        """None when the conversation is gone.

        What comes before is asked first: once it has ended, what it brought (a card's place) can be read.
        """
        others, earlier = (False, ()) if self._alone else await behind(self._database, recorded)
        delivery = await self._load(recorded)
        if delivery is None or not (others or earlier):
            return delivery
        return replace(delivery, behind=others, earlier=tuple(earlier))

    async def _load(self, recorded: Recorded) -> Delivery | None:
        key, effect = Key(recorded.tenant, recorded.conversation), recorded.effect
        opened = await reads.open_conversation(self._database, key)
        if opened is None:
            return None
        if isinstance(effect, SyncCard | PostNote):
            return await self._load_card(key, effect, opened)
        return await self._load_messages(key, effect, opened)

    async def _load_messages(self, key: Key, effect: Effect, opened: reads.Opened) -> Delivery:
        if isinstance(effect, AskAnswerer):
            messages = await reads.MESSAGES.newest(self._database, key, effect.upto, MESSAGES)
            return Delivery(opened.snapshot, messages=tuple(messages))
        assert isinstance(effect, SendToCustomer)
        entry = await reads.EVERYTHING.one(self._database, key, effect.seq)
        return Delivery(opened.snapshot, entry=entry)

    async def _load_card(self, key: Key, effect: SyncCard | PostNote, opened: reads.Opened) -> Delivery:
        """An older handoff than the newest is shown as the conversation's own: its card is its truth."""
        database, number = self._database, effect.handoff
        handoff, snapshot = opened.conversation.handoff, opened.snapshot
        if handoff is None or handoff.number != number:
            handoff = await reads.read_handoff(database, opened.seal, key, number)
            if handoff is not None:
                snapshot = Snapshot(opened.showing(handoff), opened.customer)
        desk = (isinstance(effect, SyncCard) and effect.desk) or (handoff.desk if handoff else "")
        which = {"conversation": key.conversation, "number": number, "desk": clear_text(desk)}
        row = await _CARD.first(database, key.tenant, **which)
        entry = None
        if isinstance(effect, PostNote):
            entry = await reads.EVERYTHING.one(database, key, effect.seq)
        card, token = None, ""
        if row and row["place"] is not None:
            card = CardRef(row["place"], row["thread"], row["kind"], desk)
        if row and opened.seal:
            name, sealed = row_name(key, number), row["link_sealed"]
            token = opened.seal.open(sealed, key.tenant, "handoff.link_sealed", name).decode()
        return Delivery(snapshot, entry=entry, card=card, transcript=token)

    async def waits(self, recorded: Recorded) -> bool:
        """Whether its result is not recorded yet. Raises Unavailable."""
        row = t.outbox.c
        query = select(row.number).where(
            row.tenant_id == recorded.tenant,
            row.conversation_id == recorded.conversation,
            row.number == recorded.effect.number,
            row.status == "pending",
        )
        async with self._database.reading(recorded.tenant) as connection:
            return (await connection.execute(query)).first() is not None

    # leases

    async def beat(self) -> None:
        async with self._database.writing() as connection:
            await beat(connection, self._database)
            await forget_the_dead(connection, self._database)

    async def let_go(self) -> None:
        """At the end of a process: what it still has is free at once, and nobody waits for its lease."""
        mine = update(t.outbox).where(
            t.outbox.c.worker == self._database.worker_id, t.outbox.c.status == "pending"
        )
        async with self._database.writing() as connection:
            await connection.execute(mine.values(worker=None))
            await connection.execute(delete(t.worker).where(t.worker.c.id == self._database.worker_id))

    async def own(self, before: datetime, limit: int) -> Sequence[Recorded]:
        """What this process should have carried by `before`; the dispatcher knows what it really has."""
        query = (
            select(t.outbox)
            .where(t.outbox.c.worker == self._database.worker_id, t.outbox.c.status == "pending")
            .where(t.outbox.c.due_at <= before)
            .order_by(*t.outbox.primary_key)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [recorded_from(dict(row) | {"attempts": row["attempts"] + 1}) for row in rows]

    async def any_lost(self) -> bool:
        """Whether `lease_lost` would find anything."""
        async with self._database.reading() as connection:
            return await any_orphans(connection, self._database, alone=self._alone)

    async def lease_lost(self, limit: int) -> Sequence[Recorded]:
        """What belongs to nobody who lives, now ours: every lane from its beginning."""
        async with self._database.writing() as connection:
            await beat(connection, self._database)
            return await take_over(connection, self._database, limit, alone=self._alone)

    # timers

    async def due_timers(
        self, now: datetime, limit: int, tenants: Collection[TenantId] | None = None
    ) -> Sequence[DueTimer]:
        return await self._timers.due(now, limit, tenants)

    async def next_timer(self, now: datetime, tenants: Collection[TenantId] | None = None) -> datetime | None:
        return await self._timers.next(now, tenants)


def _card(tenant: ColumnElement[str]) -> Select[Any]:
    """Where a handoff's card stands at a desk, if it was posted there, and its transcript's link."""
    same = [t.card.c[column.name] == column for column in t.handoff.primary_key]
    same.append(t.card.c.desk == _DESK)
    return (
        select(t.handoff.c.link_sealed, t.card.c.place, t.card.c.thread, t.card.c.kind)
        .outerjoin(t.card, and_(*same))
        .where(
            t.handoff.c.tenant_id == tenant,
            t.handoff.c.conversation_id == reads.WHICH,
            t.handoff.c.number == reads.NUMBER,
        )
    )


_CARD = Query(_card)
