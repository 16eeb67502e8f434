"""Reads that several parts share: a conversation with its customer, its entries, one of its handoffs.

All of them name the tenant. The queries are built once; what this process wrote or read before is not
unsealed again (`memory`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, literal_column, select

from bridge.domain.ids import CustomerId, TenantId
from bridge.domain.model import Conversation, Customer, Entry, EntryKind, Handoff
from bridge.domain.transitions.change import Snapshot
from bridge.ports import Key
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.lookups import OWNER, customer_columns
from bridge.store.mapping import entry_from, handoff_from
from bridge.store.queries import Query
from bridge.store.sealing import Seal

Row = Mapping[Any, Any]

AS_ONE = (t.conversation.c.tenant_id == t.customer.c.tenant_id) & (
    t.conversation.c.customer_id == t.customer.c.id
)
WHICH = bindparam("conversation", type_=String())
NUMBER = bindparam("number", type_=Integer())
SEQ = bindparam("seq", type_=Integer())
LIMIT = bindparam("limit", type_=Integer())
NO_LIMIT = 2**31 - 1
FROM_THE_FIRST: ColumnElement[int] = literal_column("0")


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


def opened(row: Row, database: Database) -> Opened:
    """From a row that has a conversation's columns and its customer's."""
    owner = TenantId(row[f"{OWNER}tenant_id"]), CustomerId(row[f"{OWNER}id"])
    customer = database.memory.customer(owner, row, database.keyring)
    return Opened(database.memory.conversation(row, customer.seal), customer.customer, customer.seal)


CONVERSATION = Query(
    lambda tenant: conversations().where(t.conversation.c.tenant_id == tenant, t.conversation.c.id == WHICH)
)
HANDOFF = Query(
    lambda tenant: select(t.handoff).where(
        t.handoff.c.tenant_id == tenant, t.handoff.c.conversation_id == WHICH, t.handoff.c.number == NUMBER
    )
)


async def open_conversation(database: Database, key: Key) -> Opened | None:
    row = await CONVERSATION.first(database, key.tenant, conversation=key.conversation)
    return opened(row, database) if row else None


async def read_handoff(database: Database, seal: Seal | None, key: Key, number: int) -> Handoff | None:
    if seal is None:
        return None
    row = await HANDOFF.first(database, key.tenant, conversation=key.conversation, number=number)
    return handoff_from(row, seal) if row else None


class Entries:
    """A conversation's entries of some kinds: those after a number, the newest up to one, or one alone."""

    def __init__(self, *kinds: EntryKind) -> None:
        self._kinds: list[ColumnElement[str]] = [literal_column(f"'{kind.value}'") for kind in kinds]
        seq = t.entry.c.seq
        self._after = Query(lambda tenant: self._query(tenant, seq > SEQ).order_by(seq))
        self._upto = Query(lambda tenant: self._query(tenant, seq <= SEQ).order_by(seq.desc()))
        self._one = Query(lambda tenant: self._query(tenant, seq == SEQ))

    async def after(self, database: Database, key: Key, seq: int, limit: int = NO_LIMIT) -> Sequence[Entry]:
        """In order."""
        return await self._read(self._after, database, key, seq, limit)

    async def newest(self, database: Database, key: Key, upto: int, limit: int) -> Sequence[Entry]:
        """The last ones up to a number, in order."""
        return list(reversed(await self._read(self._upto, database, key, upto, limit)))

    async def one(self, database: Database, key: Key, seq: int) -> Entry | None:
        return next(iter(await self._read(self._one, database, key, seq, 1)), None)

    def _query(self, tenant: ColumnElement[str], which: ColumnElement[bool]) -> Select[Any]:
        whose = (t.conversation.c.tenant_id == t.entry.c.tenant_id) & (
            t.conversation.c.id == t.entry.c.conversation_id
        )
        query = select(
            t.entry, t.customer.c.id.label("owner_id"), t.customer.c.sealed_key.label("owner_sealed_key")
        )
        return (
            query.join(t.conversation, whose)
            .join(t.customer, AS_ONE)
            .where(t.entry.c.tenant_id == tenant, t.entry.c.conversation_id == WHICH, which)
            .where(t.entry.c.kind.in_(self._kinds))
            .limit(LIMIT)
            .offset(FROM_THE_FIRST)
        )

    async def _read(
        self, query: Query, database: Database, key: Key, seq: int, limit: int
    ) -> Sequence[Entry]:
        """Of an erased customer nothing is left."""
        rows = await query.rows(database, key.tenant, conversation=key.conversation, seq=seq, limit=limit)
        if not rows or rows[0]["owner_sealed_key"] is None:
            return []
        seal = database.keyring.customer(key.tenant, rows[0]["owner_id"], rows[0]["owner_sealed_key"])
        return [entry_from(row, seal) for row in rows]


EVERYTHING = Entries(*EntryKind)
MESSAGES = Entries(EntryKind.MESSAGE)
