"""The two sides of what is recorded alone: the bridge's recorder, and one raw statement an event.

The recorder is the bridge's own with its store, encryption and audit, in this process, fed with events
that are already read and detected. The other side is asyncpg with one prepared statement an event.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import asyncpg  # type: ignore[import-untyped]

from bench import scene
from bench.floors.postgres import CLAIMED, WROTE
from bench.floors.schema import POSTGRES
from bench.load.signed import unique
from bridge.directory import Entry, LiveDirectory
from bridge.domain.events import ClaimPressed, CustomerWrote, Opening, PersonAsked
from bridge.domain.ids import ConversationId, CustomerId, EventKey, TenantId
from bridge.domain.model import Agent
from bridge.domain.tenant import Tenant
from bridge.recorder import Recorder
from bridge.store.engine import Database
from bridge.store.recording import RecordingStore
from bridge.store.schema import migrate
from bridge.store.sealing import Keyring
from bridge.store.tenants import TenantStore

POOL = 32
"""Connections of the raw side: one for each at once."""
TENANT = TenantId("acme")
"""All events are this tenant's: the batch decides how much is written at once, not the tenant."""

LOCK = "SELECT owner, epoch FROM conversation WHERE tenant = $1 AND id = $2 FOR UPDATE"
TAKE = "UPDATE conversation SET owner = $3, epoch = epoch + 1, mode = 'human' WHERE tenant = $1 AND id = $2"
NOTE = (
    "INSERT INTO audit(tenant, conversation, action, actor, epoch, at) VALUES ($1, $2, 'claimed', $3, $4, $5)"
)
WAITS = (
    "INSERT INTO conversation(tenant, id, mode, epoch, seq, profile, at) "
    "VALUES ($1, $2, 'waiting', 1, 3, '{}', $3)"
)


class Side(Protocol):
    """Records one event of the conversation with this number."""

    async def wrote(self, number: int) -> None:
        """Its customer writes; the first time opens it."""

    async def waits(self, number: int) -> None:
        """It opens, and its customer waits for a person."""

    async def claimed(self, number: int) -> None:
        """An agent claims it."""

    async def raced(self, number: int, agent: str) -> bool:
        """One of many claims it; whether this one won."""


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class RecorderSide:
    """The bridge's recorder on a database of its own."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, tenant: Tenant) -> AsyncIterator["RecorderSide"]:
        await migrate(url)
        clock = _Clock()
        database = await Database.open(url, Keyring(os.urandom(32)), clock, "bench")
        await TenantStore(database).apply(TENANT, f"tenant: {TENANT}", "bench", clock.now())
        directory = LiveDirectory({})
        directory.put(Entry(1, tenant, {}, {}, None))
        recorder = Recorder(RecordingStore(database), directory, clock, lambda committed: None)
        await recorder.start()
        try:
            yield cls(recorder)
        finally:
            await recorder.stop()
            await database.close()

    async def wrote(self, number: int) -> None:
        opening = Opening("api", f"e{number}", CustomerId(f"{number:032x}"))
        await self._recorder.record(
            CustomerWrote(
                tenant=TENANT,
                conversation=ConversationId(f"{number:032x}"),
                key=EventKey(unique()),
                opening=opening,
                text=scene.QUESTIONS[number % len(scene.QUESTIONS)],
                at=datetime.now(UTC),
            )
        )

    async def waits(self, number: int) -> None:
        opening = Opening("web", f"e{number}", CustomerId(f"{number:032x}"))
        await self._recorder.record(
            PersonAsked(tenant=TENANT, conversation=ConversationId(f"{number:032x}"), opening=opening)
        )

    async def claimed(self, number: int) -> None:
        await self.raced(number, agent_of(number))

    async def raced(self, number: int, agent: str) -> bool:
        outcome = await self._recorder.record(
            ClaimPressed(
                tenant=TENANT,
                conversation=ConversationId(f"{number:032x}"),
                key=EventKey(unique()),
                handoff=1,
                agent=Agent(f"slack:{agent}", agent),
                epoch=1,
            )
        )
        return outcome.done


class StatementSide:
    """One raw statement an event."""

    def __init__(self, connections: Sequence[Any]) -> None:
        self._free = asyncio.Queue[Any]()
        for connection in connections:
            self._free.put_nowait(connection)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator["StatementSide"]:
        connections = [await asyncpg.connect(url) for _ in range(POOL)]
        await connections[0].execute(POSTGRES)
        try:
            yield cls(connections)
        finally:
            for connection in connections:
                await connection.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        connection = await self._free.get()
        try:
            yield connection
        finally:
            self._free.put_nowait(connection)

    async def wrote(self, number: int) -> None:
        text = scene.QUESTIONS[number % len(scene.QUESTIONS)]
        async with self._connection() as connection:
            await connection.fetchval(
                WROTE, TENANT, f"{number:032x}", unique(), "{}", text, datetime.now(UTC)
            )

    async def waits(self, number: int) -> None:
        values = (TENANT, f"{number:032x}", datetime.now(UTC))
        async with self._connection() as connection:
            await connection.execute(
                WAITS,
                *values,
            )

    async def claimed(self, number: int) -> None:
        who, now = agent_of(number), datetime.now(UTC)
        async with self._connection() as connection:
            await connection.fetchval(CLAIMED, TENANT, f"{number:032x}", 1, who, scene.HAS_JOINED, now, False)

    async def raced(self, number: int, agent: str) -> bool:
        """The usual way to claim: lock the row, look, take it."""
        key = (TENANT, f"{number:032x}")
        async with self._connection() as connection, connection.transaction():
            owner, epoch = await connection.fetchrow(LOCK, *key)
            if owner is not None:
                return False
            await connection.execute(TAKE, *key, agent)
            await connection.execute(NOTE, *key, agent, epoch + 1, datetime.now(UTC))
            return True


def agent_of(number: int) -> str:
    return scene.AGENTS[number % len(scene.AGENTS)]
