from collections.abc import AsyncIterator

import pytest

from tests.databases import (
    bare_database_url,
    database_url,
    postgresql_server,
    postgresql_template,
    sqlite_template,
)
from tests.store.scene import Scene

__all__ = [
    "bare_database_url",
    "database_url",
    "postgresql_server",
    "postgresql_template",
    "sqlite_template",
]


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    scene = await Scene.open(database_url)
    yield scene
    await scene.close()
