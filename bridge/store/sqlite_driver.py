"""SQLite's driver, whose connections end however often they are told to.

`aiosqlite.Connection.close` waits for an answer of its thread. Where it is cut off and the connection is
stopped meanwhile, which is what SQLAlchemy does with a connection whose user was cut off, the thread has
ended before it comes to the second order, and `close` waited for ever: a process that was told to stop did
not end.
"""

import asyncio
import sqlite3
from pathlib import Path

import aiosqlite


class Connection(aiosqlite.Connection):
    """Is told to stop once; who asks again waits for the same answer."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(lambda: sqlite3.connect(path, check_same_thread=False), iter_chunk_size=64)
        self._thread.daemon = True  # as SQLAlchemy sets it: a process does not wait for it
        self._told = False
        self._stopped: asyncio.Future[object] | None = None

    def stop(self) -> asyncio.Future[object] | None:
        if not self._told:
            self._told = True
            self._stopped = super().stop()
        return self._stopped
