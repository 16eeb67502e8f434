"""Due timers: taken by one process at a time, so that many replicas share the work of ringing them.

A timer that is taken is leased for a few seconds; its row goes with the commit that records what followed.
Who dies in between leaves it to any other process when the lease ends. The lease saves work and nothing
else: an alarm that rings twice is one event by its key. SQLite has one process, and needs no leases.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, Select, func, literal, or_, select, tuple_, update

from bridge.domain.events import TimerKind
from bridge.domain.ids import ConversationId, TenantId
from bridge.ports import DueTimer, Key
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.workers import database_time

LEASE = timedelta(seconds=2)
"""By the database's clock; more than it takes to record what a timer brings. How late a timer can be that
a process had taken and died with."""
_WITHOUT_DISK = func.set_config("synchronous_commit", "off", True)
"""For this transaction: a lease that is lost with the server was only to save work."""


class Timers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, now: datetime, limit: int, tenants: Collection[TenantId] | None
    ) -> Sequence[DueTimer]:
        """Those due, the oldest first; nobody else gets them for LEASE. Of `tenants` alone when given."""
        table = t.timer.c
        free: ColumnElement[bool] = or_(table.lease_until.is_(None), table.lease_until < self._time())
        query = select(*t.timer.primary_key).where(table.due_at <= now, free)
        query, given = self._of(query.order_by(table.due_at).limit(limit), tenants)
        if self._database.sqlite:
            async with self._database.reading() as connection:
                rows = (await connection.execute(query.with_only_columns(*t.timer.c), given)).mappings().all()
            return [_due(row) for row in rows]
        chosen = query.with_for_update(skip_locked=True).cte("chosen")
        lease = (
            update(t.timer)
            .where(tuple_(*t.timer.primary_key).in_(select(chosen)))
            .values(worker=self._database.worker_id, lease_until=self._time() + literal(LEASE, Interval))
            .returning(*t.timer.c, _WITHOUT_DISK)
        )
        async with self._database.writing() as connection:
            rows = (await connection.execute(lease, given)).mappings().all()
        return sorted((_due(row) for row in rows), key=lambda timer: timer.due)

    async def next(self, now: datetime, tenants: Collection[TenantId] | None) -> datetime | None:
        """When the next one is due that nobody has taken, or a lease ends of one that was not rung."""
        table = t.timer.c
        free = select(table.due_at).where(table.lease_until.is_(None)).order_by(table.due_at).limit(1)
        taken = select(func.min(table.lease_until)).where(table.due_at <= now)
        free, given = self._of(free, tenants)
        taken, _ = self._of(taken, tenants)
        query = select(free.scalar_subquery(), taken.scalar_subquery())
        async with self._database.reading() as connection:
            first, again = (await connection.execute(query, given)).one()
        return min((each for each in (first, again) if each is not None), default=None)

    def _time(self) -> ColumnElement[Any]:
        return database_time(self._database)

    def _of(
        self, query: Select[Any], tenants: Collection[TenantId] | None
    ) -> tuple[Select[Any], dict[str, Any]]:
        """The tenants are one parameter, however many they are."""
        if tenants is None:
            return query, {}
        given = self._database.given_tenants
        served = t.timer.c.tenant_id.in_(select(*given.columns()))
        return query.where(served), given.parameters([(tenant,) for tenant in sorted(tenants)])


def _due(row: Mapping[Any, Any]) -> DueTimer:
    return DueTimer(
        Key(TenantId(row["tenant_id"]), ConversationId(row["conversation_id"])),
        TimerKind(row["kind"]),
        row["epoch"],
        row["due_at"],
    )
