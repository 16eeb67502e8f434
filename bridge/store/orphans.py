"""Effects whose process died: who may take them over, and in which order.

A lane (one conversation's way to one side) is taken over from its beginning, and never past a row that a
living process has: what that one carries would be overtaken. Rows that wait for another try are taken
too, for the same reason. One process takes over at a time, so that no two share out one lane.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.effects import Effect, PostNote, SyncCard
from bridge.ports import Recorded
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.mapping import kind_of, recorded_from
from bridge.store.queries import Query
from bridge.store.statements import by_key
from bridge.store.workers import Ended, ended_here, lives, may_judge

ONE_AT_A_TIME = 0x6F72_7068_616E
"""The advisory lock of PostgreSQL that taking over holds: "orphan"."""
TO_THE_DESK = (kind_of(SyncCard), kind_of(PostNote))
"""A card and the notes below it share a lane; every other kind of effect has one of its own, and so has a
card that was left at an earlier desk: nobody waits for that desk any more."""


async def take_over(
    connection: AsyncConnection, database: Database, limit: int, *, alone: bool
) -> Sequence[Recorded]:
    """Makes orphans this process's own, in the order of their keys. Nothing while another takes over."""
    if not database.sqlite:
        lock = select(func.pg_try_advisory_xact_lock(ONE_AT_A_TIME))
        if not (await connection.execute(lock)).scalar():
            return []
    ended = Ended() if alone else await ended_here(connection, database)
    found = (await connection.execute(_orphans(database, limit, ended, alone=alone))).mappings().all()
    rows = [row | {"attempts": row["attempts"] + 1} for row in map(dict, found)]
    if rows:
        taken = update(t.outbox).where(*by_key(t.outbox))
        taken = taken.values(worker=database.worker_id, attempts=bindparam("tried"))
        await connection.execute(taken, [_key(row) | {"tried": row["attempts"]} for row in rows])
    return [recorded_from(row) for row in rows]


async def any_orphans(connection: AsyncConnection, database: Database, *, alone: bool) -> bool:
    """Whether there may be anything to take over: asked often, so that nobody is disturbed for nothing."""
    ended = Ended() if alone else await ended_here(connection, database)
    free = _free(database, t.outbox, ended, alone=alone)
    query = select(t.outbox.c.number).where(t.outbox.c.status == "pending", free).limit(1)
    return (await connection.execute(query)).first() is not None


async def behind(database: Database, recorded: Recorded) -> tuple[bool, Sequence[int]]:
    """What waits of this effect's lane before it: whether another process, alive or not, has any of it; and
    the numbers that this process has, by the rows."""
    rows = await _BEHIND.rows(
        database,
        recorded.tenant,
        conversation=recorded.conversation,
        number=recorded.effect.number,
        lane=_lane_of(recorded.effect),
    )
    ours = [row["number"] for row in rows if row["worker"] == database.worker_id]
    return len(ours) < len(rows), ours


def _behind(tenant: ColumnElement[str]) -> Select[Any]:
    row = t.outbox.c
    conversation, lane = (bindparam(name, type_=String()) for name in ("conversation", "lane"))
    return select(row.number, row.worker).where(
        row.tenant_id == tenant,
        row.conversation_id == conversation,
        row.number < bindparam("number", type_=Integer()),
        row.status == literal_column("'pending'"),
        _lane(t.outbox) == lane,
    )


_BEHIND = Query(_behind)


def _orphans(database: Database, limit: int, ended: Ended, *, alone: bool) -> Select[Any]:
    """In the order of their keys: a cut at `limit` leaves no gap in a lane."""
    query = (
        select(t.outbox)
        .where(t.outbox.c.status == "pending", _free(database, t.outbox, ended, alone=alone))
        .order_by(*t.outbox.primary_key)
        .limit(limit)
        .with_for_update()
    )
    return query if alone else query.where(~_held_back(database, ended))


def _free(database: Database, outbox: FromClause, ended: Ended, *, alone: bool) -> ColumnElement[bool]:
    worker = outbox.c.worker
    silent = true() if alone else and_(may_judge(database), ~lives(database, worker))
    elsewhere = outbox.c.kind.not_in(TO_THE_DESK)
    known = or_(worker.in_(ended.quiet), and_(worker.in_(ended.ids), elsewhere))
    dead = or_(silent, known) if ended.ids else silent
    return or_(worker.is_(None), and_(worker != database.worker_id, dead))


def _held_back(database: Database, ended: Ended) -> ColumnElement[bool]:
    """Whether another process that may live has an earlier row of the same lane."""
    earlier = t.outbox.alias("earlier")
    return exists().where(
        earlier.c.tenant_id == t.outbox.c.tenant_id,
        earlier.c.conversation_id == t.outbox.c.conversation_id,
        earlier.c.number < t.outbox.c.number,
        earlier.c.status == "pending",
        _lane(earlier) == _lane(t.outbox),
        earlier.c.worker != database.worker_id,
        ~_free(database, earlier, ended, alone=False),
    )


def _lane(outbox: FromClause) -> ColumnElement[str]:
    to_the_desk = outbox.c.kind.in_([literal_column(f"'{each}'") for each in TO_THE_DESK])
    left_at = func.coalesce(outbox.c.args.op("->>")(literal_column("'desk'")), literal_column("''"))
    return case((to_the_desk, literal_column("'desk:'").concat(left_at)), else_=outbox.c.kind)


def _lane_of(effect: Effect) -> str:
    """The same for an effect."""
    kind = kind_of(type(effect))
    return f"desk:{effect.desk if isinstance(effect, SyncCard) else ''}" if kind in TO_THE_DESK else kind


def _key(row: dict[str, Any]) -> dict[str, Any]:
    return {f"key_{column.name}": row[column.name] for column in t.outbox.primary_key}
