"""Reads of one tenant's rows that are on the way of messages: built once, run by the driver alone.

On PostgreSQL the statement itself names the tenant to the wall between tenants (`walls`), which saves three
round trips. It finds every row by what that naming gave back, in a subquery of its own (OFFSET keeps it
one): so nothing is looked for before the tenant is named.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ColumnElement, Select, String, bindparam, func, literal_column, select, true

from bridge.domain.ids import TenantId
from bridge.store.statements import POSTGRESQL, SQLITE, Convert
from bridge.store.walls import SETTING

if TYPE_CHECKING:
    from bridge.store.engine import Database

Row = Mapping[Any, Any]
Build = Callable[[ColumnElement[str]], Select[Any]]
"""From the tenant's name, as an expression, to the query. Its other parameters are bound by name."""
TENANT = "tenant"


class Query:
    def __init__(self, build: Build) -> None:
        self._build = build

    async def rows(self, database: "Database", tenant: TenantId, **parameters: Any) -> Sequence[Row]:
        """Raises Unavailable."""
        return await database.read(self, tenant, {TENANT: tenant, **parameters})

    async def first(self, database: "Database", tenant: TenantId, **parameters: Any) -> Row | None:
        rows = await self.rows(database, tenant, **parameters)
        return rows[0] if rows else None

    @cached_property
    def postgresql(self) -> tuple[str, Sequence[str]]:
        """The statement, and the names of its parameters in the order of their numbers."""
        given = bindparam(TENANT, type_=String())
        naming = func.set_config(_as_is(f"'{SETTING}'"), given, _as_is("true")).label(TENANT)
        named = select(naming).offset(_as_is("0")).subquery("named")
        found = self._build(named.c[TENANT]).offset(_as_is("0")).lateral("found")
        compiled = select(found).select_from(named.join(found, true())).compile(dialect=POSTGRESQL)
        return str(compiled), list(compiled.positiontup or ())

    @cached_property
    def sqlite(self) -> str:
        return str(self._build(bindparam(TENANT, type_=String())).compile(dialect=SQLITE))

    @cached_property
    def postgresql_conversions(self) -> Mapping[str, Convert]:
        """What a value needs after the driver has read it, by column."""
        return {column.name: json.loads for column in self._columns if isinstance(column.type, JSON)}

    @cached_property
    def sqlite_conversions(self) -> Mapping[str, Convert]:
        read = {c.name: c.type.dialect_impl(SQLITE).result_processor(SQLITE, None) for c in self._columns}
        return {name: convert for name, convert in read.items() if convert is not None}

    @property
    def _columns(self) -> Any:
        return self._build(bindparam(TENANT, type_=String())).selected_columns


def _as_is(sql: str) -> ColumnElement[Any]:
    return literal_column(sql)
