"""Reads that several parts share: a conversation with its customer, its entries, one of its handoffs.

All of them name the tenant. Each takes an open connection, so that what belongs together is read on one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.model import Conversation, Customer, Entry, EntryKind, Handoff
from bridge.domain.transitions.change import Snapshot
from bridge.ports import Key
from bridge.store import tables as t
from bridge.store.loading import customer_seal, owner_columns
from bridge.store.lookups import customer_columns
from bridge.store.mapping import conversation_from, customer_from, entry_from, handoff_from
from bridge.store.sealing import Keyring, Seal

AS_ONE = (t.conversation.c.tenant_id == t.customer.c.tenant_id) & (
    t.conversation.c.customer_id == t.customer.c.id
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation and its customer, unsealed, with the seal for what else belongs to them."""

    conversation: Conversation
    customer: Customer
    seal: Seal | None

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(self.conversation, self.customer)

    def showing(self, handoff: Handoff) -> Conversation:
        """The conversation with this handoff as its newest: an ended one's card is drawn from itself."""
        return replace(self.conversation, handoff=handoff)


def conversations() -> Select[Any]:
    return select(t.conversation, *customer_columns()).join(t.customer, AS_ONE)


def of(key: Key, table: Any) -> ColumnElement[bool]:
    """The rows of one conversation."""
    whose: ColumnElement[bool] = (table.c.tenant_id == key.tenant) & (
        table.c.conversation_id == key.conversation
    )
    return whose


def opened(row: Mapping[Any, Any], keyring: Keyring) -> Opened:
    columns = owner_columns(row)
    seal = customer_seal(keyring, columns)
    return Opened(conversation_from(row, seal), customer_from(columns, seal), seal)


async def open_conversation(connection: AsyncConnection, keyring: Keyring, key: Key) -> Opened | None:
    query = conversations().where(
        t.conversation.c.tenant_id == key.tenant, t.conversation.c.id == key.conversation
    )
    row = (await connection.execute(query)).mappings().first()
    return opened(row, keyring) if row else None


async def read_handoff(
    connection: AsyncConnection, seal: Seal | None, key: Key, number: int
) -> Handoff | None:
    if seal is None:
        return None
    query = select(t.handoff).where(of(key, t.handoff), t.handoff.c.number == number)
    row = (await connection.execute(query)).mappings().first()
    return handoff_from(row, seal) if row else None


async def read_entries(
    connection: AsyncConnection,
    keyring: Keyring,
    key: Key,
    *where: ColumnElement[bool],
    kinds: Collection[EntryKind] = tuple(EntryKind),
    limit: int | None = None,
    newest: bool = False,
) -> Sequence[Entry]:
    """A conversation's entries in order; with `newest` the last ones where there are too many."""
    wanted = [kind.value for kind in kinds]
    seq = t.entry.c.seq
    query = (
        select(t.entry, *customer_columns())
        .join(
            t.conversation,
            (t.conversation.c.tenant_id == t.entry.c.tenant_id)
            & (t.conversation.c.id == t.entry.c.conversation_id),
        )
        .join(t.customer, AS_ONE)
        .where(of(key, t.entry), t.entry.c.kind.in_(wanted), *where)
        .order_by(seq.desc() if newest else seq)
        .limit(limit)
    )
    rows = (await connection.execute(query)).mappings().all()
    ordered = reversed(rows) if newest else rows
    seals = {row["conversation_id"]: customer_seal(keyring, owner_columns(row)) for row in rows[:1]}
    seal = seals.get(key.conversation)
    return [entry_from(row, seal) for row in ordered] if seal else []
