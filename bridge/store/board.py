"""What desks and customers' channels read: cards, threads, and the stream of a conversation.

Every read names its tenant; nothing here is ever found across tenants. Hints that something changed are
the fan-out's. The whole of a conversation behind a transcript link is in `transcript`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.card import Card, draw
from bridge.domain.ids import ConversationId, HandoffId, TenantId, split_handoff_id
from bridge.domain.model import Entry, EntryKind
from bridge.ports import CardRef, DeskAddress, Found, Key
from bridge.store import reads
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.lookups import customer_columns
from bridge.store.mapping import clear_text, handoff_from, row_name

SHOWN_TO_CUSTOMERS = (EntryKind.MESSAGE, EntryKind.STATE)
SHOWN_TO_DESKS = (EntryKind.MESSAGE, EntryKind.NOTE, EntryKind.DRAFT)
_PREFIX = "handoff_"


class BoardReads:
    """The reads of `bridge.ports.Board`, and the customer's own of `bridge.ports.Inbound`.

    A card's `transcript` is its link's token here; who knows the public address makes a link of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, tenant: TenantId, handoff: HandoffId) -> Found | None:
        parts = split_handoff_id(handoff)
        if parts is None:
            return None
        conversation, number = parts
        query = _handoffs().where(
            t.handoff.c.tenant_id == tenant,
            t.handoff.c.conversation_id == conversation,
            t.handoff.c.number == number,
        )
        return await self._found(tenant, query)

    async def at(self, desk: DeskAddress, ref: CardRef) -> Found | None:
        same = [t.card.c[c.name] == c for c in t.handoff.primary_key]
        query = _handoffs().join(t.card, same[0] & same[1] & same[2])
        query = query.where(
            t.card.c.tenant_id == desk.tenant,
            t.card.c.desk == desk.desk,
            t.card.c.place == clear_text(ref.place),
            t.card.c.thread == clear_text(ref.thread),
        )
        return await self._found(desk.tenant, query)

    async def open_cards(self, tenant: TenantId, desk: str, limit: int = 50) -> Sequence[Card]:
        """Open handoffs, those that wait the longest first, then claimed ones, then ended ones."""
        of_desk = _handoffs().where(t.handoff.c.tenant_id == tenant, t.handoff.c.desk == desk)
        ended_at = t.handoff.c.ended_at
        waiting_first = case((t.handoff.c.owner == "", 0), else_=1)
        still_open = of_desk.where(ended_at.is_(None)).order_by(waiting_first, t.handoff.c.at)
        ended = of_desk.where(ended_at.is_not(None)).order_by(ended_at.desc())
        async with self._database.reading_of(tenant) as connection:
            rows = await _all(connection, still_open.limit(limit))
            if len(rows) < limit:
                rows += await _all(connection, ended.limit(limit - len(rows)))
        found = [self._read(tenant, row) for row in rows]
        return [each.card for each in found if each is not None]

    async def thread(self, tenant: TenantId, handoff: HandoffId, after: int = 0) -> Sequence[Entry]:
        parts = split_handoff_id(handoff)
        if parts is None:
            return []
        return await self._entries(Key(tenant, parts[0]), after, SHOWN_TO_DESKS, None)

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int = 200
    ) -> Sequence[Entry]:
        return await self._entries(Key(tenant, conversation), after, SHOWN_TO_CUSTOMERS, limit)

    async def _entries(
        self, key: Key, after: int, kinds: Sequence[EntryKind], limit: int | None
    ) -> Sequence[Entry]:
        newer: ColumnElement[bool] = t.entry.c.seq > after
        async with self._database.reading_of(key.tenant) as connection:
            return await reads.read_entries(
                connection, self._database.keyring, key, newer, kinds=kinds, limit=limit
            )

    async def _found(self, tenant: TenantId, query: Select[Any]) -> Found | None:
        async with self._database.reading_of(tenant) as connection:
            rows = await _all(connection, query.limit(1))
        return self._read(tenant, rows[0]) if rows else None

    def _read(self, tenant: TenantId, row: Mapping[Any, Any]) -> Found | None:
        """None where the customer was erased: nothing is left to show."""
        opened = reads.opened(row, self._database.keyring)
        if opened.seal is None:
            return None
        columns = {n.removeprefix(_PREFIX): v for n, v in row.items() if n.startswith(_PREFIX)}
        handoff = handoff_from(columns, opened.seal)
        conversation = opened.conversation
        name = row_name(Key(tenant, conversation.id), handoff.number)
        token = opened.seal.open(columns["link_sealed"], tenant, "handoff.link_sealed", name).decode()
        card = draw(conversation, opened.customer, handoff, transcript=token)
        return Found(tenant, columns["desk"], conversation.id, handoff.number, conversation.epoch, card)


def _handoffs() -> Select[Any]:
    """A handoff with its conversation and customer, each under names of its own."""
    mine = [column.label(f"{_PREFIX}{column.name}") for column in t.handoff.c]
    of_conversation = (t.conversation.c.tenant_id == t.handoff.c.tenant_id) & (
        t.conversation.c.id == t.handoff.c.conversation_id
    )
    return (
        select(t.conversation, *customer_columns(), *mine)
        .select_from(t.handoff)
        .join(t.conversation, of_conversation)
        .join(t.customer, reads.AS_ONE)
    )


async def _all(connection: AsyncConnection, query: Select[Any]) -> list[Any]:
    return list((await connection.execute(query)).mappings().all())
