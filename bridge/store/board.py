"""What desks and customers' channels read: cards, threads, and the stream of a conversation.

Every read names its tenant; nothing here is ever found across tenants. Hints that something changed are
the fan-out's. The whole of a conversation behind a transcript link is in `transcript`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, case, literal_column, select

from bridge.domain.card import Card, draw
from bridge.domain.ids import ConversationId, HandoffId, TenantId, split_handoff_id
from bridge.domain.model import Entry, EntryKind
from bridge.ports import CardRef, DeskAddress, Found, Key
from bridge.store import reads
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.lookups import customer_columns
from bridge.store.mapping import clear_text, handoff_from, row_name
from bridge.store.queries import Query

_PREFIX = "handoff_"
_DESK, _PLACE, _THREAD = (bindparam(name, type_=String()) for name in ("desk", "place", "thread"))
SHOWN_TO_CUSTOMERS = reads.Entries(EntryKind.MESSAGE, EntryKind.STATE)
SHOWN_TO_DESKS = reads.Entries(EntryKind.MESSAGE, EntryKind.NOTE, EntryKind.DRAFT)


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
        row = await _BY_NUMBER.first(self._database, tenant, conversation=conversation, number=number)
        return self._read(tenant, row) if row else None

    async def at(self, desk: DeskAddress, ref: CardRef) -> Found | None:
        """Also of a card that was left behind, which says where the handoff went."""
        place, thread = clear_text(ref.place), clear_text(ref.thread)
        row = await _BY_CARD.first(self._database, desk.tenant, desk=desk.desk, place=place, thread=thread)
        return self._read(desk.tenant, row, at=desk.desk) if row else None

    async def open_cards(self, tenant: TenantId, desk: str, limit: int = 50) -> Sequence[Card]:
        """Open handoffs, those that wait the longest first, then claimed ones, then ended ones."""
        rows = [*await _OPEN.rows(self._database, tenant, desk=desk, limit=limit)]
        if len(rows) < limit:
            rows += await _ENDED.rows(self._database, tenant, desk=desk, limit=limit - len(rows))
        found = [self._read(tenant, row) for row in rows]
        return [each.card for each in found if each is not None]

    async def thread(self, tenant: TenantId, handoff: HandoffId, after: int = 0) -> Sequence[Entry]:
        parts = split_handoff_id(handoff)
        if parts is None:
            return []
        return await SHOWN_TO_DESKS.after(self._database, Key(tenant, parts[0]), after)

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int = 200
    ) -> Sequence[Entry]:
        return await SHOWN_TO_CUSTOMERS.after(self._database, Key(tenant, conversation), after, limit)

    def _read(self, tenant: TenantId, row: Mapping[Any, Any], at: str = "") -> Found | None:
        """None where the customer was erased: nothing is left to show."""
        opened = reads.opened(row, self._database)
        if opened.seal is None:
            return None
        columns = {n.removeprefix(_PREFIX): v for n, v in row.items() if n.startswith(_PREFIX)}
        handoff = handoff_from(columns, opened.seal)
        conversation = opened.conversation
        name = row_name(Key(tenant, conversation.id), handoff.number)
        token = opened.seal.open(columns["link_sealed"], tenant, "handoff.link_sealed", name).decode()
        card = draw(conversation, opened.customer, handoff, transcript=token, at=at)
        return Found(tenant, columns["desk"], conversation.id, handoff.number, conversation.epoch, card)


def _handoffs(tenant: ColumnElement[str]) -> Select[Any]:
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
        .where(t.handoff.c.tenant_id == tenant)
    )


def _by_number(tenant: ColumnElement[str]) -> Select[Any]:
    return _handoffs(tenant).where(
        t.handoff.c.conversation_id == reads.WHICH, t.handoff.c.number == reads.NUMBER
    )


def _by_card(tenant: ColumnElement[str]) -> Select[Any]:
    same = [t.card.c[c.name] == c for c in t.handoff.primary_key]
    return (
        _handoffs(tenant)
        .join(t.card, same[0] & same[1] & same[2])
        .where(
            t.card.c.tenant_id == tenant,
            t.card.c.desk == _DESK,
            t.card.c.place == _PLACE,
            t.card.c.thread == _THREAD,
        )
    )


def _open(tenant: ColumnElement[str]) -> Select[Any]:
    waiting = t.handoff.c.owner == literal_column("''")
    waiting_first = case((waiting, literal_column("0")), else_=literal_column("1"))
    query = _handoffs(tenant).where(t.handoff.c.desk == _DESK, t.handoff.c.ended_at.is_(None))
    return _some(query.order_by(waiting_first, t.handoff.c.at))


def _ended(tenant: ColumnElement[str]) -> Select[Any]:
    ended_at = t.handoff.c.ended_at
    query = _handoffs(tenant).where(t.handoff.c.desk == _DESK, ended_at.is_not(None))
    return _some(query.order_by(ended_at.desc()))


def _some(query: Select[Any]) -> Select[Any]:
    return query.limit(reads.LIMIT).offset(reads.FROM_THE_FIRST)


_BY_NUMBER, _BY_CARD, _OPEN, _ENDED = map(Query, (_by_number, _by_card, _open, _ended))
