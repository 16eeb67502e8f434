"""Brings the database to the newest schema, and says how far it is. Alembic owns the schema.

The revisions are in `alembic/` beside the packages, or in `bridge/_alembic` where the bridge was
installed. Several replicas may migrate at once: one does, the others wait and find nothing to do.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

import bridge
from bridge.ports import Conflict
from bridge.store.engine import driver_url, postgresql_engine, sqlite_engine
from bridge.store.errors import Locked, translated

TRIES = 20
PAUSE_SECONDS = 0.1
SchemaState = Literal["current", "outdated", "empty", "newer"]

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


def config(connection: Connection | None = None) -> Config:
    settings = Config(attributes={"connection": connection})
    settings.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def _upgrade(connection: Connection) -> None:
    upgrade(config(connection), "head")


def _state(connection: Connection) -> SchemaState:
    directory = ScriptDirectory.from_config(config())
    here = MigrationContext.configure(connection).get_current_heads()
    if not here:
        return "empty"
    if set(here) == set(directory.get_heads()):
        return "current"
    known = {script.revision for script in directory.walk_revisions()}
    return "outdated" if set(here) <= known else "newer"


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
