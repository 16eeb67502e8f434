"""A line to PostgreSQL: four round trips a commit, whatever its size.

BEGIN with the tenants it is for; one statement that locks and reads; one that changes everything; COMMIT.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bridge import crash
from bridge.ports import Conflict
from bridge.store.errors import is_lost
from bridge.store.lines import Row, Rows
from bridge.store.lookups import Wanted, at_once, booked_places, held_messages, named_entries
from bridge.store.queries import Query
from bridge.store.statements import ME, PARTS, Combined, Convert, combined
from bridge.store.walls import begin_for

LONGEST_PLAN = 4096
"""Transactions after which plans are made anew at the latest."""


class PostgresqlLine:
    """Implements `bridge.store.lines.Line`."""

    def __init__(self, connection: Any, worker: str) -> None:
        self._connection = connection
        self._worker = worker
        self._served = False
        """It has carried a transaction before: what fails it now may have happened long ago."""
        self._begun = 0
        self._plan_until = 1

    async def begin(self, tenants: Collection[str], wanted: Wanted | None) -> Sequence[Row]:
        try:
            await self._plan_anew()
            await self._connection.execute(begin_for(tenants))
        except Exception as error:
            if self._served and is_lost(error) and not isinstance(error, TimeoutError):
                raise Conflict("the connection was lost while it was idle") from error
            raise
        self._served = True
        if wanted is None:
            return []
        given = wanted.columns()
        sql, names = at_once(openers=any(given["wanted_customer_id"]), repeats=bool(wanted.events))
        rows: Sequence[Row] = await self._connection.fetch(sql, *(given[name] for name in names))
        return rows

    async def places(self, desks: Sequence[tuple[str, str]]) -> Sequence[Row]:
        return await self._find(booked_places(), desks)

    async def entries(self, named: Sequence[tuple[str, str, int]]) -> Sequence[Row]:
        return await self._find(named_entries(), named)

    async def held(self, conversations: Sequence[tuple[str, str]]) -> Sequence[Row]:
        return await self._find(held_messages(), conversations)

    async def _find(
        self, statement: tuple[str, Sequence[str]], keys: Sequence[tuple[Any, ...]]
    ) -> Sequence[Row]:
        sql, names = statement
        given = dict(zip(names, zip(*keys, strict=True), strict=True))
        rows: Sequence[Row] = await self._connection.fetch(sql, *(given[name] for name in names))
        return rows

    async def write(self, rows: Rows) -> Collection[str]:
        present = tuple(name for name in PARTS if rows.get(name))
        shared: Collection[str] = ()
        if present:
            statement = combined(present)
            result = await self._connection.fetchrow(statement.sql, *self._arrays(statement, rows))
            for place, name in enumerate(statement.guarded):
                if result[place] != len(rows[name]):
                    raise Conflict("a row was changed meanwhile")
            if statement.shares:
                shared = result[len(statement.guarded)] or ()
        if crash.armed and present:
            crash.at("written")
        await self._connection.execute("COMMIT")
        return shared

    async def read(self, query: Query, parameters: Mapping[str, Any]) -> Sequence[Row]:
        await self._plan_anew()
        sql, names = query.postgresql
        rows: Sequence[Row] = await self._connection.fetch(sql, *(parameters[name] for name in names))
        if not query.postgresql_conversions:
            return rows
        return [_converted(row, query.postgresql_conversions) for row in rows]

    async def roll_back(self) -> None:
        if self._connection.is_in_transaction():
            await self._connection.execute("ROLLBACK")

    def drop(self) -> None:
        self._connection.terminate()

    async def _plan_anew(self) -> None:
        """Plans are kept (`engine.ONE_PLAN`), and one made for an empty table is wrong for a full one: an
        index that finds a tenant's rows looks as good as the one that finds the row. So they are made anew
        after 1, 2, 4, … transactions: no table is much larger than when its plan was made."""
        if self._begun >= self._plan_until:
            await self._connection.execute("DISCARD PLANS")
            self._begun, self._plan_until = 0, min(self._plan_until * 2, LONGEST_PLAN)
        self._begun += 1

    def _arrays(self, statement: Combined, rows: Rows) -> list[Any]:
        arrays: list[Any] = []
        for part, column, convert in statement.parameters:
            if column == ME and not part:
                arrays.append(self._worker)
            elif convert is None:
                arrays.append([row[column] for row in rows[part]])
            else:
                arrays.append([convert(row[column]) for row in rows[part]])
        return arrays


def _converted(row: Row, conversions: Mapping[str, Convert]) -> Row:
    read = dict(row)
    for name, convert in conversions.items():
        read[name] = convert(read[name])
    return read
