"""Processes that live, by the database's own clock: replicas need not agree on theirs.

A process beats with its first commit, so that nobody takes its effects for a dead one's, and from then on
every few seconds.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Interval, delete, exists, func, literal, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.store import tables as t
from bridge.store.columns import Instant
from bridge.store.engine import Database
from bridge.store.statements import upsert

LEASE = timedelta(seconds=10)
"""A process that has not beaten for this long is taken for dead."""
FORGOTTEN = timedelta(days=1)
"""Workers that stopped this long ago are no longer listed."""


async def beat(connection: AsyncConnection, database: Database) -> None:
    dialect = "sqlite" if database.sqlite else "postgresql"
    statement: Any = upsert(dialect, t.worker, ["beat_at"])
    row = {"id": database.worker_id, "beat_at": database_time(database)}
    await connection.execute(statement.values(row))


async def forget_the_dead(connection: AsyncConnection, database: Database) -> None:
    long_ago = database_time(database, FORGOTTEN)
    await connection.execute(delete(t.worker).where(t.worker.c.beat_at < long_ago))


def lives(database: Database) -> ColumnElement[bool]:
    """Whether the process that has an outbox row has beaten lately."""
    return exists().where(
        t.worker.c.id == t.outbox.c.worker, t.worker.c.beat_at >= database_time(database, LEASE)
    )


def database_time(database: Database, ago: timedelta = timedelta(0)) -> ColumnElement[Any]:
    if database.sqlite:
        back = f"-{ago.total_seconds():.3f} seconds"
        return type_coerce(func.strftime("%Y-%m-%d %H:%M:%f000", "now", back), Instant)
    return func.now(type_=DateTime(timezone=True)) - literal(ago, Interval)
