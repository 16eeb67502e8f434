"""Brings the database to the newest schema, and says how far it is. Alembic owns the schema.

The revisions are in `alembic/` beside the packages, or in `bridge/_alembic` where the bridge was
installed: files whose names begin with the revision, in their order. Alembic itself is large, and loaded
only to migrate: how far a database is asks every start, and every probe of readiness. Several replicas may
migrate at once: one does, the others wait and find nothing to do.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, column, inspect, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

import bridge
from bridge.ports import Conflict
from bridge.store.engine import driver_url, postgresql_engine, sqlite_engine
from bridge.store.errors import Locked, translated

if TYPE_CHECKING:
    from alembic.config import Config

TRIES = 20
PAUSE_SECONDS = 0.1
SchemaState = Literal["current", "outdated", "empty", "newer"]

_VERSION = table("alembic_version", column("version_num")).c.version_num
ONE_AT_A_TIME = 0x6272_6964_6765
"""The advisory lock of PostgreSQL that migrations hold: "bridge"."""


async def migrate(url: str) -> None:
    """Raises Unavailable when the database can't be reached."""
    for _ in range(TRIES - 1):
        try:
            return await _migrate(url)
        except (Conflict, Locked):  # SQLite does not wait for another process that makes the same file
            await asyncio.sleep(PAUSE_SECONDS)
    return await _migrate(url)


async def _migrate(url: str) -> None:
    async with _connected(url, changing=True) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ONE_AT_A_TIME})
        await connection.run_sync(_upgrade)


async def state(url: str) -> SchemaState:
    """Empty, outdated, current, or `newer`: migrated by a newer bridge, not to be written to by this one."""
    async with _connected(url, changing=False) as connection:
        return await connection.run_sync(_state)


def scripts() -> Path:
    packages = Path(bridge.__file__).parent
    installed = packages / "_alembic"
    return installed if installed.is_dir() else packages.parent / "alembic"


def revisions() -> list[str]:
    """All that this version knows, the newest last."""
    return sorted(path.name.partition("_")[0] for path in (scripts() / "versions").glob("[0-9]*_*.py"))


def config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    settings = Config(attributes={"connection": connection})
    settings.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def _upgrade(connection: Connection) -> None:
    from alembic.command import upgrade

    upgrade(config(connection), "head")


def _state(connection: Connection) -> SchemaState:
    here = set(connection.execute(select(_VERSION)).scalars()) if _is_begun(connection) else set()
    if not here:
        return "empty"
    known = revisions()
    if here == {known[-1]}:
        return "current"
    return "outdated" if here <= set(known) else "newer"


def _is_begun(connection: Connection) -> bool:
    return inspect(connection).has_table("alembic_version")


@asynccontextmanager
async def _connected(url: str, *, changing: bool) -> AsyncIterator[AsyncConnection]:
    target = driver_url(url)
    if target.get_backend_name() == "sqlite":
        engine = sqlite_engine(target, begin="IMMEDIATE" if changing else "DEFERRED", pool=1)
    else:
        engine = postgresql_engine(target, pool=1, overflow=0, patient=changing)
    try:
        with translated():
            async with engine.begin() as connection:
                yield connection
    finally:
        await engine.dispose()
