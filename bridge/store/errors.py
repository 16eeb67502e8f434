"""Driver errors, named by what the core must do. Everything else is a defect and passes as it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from bridge.ports import Conflict, Unavailable

_AGAIN = frozenset({"23505", "40001", "40P01", "55P03"})
"""PostgreSQL: a row made meanwhile, serialisation, deadlock, lock not available."""
_DOWN = ("08", "53", "57", "58", "25006")
"""PostgreSQL: connection, resources, shut-down, system; a server that only reads."""
_SQLITE_AGAIN = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE")
_SQLITE_DOWN = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")


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
    except (ConnectionError, TimeoutError) as error:
        raise Unavailable("the database can not be reached") from error


def _translate(error: exc.DBAPIError) -> Exception | None:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    name = str(getattr(error.orig, "sqlite_errorname", None) or "")
    if state in _AGAIN or name.startswith(_SQLITE_AGAIN):
        return Conflict(state or name)
    if error.connection_invalidated or state.startswith(_DOWN) or name.startswith(_SQLITE_DOWN):
        return Unavailable(f"the database can not be used now ({state or name or 'connection lost'})")
    if not state and not name and isinstance(error, exc.InterfaceError | exc.OperationalError):
        return Unavailable("the connection to the database was lost")
    return None
