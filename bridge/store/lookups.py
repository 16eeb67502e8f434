"""What a batch reads before it decides: conversations under lock, customers, events recorded before.

Rows to look up come in as one array a column (PostgreSQL: unnest) or as one parameter (SQLite: JSON), so
that one text serves any number. On PostgreSQL the three are one statement, whose rows say which they are
(`WHAT`). The conversations are locked in the order of their keys, so that no two replicas ever wait for
each other in a circle; on SQLite the transaction is the lock. `loading` reads what comes back.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.types import TypeEngine

from bridge.domain.callback import ACTIVE
from bridge.store import tables as t
from bridge.store.statements import POSTGRESQL, SQLITE

OWNER = "owner_"
"""Begins the names of a customer's columns where they stand beside a conversation's."""
WHAT = "what"
CONVERSATION, CUSTOMER, REPEAT = "conversation", "customer", "repeat"
PLACE, ENTRY, HELD = "place", "entry", "held"
"""What a row is. A repeat has its key's hash as `id`."""

_OWNED = and_(
    t.conversation.c.tenant_id == t.customer.c.tenant_id, t.conversation.c.customer_id == t.customer.c.id
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a batch needs to know, each once and in order."""

    conversations: Sequence[tuple[str, str, str]]
    """(tenant, id, the customer who may open it if it is not there; else empty)."""
    events: Sequence[tuple[str, str]]
    """(tenant, hash of the event's key)."""

    def columns(self) -> Mapping[str, Sequence[str]]:
        tenants, ids, customers = zip(*self.conversations, strict=True)
        seen_in, hashes = zip(*self.events, strict=True) if self.events else ((), ())
        return {
            "wanted_tenant_id": tenants,
            "wanted_id": ids,
            "wanted_customer_id": customers,
            "seen_tenant_id": seen_in,
            "seen_key_hash": hashes,
        }


def customer_columns() -> list[ColumnElement[Any]]:
    return [column.label(f"{OWNER}{column.name}") for column in t.customer.c]


OF_CUSTOMER = tuple((column.name, f"{OWNER}{column.name}") for column in t.customer.c)
"""(a column's own name, its name beside a conversation's)."""


class Given:
    """Keys given to a statement as a table of text columns, any number with one statement text."""

    def __init__(self, dialect: str, *names: str) -> None:
        self._dialect = dialect
        self._names = names

    def columns(self) -> list[ColumnElement[Any]]:
        if self._dialect == "sqlite":
            rows = func.json_each(bindparam("given")).table_valued("value", name="given")
            return [
                func.json_extract(rows.c.value, literal_column(f"'$[{i}]'")) for i in range(len(self._names))
            ]
        given = func.unnest(*(bindparam(f"given_{name}", type_=ARRAY(String)) for name in self._names))
        return list(given.table_valued(*self._names, name="given").render_derived().c)

    def parameters(self, keys: Sequence[Sequence[str]]) -> dict[str, Any]:
        if self._dialect == "sqlite":
            return {"given": json.dumps([list(key) for key in keys])}
        return {f"given_{name}": [key[i] for key in keys] for i, name in enumerate(self._names)}


# ---- PostgreSQL: one statement --------------------------------------------------------------------


@cache
def at_once(*, openers: bool, repeats: bool) -> tuple[str, Sequence[str]]:
    """The statement, and the names of its parameters in the order of their numbers.

    What nothing is wanted of is left out: PostgreSQL sets up every part of a plan, used or not.
    """
    wanted = _arrays("wanted", "tenant_id", "id", "customer_id")
    locked = (
        select(t.conversation, *customer_columns())
        .select_from(wanted)
        .join(t.conversation, _same(t.conversation, wanted, tenant_id="tenant_id", id="id"))
        .join(t.customer, _OWNED)
        .order_by(t.conversation.c.tenant_id, t.conversation.c.id)
        .with_for_update(of=t.conversation)
        .cte("locked")
    )
    parts = [select(_what(CONVERSATION), locked)]
    if openers:
        parts.append(_openers(wanted, locked))
    if repeats:
        parts.append(_repeats(locked))
    compiled = union_all(*parts).compile(dialect=POSTGRESQL)
    return str(compiled), list(compiled.positiontup or ())


@cache
def booked_places() -> tuple[str, Sequence[str]]:
    """The booked places of given desks, and the names of its parameters: tenants first, then desks."""
    given = _arrays("desk", "tenant_id", "desk")
    query = _places().join(given, _same(t.callback, given, tenant_id="tenant_id", desk="desk"))
    compiled = query.compile(dialect=POSTGRESQL)
    return str(compiled), list(compiled.positiontup or ())


@cache
def named_entries() -> tuple[str, Sequence[str]]:
    """Given entries, and the names of its parameters: tenants, conversations, numbers."""
    given = _arrays("entry", "tenant_id", "conversation_id", seq=Integer())
    same = _same(t.entry, given, tenant_id="tenant_id", conversation_id="conversation_id", seq="seq")
    compiled = select(t.entry).select_from(given).join(t.entry, same).compile(dialect=POSTGRESQL)
    return str(compiled), list(compiled.positiontup or ())


@cache
def held_messages() -> tuple[str, Sequence[str]]:
    """What given conversations' customers are still to be sent; parameters: tenants, conversations."""
    given = _arrays("held", "tenant_id", "conversation_id")
    same = _same(t.outbox, given, tenant_id="tenant_id", conversation_id="conversation_id")
    compiled = _held().join(given, same).compile(dialect=POSTGRESQL)
    return str(compiled), list(compiled.positiontup or ())


def _held() -> Select[Any]:
    outbox = t.outbox.c
    columns = (outbox[name] for name in ("tenant_id", "conversation_id", "number", "due_at", "why"))
    mine = outbox.kind == literal_column("'send_to_customer'"), outbox.status == literal_column("'pending'")
    return select(*columns).where(*mine)


def _places() -> Select[Any]:
    columns = (t.callback.c[name] for name in ("tenant_id", "desk", "slot_at", "until", "place"))
    return select(*columns).where(t.callback.c.state.in_([literal_column(f"'{each}'") for each in ACTIVE]))


def _openers(wanted: Any, locked: Any) -> Select[Any]:
    """Customers who begin a conversation that is not there yet."""
    there: Select[Any] = select(literal_column("1")).where(
        _same(t.conversation, wanted, tenant_id="tenant_id", id="id")
    )
    return (
        select(*_padded(locked, CUSTOMER, {f"{OWNER}{column.name}": column for column in t.customer.c}))
        .select_from(wanted)
        .join(t.customer, _same(t.customer, wanted, tenant_id="tenant_id", id="customer_id"))
        .where(~there.exists())
    )


def _repeats(locked: Any) -> Select[Any]:
    seen, was = _arrays("seen", "tenant_id", "key_hash"), t.inbox.c
    found = {"tenant_id": was.tenant_id, "id": was.key_hash, "seq": was.seq, "epoch": was.epoch}
    return (
        select(*_padded(locked, REPEAT, found))
        .select_from(seen)
        .join(t.inbox, _same(t.inbox, seen, tenant_id="tenant_id", key_hash="key_hash"))
    )


def _arrays(name: str, *columns: str, **typed: "TypeEngine[Any]") -> Any:
    types: dict[str, TypeEngine[Any]] = {**{each: String() for each in columns}, **typed}
    given = func.unnest(*(bindparam(f"{name}_{each}", type_=ARRAY(kind)) for each, kind in types.items()))
    return given.table_valued(*types, name=name).render_derived()


def _same(table: Any, given: Any, **names: str) -> ColumnElement[bool]:
    return and_(*(table.c[ours] == given.c[theirs] for ours, theirs in names.items()))


def _what(what: str) -> ColumnElement[Any]:
    return literal_column(f"'{what}'").label(WHAT)


def _padded(locked: Any, what: str, found: Mapping[str, ColumnElement[Any]]) -> Iterator[ColumnElement[Any]]:
    """Columns as a locked conversation has them, where most are missing."""
    yield _what(what)
    for column in locked.c:
        yield found.get(column.name, cast(null(), column.type)).label(column.name)


# ---- SQLite: three, on one connection within one transaction ---------------------------------------


@cache
def one_by_one() -> Mapping[str, str]:
    """Each takes `:given`, a JSON array of keys."""
    conversation, customer, inbox = t.conversation.c, t.customer.c, t.inbox.c
    return {
        CONVERSATION: _found(
            select(t.conversation, *customer_columns()).join(t.customer, _OWNED),
            conversation.tenant_id,
            conversation.id,
        ),
        CUSTOMER: _found(select(*customer_columns()), customer.tenant_id, customer.id),
        ENTRY: _found(select(t.entry), t.entry.c.tenant_id, t.entry.c.conversation_id, t.entry.c.seq),
        HELD: _found(_held(), t.outbox.c.tenant_id, t.outbox.c.conversation_id),
        PLACE: _found(_places(), t.callback.c.tenant_id, t.callback.c.desk),
        REPEAT: _found(select(t.inbox, inbox.key_hash.label("id")), inbox.tenant_id, inbox.key_hash),
    }


def _found(query: Select[Any], *key: ColumnElement[Any]) -> str:
    given = Given("sqlite", *(f"k{i}" for i in range(len(key))))
    return str(query.where(tuple_(*key).in_(select(*given.columns()))).compile(dialect=SQLITE))
