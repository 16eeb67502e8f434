"""A line to SQLite: a connection in a thread of its own, two visits to it a commit.

The file has one writer at a time, so a transaction holds the process's turn (`Database.turn`) from its
beginning to its end: waiting for a turn in the loop is fair, waiting for SQLite's own lock is not.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from bridge import crash
from bridge.ports import Conflict
from bridge.store import tables as t
from bridge.store.lines import Row, Rows
from bridge.store.lookups import (
    CONVERSATION,
    CUSTOMER,
    ENTRY,
    HELD,
    OWNER,
    PLACE,
    REPEAT,
    WHAT,
    Wanted,
    one_by_one,
)
from bridge.store.queries import Query
from bridge.store.statements import PARTS, SQLITE, Convert, single

T = TypeVar("T")


class SqliteLine:
    """Implements `bridge.store.lines.Line`."""

    def __init__(self, path: str, pragmas: Iterable[str], turn: asyncio.Lock) -> None:
        self._path = path
        self._pragmas = pragmas
        self._turn = turn
        self._has_turn = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-line")
        self._connection: sqlite3.Connection

    async def open(self) -> "SqliteLine":
        await self._visit(self._open)
        return self

    async def begin(self, tenants: Collection[str], wanted: Wanted | None) -> Sequence[Row]:
        await self._turn.acquire()
        self._has_turn = True
        return await self._visit(lambda: self._begin(wanted))

    async def places(self, desks: Sequence[tuple[str, str]]) -> Sequence[Row]:
        return await self._visit(lambda: self._find(PLACE, desks))

    async def entries(self, named: Sequence[tuple[str, str, int]]) -> Sequence[Row]:
        return await self._visit(lambda: self._find(ENTRY, named))

    async def held(self, conversations: Sequence[tuple[str, str]]) -> Sequence[Row]:
        return await self._visit(lambda: self._find(HELD, conversations))

    async def write(self, rows: Rows) -> Collection[str]:
        await self._visit(lambda: self._write(rows))
        self._pass_turn()
        return ()

    async def read(self, query: Query, parameters: Mapping[str, Any]) -> Sequence[Row]:
        return await self._visit(lambda: self._read(query, parameters))

    async def roll_back(self) -> None:
        try:
            await self._visit(self._roll_back)
        finally:
            self._pass_turn()

    def drop(self) -> None:
        self._thread.submit(self._close)
        self._thread.shutdown(wait=False)
        self._pass_turn()

    def _pass_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turn.release()

    async def _visit(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # in the thread

    def _open(self) -> None:
        self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        for pragma in self._pragmas:
            self._connection.execute(pragma)

    def _begin(self, wanted: Wanted | None) -> list[Row]:
        self._connection.execute("BEGIN IMMEDIATE")
        if wanted is None:
            return []
        conversations = self._find(CONVERSATION, [key[:2] for key in wanted.conversations])
        known = {(row["tenant_id"], row["id"]) for row in conversations}
        openers = {
            (tenant, who) for tenant, id, who in wanted.conversations if who and (tenant, id) not in known
        }
        return [*conversations, *self._find(CUSTOMER, openers), *self._find(REPEAT, wanted.events)]

    def _find(self, what: str, keys: Iterable[Sequence[Any]]) -> list[Row]:
        given = [list(key) for key in keys]
        if not given:
            return []
        rows = self._connection.execute(one_by_one()[what], {"given": json.dumps(given)})
        return [_read(what, row) for row in rows]

    def _write(self, rows: Rows) -> None:
        for name, part in PARTS.items():
            if given := rows.get(name):
                statement = single(name)
                for column, convert in statement.parameters:
                    if convert is not None:
                        for row in given:
                            row[column] = convert(row[column])
                done = self._connection.executemany(statement.sql, given)
                if part.guarded and done.rowcount != len(given):
                    raise Conflict("a row was changed meanwhile")
        if crash.armed and any(rows.values()):
            crash.at("written")
        self._connection.execute("COMMIT")

    def _read(self, query: Query, parameters: Mapping[str, Any]) -> list[Row]:
        rows = self._connection.execute(query.sqlite, parameters).fetchall()
        return [_converted(row, query.sqlite_conversions) for row in rows]

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _close(self) -> None:
        self._connection.close()


def _result(kind: Any) -> Convert | None:
    processor: Convert | None = kind.dialect_impl(SQLITE).result_processor(SQLITE, None)
    return processor


_CONVERSIONS = {
    name: convert
    for prefix, table in (
        ("", t.conversation),
        (OWNER, t.customer),
        ("", t.callback),
        ("", t.entry),
        ("", t.outbox),
    )
    for name, convert in ((prefix + column.name, _result(column.type)) for column in table.c)
    if convert is not None
}


def _read(what: str, row: Row) -> Row:
    return {WHAT: what, **_converted(row, {} if what == REPEAT else _CONVERSIONS)}


def _converted(row: Row, conversions: Mapping[str, Convert]) -> dict[str, Any]:
    found = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates over values
    for name, convert in conversions.items():
        if name in found:
            found[name] = convert(found[name])
    return found
