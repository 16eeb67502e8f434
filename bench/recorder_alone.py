"""The recorder alone, in this process: against one raw statement an event, and in a race for one claim.

The bridge's own recorder and store with encryption and audit, fed with events that are already read and
detected; against asyncpg with one prepared statement an event on a connection for each at once.
"""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from bench import scene
from bench.figures import percentile
from bench.floors.postgres import CLAIMED, WROTE
from bench.floors.schema import POSTGRES
from bench.load.signed import unique
from bench.meters.postgres import Server
from bench.meters.processor import ProcessorMeter
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

CLAIMERS = 100
POOL = 32
TENANT = TenantId("acme")
"""All events are this tenant's: the batch decides how much is written at once, not the tenant."""

Record = Callable[[int], Awaitable[None]]
"""Records one event; the number says which conversation."""

LOCK = "SELECT owner, epoch FROM conversation WHERE tenant = $1 AND id = $2 FOR UPDATE"
TAKE = "UPDATE conversation SET owner = $3, epoch = epoch + 1, mode = 'human' WHERE tenant = $1 AND id = $2"
NOTE = (
    "INSERT INTO audit(tenant, conversation, action, actor, epoch, at) VALUES ($1, $2, 'claimed', $3, $4, $5)"
)


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one side did. Processor time of this process and of PostgreSQL, milliseconds for each event."""

    rate: float
    p50: float
    p99: float
    cost: float


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

    async def claimed(self, number: int, agent: str = "") -> bool:
        who = agent or scene.AGENTS[number % len(scene.AGENTS)]
        outcome = await self._recorder.record(
            ClaimPressed(
                tenant=TENANT,
                conversation=ConversationId(f"{number:032x}"),
                key=EventKey(unique()),
                handoff=1,
                agent=Agent(f"slack:{who}", who),
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
                "INSERT INTO conversation(tenant, id, mode, epoch, seq, profile, at) "
                "VALUES ($1, $2, 'waiting', 1, 3, '{}', $3)",
                *values,
            )

    async def claimed(self, number: int) -> None:
        who = scene.AGENTS[number % len(scene.AGENTS)]
        now = datetime.now(UTC)
        async with self._connection() as connection:
            await connection.fetchval(CLAIMED, TENANT, f"{number:032x}", 1, who, scene.HAS_JOINED, now, False)

    async def locked(self, number: int, agent: str) -> bool:
        """The usual way to claim: lock the row, look, take it."""
        key = (TENANT, f"{number:032x}")
        async with self._connection() as connection, connection.transaction():
            owner, epoch = await connection.fetchrow(LOCK, *key)
            if owner is not None:
                return False
            await connection.execute(TAKE, *key, agent)
            await connection.execute(NOTE, *key, agent, epoch + 1, datetime.now(UTC))
            return True


class Alone:
    """Both sides, ready to be measured round by round."""

    def __init__(
        self, server: Server, bridge: RecorderSide, raw: StatementSide, databases: Sequence[str]
    ) -> None:
        self._server = server
        self._databases = databases
        self.sides: dict[str, RecorderSide | StatementSide] = {"bridge": bridge, "statement": raw}
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def open(cls, server: Server, tenant: Tenant) -> AsyncIterator["Alone"]:
        names = [await server.create("recorder"), await server.create("statements")]
        urls = [server.address(name) for name in names]
        async with (
            RecorderSide.open(urls[0], replace(tenant, id=TENANT)) as bridge,
            StatementSide.open(urls[1]) as raw,
        ):
            yield cls(server, bridge, raw, names)

    async def inbound(self, side: RecorderSide | StatementSide, seconds: float, at_once: int) -> Recorded:
        """Messages of two thousand customers, who all have written before."""
        first = next(self._numbers) * 1_000_000
        known = range(first, first + 2000)
        await _all(side.wrote, known)
        return await self._measured(side, side.wrote, itertools.cycle(known), seconds, at_once)

    async def claims(self, side: RecorderSide | StatementSide, many: int, at_once: int) -> Recorded:
        first = next(self._numbers) * 1_000_000
        waiting = range(first, first + many)
        await _all(side.waits, waiting)

        async def claim(number: int) -> None:
            await side.claimed(number)

        return await self._measured(side, claim, iter(waiting), 60.0, at_once)

    async def race(self, side: RecorderSide | StatementSide) -> tuple[float, int]:
        """Seconds until all of a hundred claimers of one conversation are answered, and how many won."""
        number = next(self._numbers) * 1_000_000
        await side.waits(number)
        claim = side.claimed if isinstance(side, RecorderSide) else side.locked
        began = time.perf_counter()
        won = await asyncio.gather(*(claim(number, f"U{i:09d}") for i in range(CLAIMERS)))
        return time.perf_counter() - began, sum(won)

    async def _measured(
        self,
        side: RecorderSide | StatementSide,
        record: Record,
        numbers: Any,
        seconds: float,
        at_once: int,
    ) -> Recorded:
        database = self._databases[0 if isinstance(side, RecorderSide) else 1]
        latencies: list[float] = []
        meter = ProcessorMeter([os.getpid(), *self._server.processes(database)])
        began = time.perf_counter()

        async def one() -> None:
            for number in numbers:
                start = time.perf_counter()
                if start - began > seconds:
                    return
                await record(number)
                latencies.append(time.perf_counter() - start)

        await asyncio.gather(*(one() for _ in range(at_once)))
        took = time.perf_counter() - began
        cost = meter.used([os.getpid(), *self._server.processes(database)])
        return Recorded(
            rate=len(latencies) / took,
            p50=percentile(latencies, 0.5) * 1e3,
            p99=percentile(latencies, 0.99) * 1e3,
            cost=cost / len(latencies) * 1e3,
        )


async def _all(record: Record, numbers: range, at_once: int = 256) -> None:
    waiting = iter(numbers)

    async def one() -> None:
        for number in waiting:
            await record(number)

    await asyncio.gather(*(one() for _ in range(at_once)))
