"""The recorder's store: one transaction a batch, in a fixed number of statements whatever its size.

Locks and loads (`loading`), lets the recorder decide, and writes (`batch`, `settling`). A conversation is
changed only where its epoch is still the one that was loaded: a second fence behind the lock. A row that
another replica made meanwhile is a Conflict, and the recorder tries the whole batch again.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.events import Event, Outcome, TimerDue
from bridge.domain.ids import EventKey, TenantId
from bridge.domain.transitions.change import Snapshot
from bridge.ports import Conflict, Key, Settled, Step
from bridge.store.batch import Batch, timer_key
from bridge.store.engine import Database
from bridge.store.loading import Loaded, load
from bridge.store.settling import settle
from bridge.store.statements import GuardedUpdate, Statements
from bridge.store.workers import beat

Columns = dict[str, Any]

ALWAYS = {"upto": datetime.max.replace(tzinfo=UTC), "newest": 2**31 - 1}
"""Takes a timer away whenever it is due and whoever set it."""


class RecordingStore:
    """Implements `bridge.ports.Store`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self, events: Sequence[Event]) -> AsyncIterator["Recording"]:
        """Raises Conflict, Unavailable, and UnknownTenant for a tenant without stored settings."""
        database = self._database
        await database.unlock({event.tenant for event in events})
        async with database.writing() as connection:
            if not database.announced:
                await beat(connection, database)
            loaded = await load(connection, database.statements, database.keyring, events)
            recording = Recording(connection, database, loaded, events)
            yield recording
            await recording.finish()
        database.announced = True


class Recording:
    """Implements `bridge.ports.Transaction`."""

    def __init__(
        self, connection: AsyncConnection, database: Database, loaded: Loaded, events: Sequence[Event]
    ) -> None:
        self._connection = connection
        self._database = database
        self._loaded = loaded
        self._rung = [event for event in events if isinstance(event, TimerDue)]
        self.snapshots: Mapping[Key, Snapshot] = loaded.snapshots
        self.repeats: Mapping[tuple[TenantId, EventKey], Outcome] = loaded.repeats

    async def write(self, steps: Sequence[Step], settled: Sequence[Settled], now: datetime) -> None:
        database = self._database
        batch = Batch(self._loaded, database.keyring, database.worker_id, now)
        for step in steps:
            batch.add(step)
        await self._write_state(batch, database.statements)
        await self._write_rows(batch, database.statements)
        away, kept = batch.timers()
        await self._take_timers_away([row | ALWAYS for row in away], now)
        await self._insert(database.statements.upsert_timers, kept)
        if settled:
            await settle(self._connection, database.statements, settled, now)

    async def finish(self) -> None:
        """An alarm that rang and changed nothing is over too, or it would ring for ever."""
        if self._rung:
            await self._take_timers_away([], self._database.clock.now())

    async def _write_state(self, batch: Batch, statements: Statements) -> None:
        new, known = batch.customers()
        await self._insert(statements.insert_customers, new)
        await self._update(statements.update_customers, known)
        new, known = batch.conversations()
        await self._insert(statements.insert_conversations, new)
        await self._update(statements.update_conversations, known)
        new, known = batch.handoffs()
        await self._insert(statements.insert_handoffs, new)
        await self._insert(statements.update_handoffs, known)
        new, known = batch.callbacks()
        await self._insert(statements.update_callbacks, known)
        await self._insert(statements.insert_callbacks, new)

    async def _write_rows(self, batch: Batch, statements: Statements) -> None:
        await self._insert(statements.insert_entries, batch.entries)
        await self._insert(statements.insert_turns, batch.turns)
        await self._insert(statements.insert_effects, batch.effects)
        await self._insert(statements.insert_audit, batch.audit)
        await self._insert(statements.upsert_unanchored, batch.unanchored())
        await self._insert(statements.insert_inbox, batch.inbox)

    async def _take_timers_away(self, away: list[Columns], now: datetime) -> None:
        """Before new ones are set: a timer that its own alarm sets anew must stay."""
        rung = [
            timer_key(Key(event.tenant, event.conversation), event.kind)
            | {"upto": now, "newest": event.epoch}
            for event in self._rung
        ]
        self._rung = []
        if away or rung:
            await self._connection.execute(self._database.statements.delete_timers, [*away, *rung])

    async def _insert(self, statement: Executable, rows: list[Columns]) -> None:
        if rows:
            await self._connection.execute(statement, rows)

    async def _update(self, statement: GuardedUpdate, rows: list[Columns]) -> None:
        if rows and await statement.run(self._connection, rows) != len(rows):
            raise Conflict("a row was changed meanwhile")
