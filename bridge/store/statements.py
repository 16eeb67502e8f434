"""The hot statements: what one batch of the recorder writes, built once from the tables.

A commit is made of `Part`s, each a kind of change with any number of rows. On PostgreSQL the parts that a
commit needs are one statement (`combined`), with one array a column; on SQLite each is an `executemany`.
The text never changes with the size of a batch. Here is no connection: `lines` runs what is built here.
What a batch reads is in `lookups`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Delete,
    Executable,
    FromClause,
    Insert,
    Select,
    String,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from bridge.store import tables as t
from bridge.store.columns import Instant

Change = Insert | Update | Delete
Convert = Callable[[Any], Any]

FIXED = ("tenant_id", "id", "channel", "customer_id", "opened_at")
"""What never changes of a conversation or a customer."""
LINK = ("link_hash", "link_sealed", "link_expires_at", "revoked")
TIMER = ("tenant_id", "conversation_id", "kind", "due_at", "epoch")
ME = "worker"
"""The parameter that names this process."""


def array_name(part: str, column: str) -> str:
    return f"{part}__{column}"


class Given:
    """The rows given to a part, as expressions: parameters of one row, or arrays unnested."""

    def __init__(self, part: str, types: Mapping[str, "TypeEngine[Any]"], *, arrays: bool) -> None:
        self._source: FromClause | None = None
        if arrays:
            columns = [bindparam(array_name(part, name), type_=ARRAY(kind)) for name, kind in types.items()]
            self._source = func.unnest(*columns).table_valued(*types, name=part).render_derived()
            self._columns: Mapping[str, ColumnElement[Any]] = {n: self._source.c[n] for n in types}
        else:
            self._columns = {name: bindparam(name, type_=kind) for name, kind in types.items()}

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        return self._columns[name]

    @property
    def rows(self) -> Select[Any]:
        return select(*(column.label(name) for name, column in self._columns.items()))

    def into(self, statement: Insert) -> Insert:
        """An INSERT of these rows."""
        names = list(self._columns)
        if self._source is None:
            return statement.values({name: self._columns[name] for name in names})
        return statement.from_select(names, self.rows)


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of change: the columns of the rows that it is given, and what it does with them."""

    name: str
    types: Mapping[str, "TypeEngine[Any]"]
    build: Callable[[str, Given], Change]
    """From the dialect's name and the rows."""
    guarded: bool = False
    """Every row given must be changed: less is a Conflict."""


def _types(table: Table, names: Sequence[str], **more: "TypeEngine[Any]") -> dict[str, "TypeEngine[Any]"]:
    return {**{name: table.c[name].type for name in names}, **more}


def _names(table: Table) -> list[str]:
    return [column.name for column in table.c]


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _others(table: Table, without: Sequence[str]) -> list[str]:
    return [name for name in _names(table) if name not in without]


def _is(table: Table, given: Given) -> list[ColumnElement[bool]]:
    return [column == given[column.name] for column in table.primary_key]


def _inserted(name: str, table: Table) -> Part:
    return Part(name, _types(table, _names(table)), lambda dialect, given: given.into(insert(table)))


def _upserted(name: str, table: Table, changed: Sequence[str]) -> Part:
    def build(dialect: str, given: Given) -> Change:
        return _on_conflict(given.into(_insert_of(dialect)(table)), table, changed)

    return Part(name, _types(table, _names(table)), build)


def _guarded(name: str, table: Table, guard: str, changed: Sequence[str]) -> Part:
    """Changes rows by key where the guard still has the value that was read (`seen`)."""

    def build(dialect: str, given: Given) -> Change:
        statement = update(table).where(*_is(table, given), table.c[guard] == given["seen"])
        return statement.values({each: given[each] for each in changed})

    types = _types(table, [*_keys(table), *changed], seen=table.c[guard].type)
    return Part(name, types, build, guarded=True)


def _updated(name: str, table: Table, changed: Sequence[str]) -> Part:
    def build(dialect: str, given: Given) -> Change:
        return update(table).where(*_is(table, given)).values({each: given[each] for each in changed})

    return Part(name, _types(table, [*_keys(table), *changed]), build)


def _deleted(name: str, table: Table) -> Part:
    return Part(
        name, _types(table, _keys(table)), lambda dialect, given: delete(table).where(*_is(table, given))
    )


def _timers_taken_away(dialect: str, given: Given) -> Change:
    timer = t.timer.c
    unchanged = timer.due_at <= given["due_at"], timer.epoch <= given["epoch"]
    return delete(t.timer).where(*_is(t.timer, given), *unchanged)


def _timers_set(dialect: str, given: Given) -> Change:
    """A timer that is set anew is nobody's: whoever rings the earlier setting does not have this one."""
    statement: Any = given.into(_insert_of(dialect)(t.timer))
    anew = {"due_at": statement.excluded.due_at, "epoch": statement.excluded.epoch}
    free = {"worker": null(), "lease_until": null()}
    upsert: Insert = statement.on_conflict_do_update(
        index_elements=list(t.timer.primary_key), set_=anew | free
    )
    return upsert


def _cards_posted(dialect: str, given: Given) -> Change:
    """Of a handoff that is there still."""
    posted = select(*(given[name] for name in _names(t.card))).where(
        *(t.handoff.c[name] == given[name] for name in _keys(t.handoff))
    )
    statement = _insert_of(dialect)(t.card).from_select(_names(t.card), posted)
    return _on_conflict(statement, t.card, ["kind", "place", "thread", "at"])


def _insert_of(dialect: str) -> Any:
    return sqlite.insert if dialect == "sqlite" else postgresql.insert


def _on_conflict(statement: Any, table: Table, changed: Sequence[str]) -> Insert:
    upsert: Insert = statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={name: statement.excluded[name] for name in changed}
    )
    return upsert


PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        _inserted("new_customers", t.customer),
        _guarded("customers", t.customer, "revision", _others(t.customer, FIXED)),
        _inserted("new_conversations", t.conversation),
        _guarded("conversations", t.conversation, "epoch", _others(t.conversation, FIXED)),
        _inserted("new_handoffs", t.handoff),
        _updated("handoffs", t.handoff, _others(t.handoff, (*_keys(t.handoff), *LINK))),
        _updated("callbacks", t.callback, _others(t.callback, _keys(t.callback))),
        _inserted("new_callbacks", t.callback),
        _inserted("entries", t.entry),
        _inserted("turns", t.turn),
        _inserted("effects", t.outbox),
        _inserted("audit", t.audit),
        _upserted("unanchored", t.unanchored, ["n"]),
        _inserted("inbox", t.inbox),
        Part("timers_away", _types(t.timer, TIMER), _timers_taken_away),
        Part("timers", _types(t.timer, TIMER), _timers_set),
        Part("cards", _types(t.card, _names(t.card)), _cards_posted),
        _deleted("effects_done", t.outbox),
        _updated("effects_waiting", t.outbox, ["status", "attempts", "due_at", "why"]),
    )
}
"""In the order in which they are carried out where each is a statement of its own."""


# ---- as text, for a driver ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A statement for the driver itself, with what each parameter needs before it is handed over."""

    sql: str
    parameters: Sequence[tuple[str, Convert | None]]


@dataclass(frozen=True, slots=True)
class Combined:
    """Several parts as one statement of PostgreSQL."""

    sql: str
    parameters: Sequence[tuple[str, str, Convert | None]]
    """(part, column, conversion) of each array, in the order of its number; `ME` has no part."""
    guarded: Sequence[str]
    """The parts whose changed rows are counted, in the order of the result's first columns."""
    shares: bool
    """The next column names conversations in which another process has effects still."""


POSTGRESQL: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
SQLITE: Dialect = sqlite.dialect(paramstyle="named")


@cache
def single(name: str) -> Text:
    """A part for one row, as SQLite runs it."""
    part = PARTS[name]
    sql = str(part.build("sqlite", Given(name, part.types, arrays=False)).compile(dialect=SQLITE))
    return Text(sql, [(each, _binding(kind, SQLITE)) for each, kind in part.types.items()])


@cache
def combined(names: tuple[str, ...]) -> Combined:
    """These parts as one statement."""
    changes, results = [], []
    guarded = [name for name in names if PARTS[name].guarded]
    for name in names:
        change = PARTS[name].build("postgresql", Given(name, PARTS[name].types, arrays=True))
        if name in guarded:
            change = change.returning(literal_column("1").label("one"))
        changes.append(change.cte(f"{name}_written"))
        if name in guarded:
            results.append(select(func.count()).select_from(changes[-1]).scalar_subquery())
    if shares := "effects" in names:
        results.append(_shared())
    statement = select(*results, literal_column("1").label("written")).add_cte(*changes)
    compiled = statement.compile(dialect=POSTGRESQL)
    return Combined(str(compiled), [_array(name) for name in compiled.positiontup or ()], guarded, shares)


def _array(bound: str) -> tuple[str, str, Convert | None]:
    part, _, column = bound.rpartition("__")
    return part, column, _binding(PARTS[part].types[column], POSTGRESQL) if part else None


def _shared() -> Any:
    """Conversations among those with new effects in which another process has effects still.

    Asked under the lock: what is not there now can not come before these effects any more.
    """
    types = PARTS["effects"].types
    names = ("tenant_id", "conversation_id")
    arrays = [bindparam(array_name("effects", name), type_=ARRAY(types[name])) for name in names]
    mine = func.unnest(*arrays).table_valued(*names, name="mine").render_derived()
    other = t.outbox.alias("other")
    same = [other.c[name] == mine.c[name] for name in names]
    theirs = other.c.worker.is_distinct_from(bindparam(ME, type_=String()))
    pending = other.c.status == literal_column("'pending'")
    query = select(func.array_agg(other.c.conversation_id.distinct())).select_from(mine)
    return query.join(other, and_(*same)).where(pending, theirs).scalar_subquery()


def _binding(kind: "TypeEngine[Any]", dialect: Dialect) -> Convert | None:
    if isinstance(kind, Instant) and dialect is POSTGRESQL:
        return None  # the driver takes every aware instant, and a clock gives no other
    return kind.dialect_impl(dialect).bind_processor(dialect)


def upsert(dialect: str, table: Table, changed: Sequence[str]) -> Executable:
    """Inserts rows, or changes the named columns of those that are there: for the driver-independent way."""
    return _on_conflict(_insert_of(dialect)(table), table, changed)


def by_key(table: Table) -> list[ColumnElement[bool]]:
    return [column == bindparam(f"key_{column.name}") for column in table.primary_key]
