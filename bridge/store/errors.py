"""Driver errors, named by what the core must do. Everything else is a defect and passes as it is.

They come wrapped by SQLAlchemy, or bare from the recorder's own lines.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import exc

from bridge.ports import Conflict, Unavailable

_AGAIN = frozenset({"23505", "40001", "40P01", "55P03"})
"""PostgreSQL: a row made meanwhile, serialisation, deadlock, lock not available."""
_DOWN = ("08", "53", "57", "58", "25006")
"""PostgreSQL: connection, resources, shut-down, system; a server that only reads."""
_SQLITE_AGAIN = (
    "SQLITE_BUSY_SNAPSHOT",
    "SQLITE_LOCKED",
    "SQLITE_CONSTRAINT_PRIMARYKEY",
    "SQLITE_CONSTRAINT_UNIQUE",
)
_SQLITE_DOWN = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
_DRIVER_LOST = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The driver's own: a connection that was closed on it, sometimes between two of its steps."""
_BARE = (asyncpg.PostgresError, *_DRIVER_LOST, sqlite3.Error)


class Locked(Unavailable):
    """Somebody else holds SQLite's lock, and all the time that there is to wait for it has passed."""


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except exc.TimeoutError as error:
        raise Unavailable("no connection to the database became free in time") from error
    except exc.DBAPIError as error:
        if translation := _translate(error):
            raise translation from error
        raise
    except _BARE as error:
        if translation := _named(error, lost=is_lost(error)):
            raise translation from error
        raise
    except OSError as error:  # refused, no answer in time, a name that leads nowhere, a socket that is gone
        raise Unavailable("the database can not be reached") from error


def is_lost(error: BaseException | None) -> bool:
    """Whether a connection with this error, bare from its driver, is of no use any more."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_DOWN)
    return isinstance(error, (*_DRIVER_LOST, OSError, TimeoutError))


def _translate(error: exc.DBAPIError) -> Exception | None:
    if translation := _named(error.orig, lost=error.connection_invalidated):
        return translation
    nameless = not _names(error.orig)
    if nameless and isinstance(error, exc.InterfaceError | exc.OperationalError):
        return Unavailable("the connection to the database was lost")
    return None


def _named(error: BaseException | None, *, lost: bool) -> Exception | None:
    name = _names(error)
    if name in _AGAIN or name.startswith(_SQLITE_AGAIN):
        return Conflict(name)
    if name.startswith("SQLITE_BUSY"):
        return Locked(f"the database is locked by another program ({name})")
    if lost or name.startswith((*_DOWN, *_SQLITE_DOWN)):
        return Unavailable(f"the database can not be used now ({name or 'connection lost'})")
    return None


def _names(error: BaseException | None) -> str:
    return str(getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or "")
