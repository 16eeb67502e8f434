"""The hot statements: what one batch of the recorder runs, built once from the tables.

Their text never changes with the size of a batch. Rows to look up come in as one parameter (SQLite:
JSON) or as one array a column (PostgreSQL: unnest); rows to write go out as one `executemany`, which
asyncpg carries in one round trip and sqlite3 runs in one call. `tests/store` counts them.
The walk goes on in `loading` and `recording`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    FromClause,
    Select,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.store import tables as t

Rows = Sequence[Mapping[str, Any]]


def upsert(dialect: str, table: Table, changed: Sequence[str], rows: Select[Any] | None = None) -> Executable:
    """Inserts rows, or changes the named columns of those that are there."""
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    if rows is not None:
        statement = statement.from_select([column.name for column in table.c], rows)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: statement.excluded[name] for name in changed},
    )


class Given:
    """Keys given to a statement as a table of text columns, any number with one statement text."""

    def __init__(self, dialect: str, *names: str) -> None:
        self._dialect = dialect
        self._names = names

    def columns(self) -> list[ColumnElement[Any]]:
        if self._dialect == "sqlite":
            rows = func.json_each(bindparam("given")).table_valued("value", name="given")
            return [func.json_extract(rows.c.value, f"$[{i}]") for i in range(len(self._names))]
        given = func.unnest(*(bindparam(f"given_{name}", type_=ARRAY(String)) for name in self._names))
        source: FromClause = given.table_valued(*self._names, name="given").render_derived()
        return list(source.c)

    def parameters(self, keys: Sequence[Sequence[str]]) -> dict[str, Any]:
        if self._dialect == "sqlite":
            return {"given": json.dumps([list(key) for key in keys])}
        return {f"given_{name}": [key[i] for key in keys] for i, name in enumerate(self._names)}


class Lookup:
    """Reads the rows with given keys."""

    def __init__(self, dialect: str, query: Select[Any], *key: ColumnElement[Any]) -> None:
        self._given = Given(dialect, *(f"k{i}" for i in range(len(key))))
        self._query = query.where(tuple_(*key).in_(select(*self._given.columns())))

    async def rows(
        self, connection: AsyncConnection, keys: Sequence[Sequence[str]]
    ) -> Sequence[Mapping[Any, Any]]:
        found = await connection.execute(self._query, self._given.parameters(keys))
        rows: Sequence[Mapping[Any, Any]] = found.mappings().all()
        return rows


class GuardedUpdate:
    """Changes rows by key where a guard column still has the value that was read.

    Counts the rows it changed, which an `executemany` of PostgreSQL can not: there the rows are given
    as one array a column.
    """

    def __init__(self, dialect: str, table: Table, guard: str, changed: Sequence[str]) -> None:
        self._arrays = dialect != "sqlite"
        self._names = (*(c.name for c in table.primary_key), "seen", *changed)
        seen = {"seen": table.c[guard]}
        kinds = {name: (seen.get(name, table.c.get(name))).type for name in self._names}  # type: ignore[union-attr]
        given: Any
        if self._arrays:
            arrays = [bindparam(f"given_{name}", type_=ARRAY(kind)) for name, kind in kinds.items()]
            given = func.unnest(*arrays).table_valued(*self._names, name="given").render_derived().c
        else:
            given = {name: bindparam(f"given_{name}", type_=kind) for name, kind in kinds.items()}
        self._statement = (
            update(table)
            .where(*(column == given[column.name] for column in table.primary_key))
            .where(table.c[guard] == given["seen"])
            .values({name: given[name] for name in changed})
        )

    async def run(self, connection: AsyncConnection, rows: Rows) -> int:
        parameters: Any = [{f"given_{name}": row[name] for name in self._names} for row in rows]
        if self._arrays:
            parameters = {f"given_{name}": [row[name] for row in rows] for name in self._names}
        return (await connection.execute(self._statement, parameters)).rowcount


def by_key(table: Table) -> list[ColumnElement[bool]]:
    return [column == bindparam(f"key_{column.name}") for column in table.primary_key]


class Statements:
    """Everything a batch runs, in the order of `recording`."""

    def __init__(self, dialect: str) -> None:
        whose = (t.conversation.c.tenant_id == t.customer.c.tenant_id) & (
            t.conversation.c.customer_id == t.customer.c.id
        )
        key = (t.conversation.c.tenant_id, t.conversation.c.id)
        self.conversations = Lookup(
            dialect,
            select(t.conversation, *customer_columns())
            .join(t.customer, whose)
            .order_by(*key)
            .with_for_update(of=t.conversation),
            *key,
        )
        self.customers = Lookup(dialect, select(*customer_columns()), t.customer.c.tenant_id, t.customer.c.id)
        self.given_tenants = Given(dialect, "tenant")
        taken = select(*(t.callback.c[name] for name in ("tenant_id", "desk", "slot_at", "until", "place")))
        active = t.callback.c.state.in_([literal_column("'booked'"), literal_column("'due'")])
        self.taken = Lookup(dialect, taken.where(active), t.callback.c.tenant_id, t.callback.c.desk)
        self.repeats = Lookup(dialect, select(t.inbox), t.inbox.c.tenant_id, t.inbox.c.key_hash)

        fixed = ("tenant_id", "id", "channel", "customer_id", "opened_at", "revision")
        self.insert_customers = insert(t.customer)
        self.update_customers = GuardedUpdate(
            dialect, t.customer, "revision", ["revision", *_others(t.customer, fixed)]
        )
        self.insert_conversations = insert(t.conversation)
        self.update_conversations = GuardedUpdate(
            dialect, t.conversation, "epoch", _others(t.conversation, fixed)
        )
        self.insert_entries = insert(t.entry)
        self.insert_turns = insert(t.turn)
        self.insert_handoffs = insert(t.handoff)
        links = ("link_hash", "link_sealed", "link_expires_at", "revoked")
        self.update_handoffs = (
            update(t.handoff)
            .where(*by_key(t.handoff))
            .values({name: bindparam(name) for name in _others(t.handoff, (*_keys(t.handoff), *links))})
        )
        self.insert_effects = insert(t.outbox)
        self.delete_timers = (
            delete(t.timer)
            .where(*by_key(t.timer))
            .where(t.timer.c.due_at <= bindparam("upto"), t.timer.c.epoch <= bindparam("newest"))
        )
        self.upsert_timers = upsert(dialect, t.timer, ["due_at", "epoch", "worker", "lease_until"])
        self.insert_callbacks = insert(t.callback)
        self.update_callbacks = (
            update(t.callback)
            .where(*by_key(t.callback))
            .values({name: bindparam(name) for name in _others(t.callback, _keys(t.callback))})
        )
        self.insert_audit = insert(t.audit)
        self.upsert_unanchored = upsert(dialect, t.unanchored, ["n"])
        self.insert_inbox = insert(t.inbox)

        self.delete_effects = delete(t.outbox).where(*by_key(t.outbox))
        self.update_effects = (
            update(t.outbox)
            .where(*by_key(t.outbox))
            .values({name: bindparam(name) for name in ("status", "attempts", "due_at", "why")})
        )
        self.upsert_cards = upsert(
            dialect, t.card, ["desk", "kind", "place", "thread", "at"], _posted_cards()
        )


OWNER = "owner_"
"""Begins the names of a customer's columns where they stand beside a conversation's."""


def customer_columns() -> list[ColumnElement[Any]]:
    return [column.label(f"{OWNER}{column.name}") for column in t.customer.c]


def _posted_cards() -> Select[Any]:
    """A card stands at the desk that its handoff was paged to."""
    given = {name: bindparam(f"key_{name}", type_=t.card.c[name].type) for name in t.card.c.keys()}  # noqa: SIM118
    columns = [t.handoff.c.desk if name == "desk" else given[name] for name in t.card.c.keys()]  # noqa: SIM118
    return select(*columns).where(
        t.handoff.c.tenant_id == given["tenant_id"],
        t.handoff.c.conversation_id == given["conversation_id"],
        t.handoff.c.number == given["number"],
    )


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _others(table: Table, names: Sequence[str]) -> list[str]:
    return [column.name for column in table.c if column.name not in names]
