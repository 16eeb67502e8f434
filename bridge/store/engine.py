"""Opens the database: drivers, pools and transactions of SQLite and PostgreSQL behind one `Database`.

SQLite has one writer at a time (BEGIN IMMEDIATE, in turn) beside readers that see a steady snapshot;
PostgreSQL has one pool. The recorder has `lines` of its own beside them. Database errors leave here as what
the core must do: `Conflict` (try again at once) or `Unavailable` (the sender must try again). Nothing slow
may run inside `writing`. The walk goes on in `recording`.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import event, make_url, select, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bridge.domain.ids import TenantId
from bridge.ports import Clock
from bridge.store import tables, walls
from bridge.store.errors import translated
from bridge.store.lines import Line, Lines, Row
from bridge.store.lookups import Given
from bridge.store.memory import Memory
from bridge.store.postgresql_line import PostgresqlLine
from bridge.store.queries import Query
from bridge.store.sealing import Keyring
from bridge.store.sqlite_driver import Connection
from bridge.store.sqlite_line import SqliteLine
from bridge.store.statements import POSTGRESQL
from bridge.store.walls import EVERYBODY

POOL = 5
"""Connections that are opened at start: PostgreSQL's, or SQLite's readers."""
OVERFLOW = 5
WAIT_SECONDS = 10
"""How long to wait for a connection, for SQLite's one writer, or for PostgreSQL's answer."""
LIMITS = {
    "statement_timeout": f"{WAIT_SECONDS + 5}s",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""What PostgreSQL's side of a connection does by itself when this side is gone: ends, and frees its locks."""
NO_PLAN: Mapping[str, str] = {}
ONE_PLAN = {
    "plan_cache_mode": "force_generic_plan",
    **dict.fromkeys(
        ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "enable_material"),
        "off",
    ),
}
"""For statements that find every row by its key: planned once, by the keys' indices, whatever PostgreSQL
believes of the tables' sizes. Planning anew for each batch took longer than carrying it out."""
SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)


class UnknownTenant(LookupError):
    """No settings of this tenant are stored, so there is no key to seal its rows with."""


def driver_url(url: str) -> URL:
    """`sqlite:///path` and `postgresql://…` with the driver that the bridge uses."""
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("database: sqlite needs a file, such as sqlite:///var/bridge.db")
        return parsed.set(drivername="sqlite+aiosqlite")
    if parsed.drivername in ("postgresql", "postgres"):
        query = dict(parsed.query)
        if "sslmode" in query:
            query["ssl"] = query.pop("sslmode")
        return parsed.set(drivername="postgresql+asyncpg", query=query)
    raise ValueError("database: use sqlite:///path or postgresql://user:password@host/name")


def sqlite_engine(url: URL, *, begin: str, pool: int) -> AsyncEngine:
    """The bridge begins transactions itself: the driver's own way would read before it locks."""
    path = Path(url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url,
        async_creator=lambda: Connection(path),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def began(connection: Any) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")

    return engine


def postgresql_engine(
    url: URL, *, pool: int = POOL, overflow: int = OVERFLOW, patient: bool = False
) -> AsyncEngine:
    """`patient`: statements may take as long as they take (migrations); else none waits for ever."""
    engine = create_async_engine(
        url,
        pool_size=pool,
        max_overflow=overflow,
        pool_timeout=WAIT_SECONDS,
        connect_args=_arguments(patient=patient),
    )

    @event.listens_for(engine.sync_engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        """Where one connection gave no answer, those of its age give none either: all are replaced."""
        if isinstance(context.original_exception, TimeoutError):
            context.is_disconnect = context.invalidate_pool_on_disconnect = True

    return engine


async def postgresql_connection(url: URL) -> Any:
    """A connection of the driver's own (asyncpg), opened as the pool opens its own and never shared."""
    _, arguments = POSTGRESQL.create_connect_args(url)
    return await asyncpg.connect(**arguments, **_arguments(patient=False, planned=ONE_PLAN))


def _arguments(*, patient: bool, planned: Mapping[str, str] = NO_PLAN) -> dict[str, Any]:
    limits = {} if patient else LIMITS
    settings = {"application_name": "handoff-bridge", "jit": "off", **limits, **planned}
    return {
        "server_settings": settings,
        "timeout": WAIT_SECONDS,
        "command_timeout": None if patient else WAIT_SECONDS,
    }


class Database:
    """One open database. Made by `open`; every store class takes it."""

    def __init__(self, url: URL, keyring: Keyring, clock: Clock, worker_id: str, pool: int = POOL) -> None:
        self.sqlite = url.get_backend_name() == "sqlite"
        self.keyring = keyring
        self.clock = clock
        self.worker_id = worker_id
        self.announced = False
        """Whether this process has shown that it lives (`workers`)."""
        self.dialect = "sqlite" if self.sqlite else "postgresql"
        self.memory = Memory()
        self.given_tenants = Given(self.dialect, "tenant")
        self.lines = Lines(self._connect_line)
        """The recorder's own connections."""
        self._url = url
        self._turn = asyncio.Lock()
        """SQLite: whose turn it is to write."""
        if self.sqlite:
            self.writer = sqlite_engine(url, begin="IMMEDIATE", pool=1)
            self.reader = sqlite_engine(url, begin="DEFERRED", pool=pool)
        else:
            self.writer = self.reader = postgresql_engine(url, pool=pool)

    @classmethod
    async def open(
        cls, url: str, keyring: Keyring, clock: Clock, worker_id: str, *, pool: int = POOL
    ) -> "Database":
        """Opens the pools at once: a first connection costs several round trips. Raises Unavailable."""
        database = cls(driver_url(url), keyring, clock, worker_id, pool)
        try:
            with translated():
                await database._fill(database.writer, 1 if database.sqlite else pool)
                if database.sqlite:
                    await database._fill(database.reader, pool)
            async with database.lines.take():
                pass
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        self.lines.close()
        await self.writer.dispose()
        if self.sqlite:
            await self.reader.dispose()

    @asynccontextmanager
    async def writing(self, *tenants: TenantId) -> AsyncIterator[AsyncConnection]:
        """One transaction for these tenants' rows that commits at the end of the block; without tenants
        for the queues of all. Raises Conflict, Unavailable."""
        with translated():
            async with self._in_turn(), self.writer.begin() as connection:
                await self._name(connection, tenants or (EVERYBODY,))
                yield connection

    @asynccontextmanager
    async def reading(self, *tenants: TenantId) -> AsyncIterator[AsyncConnection]:
        """A connection for reads of these tenants' rows; without tenants of the queues of all.
        Raises Unavailable."""
        with translated():
            async with self.reader.begin() as connection:
                await self._name(connection, tenants or (EVERYBODY,))
                yield connection

    @asynccontextmanager
    async def standing_still(self, tenant: TenantId) -> AsyncIterator[AsyncConnection]:
        """A connection whose every read sees the same moment, for as long as the reader needs."""
        with translated():
            async with self.reader.connect() as connection:
                if not self.sqlite:
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                async with connection.begin():
                    await self._name(connection, (tenant,))
                    if not self.sqlite:
                        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                    yield connection

    async def read(self, query: Query, tenant: TenantId, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """One tenant's rows, with its key at hand; an unknown tenant has none. Raises Unavailable."""
        if not self.keyring.knows(tenant):
            await self._learn([tenant])
        return await self.lines.read(query, parameters)

    @asynccontextmanager
    async def reading_of(self, tenant: TenantId) -> AsyncIterator[AsyncConnection]:
        """A connection for one tenant's rows, with its key at hand; an unknown tenant has no rows."""
        await self._learn([tenant])
        async with self.reading(tenant) as connection:
            yield connection

    async def walls_bind(self) -> bool:
        """Whether row-level security stands for the role that is connected; SQLite has none to pass by."""
        if self.sqlite:
            return True
        async with self.reading() as connection:
            return await walls.binds(connection)

    async def unlock(self, tenants: Iterable[TenantId]) -> None:
        """Makes sure that the keys of these tenants are at hand. Raises UnknownTenant."""
        if missing := await self._learn(tenants):
            raise UnknownTenant(f"no settings are stored for tenant {min(missing)}")

    async def _learn(self, tenants: Iterable[TenantId]) -> set[TenantId]:
        """Reads the keys that are not at hand yet; gives back the tenants that have none."""
        missing = {tenant for tenant in tenants if not self.keyring.knows(tenant)}
        if missing:
            query = select(tables.tenant.c.tenant_id, tables.tenant.c.sealed_key)
            async with self.reading() as connection:
                rows = await connection.execute(query.where(tables.tenant.c.tenant_id.in_(missing)))
            for tenant, sealed_key in rows:
                self.keyring.learn(tenant, sealed_key)
                missing.discard(tenant)
        return missing

    async def _name(self, connection: AsyncConnection, tenants: Collection[str]) -> None:
        if not self.sqlite:
            await walls.name(connection, tenants)

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        if not self.sqlite:
            yield
            return
        async with self._turn:
            yield

    async def _connect_line(self) -> Line:
        if self.sqlite:
            return await SqliteLine(self._url.database or "", SQLITE_PRAGMAS, self._turn).open()
        return PostgresqlLine(await postgresql_connection(self._url), self.worker_id)

    @staticmethod
    async def _fill(engine: AsyncEngine, size: int) -> None:
        async def hold(ready: asyncio.Barrier) -> None:
            try:
                async with engine.connect():
                    await ready.wait()
            except BaseException:
                await ready.abort()
                raise

        ready = asyncio.Barrier(size)
        results = await asyncio.gather(*(hold(ready) for _ in range(size)), return_exceptions=True)
        failed = [r for r in results if isinstance(r, BaseException)]
        real = [e for e in failed if not isinstance(e, asyncio.BrokenBarrierError)]
        if failed:
            raise (real or failed)[0]
