"""Opens an installation's database, and refuses one whose schema is not this version's."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridge.settings import Installation, Problem, SettingsError
from bridge.store import schema
from bridge.store.engine import Database
from bridge.store.sealing import Keyring
from bridge.wiring.service import SystemClock

_WHY = {
    "empty": "the database has no tables yet",
    "outdated": "the database has an older schema than this version needs",
    "newer": "the database was migrated by a newer version",
}


async def require_schema(installation: Installation) -> None:
    """Raises SettingsError that names the command which mends it."""
    state = await schema.state(installation.file.database)
    if state != "current":
        mend = "run a newer version" if state == "newer" else "run: handoff-bridge migrate"
        raise SettingsError([Problem(installation.source, 0, "database", _WHY[state], mend)])


@asynccontextmanager
async def open_database(installation: Installation) -> AsyncIterator[Database]:
    await require_schema(installation)
    keyring = Keyring(installation.file.master_key)
    database = await Database.open(installation.file.database, keyring, SystemClock(), uuid.uuid4().hex)
    try:
        yield database
    finally:
        await database.close()
