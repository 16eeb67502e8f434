from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import (
    bare_database_url,
    database_url,
    postgresql_server,
    postgresql_template,
    sqlite_template,
)
from tests.walk.house import House

__all__ = [
    "bare_database_url",
    "database_url",
    "postgresql_server",
    "postgresql_template",
    "sqlite_template",
]


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A running bridge, once on SQLite and once on PostgreSQL."""
    made = House(tmp_path, database_url)
    await made.open()
    yield made
    await made.close()
