"""Processes that live, by the database's own clock: replicas need not agree on theirs.

A process beats before its first commit, so that nobody takes its effects for a dead one's, and from then on
every few seconds. Who beats again after a gap can not tell the dead from those who had the same gap (the
database was away from all of them): it judges nobody until it has beaten without one for a whole lease.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    case,
    delete,
    exists,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.store import tables as t
from bridge.store.columns import Instant
from bridge.store.engine import Database
from bridge.store.processes import has_ended

LEASE = timedelta(seconds=20)
"""A process that has not beaten for this long is taken for dead. Longer than it takes to find that a
connection gives no answer, and to beat on another one."""
AFTERMATH = timedelta(seconds=6)
"""After a process's last beat, a few seconds before it died at most, what it had on the wire has arrived:
what is looked up at a platform before it is posted again is there to be found."""
FORGOTTEN = timedelta(days=1)
"""Workers that stopped this long ago are no longer listed."""


async def announce(database: Database) -> None:
    """Before the first commit of a process: nobody may take its effects for a dead one's."""
    if not database.announced:
        async with database.writing() as connection:
            await beat(connection, database)
        database.announced = True


async def beat(connection: AsyncConnection, database: Database) -> None:
    now = database_time(database)
    insert = sqlite.insert if database.sqlite else postgresql.insert
    row = insert(t.worker).values(id=database.worker_id, beat_at=now, since=now)
    had_a_gap = t.worker.c.beat_at < database_time(database, LEASE)
    kept = {
        "beat_at": row.excluded.beat_at,
        "since": case((had_a_gap, row.excluded.beat_at), else_=t.worker.c.since),
    }
    await connection.execute(row.on_conflict_do_update(index_elements=[t.worker.c.id], set_=kept))


async def forget_the_dead(connection: AsyncConnection, database: Database) -> None:
    long_ago = database_time(database, FORGOTTEN)
    await connection.execute(delete(t.worker).where(t.worker.c.beat_at < long_ago))


@dataclass(frozen=True, slots=True)
class Ended:
    """Processes of this very machine that are known to be dead: nobody need wait for their leases."""

    ids: Sequence[str] = ()
    quiet: Sequence[str] = ()
    """Those of them who died long enough ago: nothing of theirs is still on its way."""


async def ended_here(connection: AsyncConnection, database: Database) -> Ended:
    quiet = t.worker.c.beat_at < database_time(database, AFTERMATH)
    rows = (await connection.execute(select(t.worker.c.id, quiet.label("quiet")))).all()
    ended = [(id, since) for id, since in rows if has_ended(id)]
    return Ended([id for id, _ in ended], [id for id, since in ended if since])


def lives(database: Database, worker: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the process of this id has beaten lately."""
    return exists().where(t.worker.c.id == worker, t.worker.c.beat_at >= database_time(database, LEASE))


def may_judge(database: Database) -> ColumnElement[bool]:
    """Whether this process has beaten long enough to take a silent one for dead."""
    steady = t.worker.c.since <= database_time(database, LEASE)
    return exists().where(t.worker.c.id == database.worker_id, steady)


def database_time(database: Database, ago: timedelta = timedelta(0)) -> ColumnElement[Any]:
    if database.sqlite:
        back = f"-{ago.total_seconds():.3f} seconds"
        return type_coerce(func.strftime("%Y-%m-%d %H:%M:%f000", "now", back), Instant)
    return func.now(type_=DateTime(timezone=True)) - literal(ago, Interval)
