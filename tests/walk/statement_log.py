"""What reaches the database, noted outside the bridge: statements and commits, whatever the driver.

SQLite tells every connection's statements to a trace callback. Between the bridge and PostgreSQL stands
a relay that reads the protocol (docs: Frontend/Backend Protocol, Message Formats): a simple query, or an
Execute of what was bound. One statement with many rows is one statement, as it is one round trip.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import make_url

_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b", re.IGNORECASE)
_RARELY = re.compile(r"typeinfo_tree|current_setting\('jit'\)|DISCARD PLANS")
"""What asyncpg asks once on each connection, to learn the types of arrays; plans made anew now and then."""
_HINTS = re.compile(r"pg_notify|^LISTEN")
"""Hints between replicas: how many become one depends on the clock, and they hold up nobody."""
ENCRYPTION_ASKED = (80877103, 80877104)


@dataclass
class StatementLog:
    executed: list[tuple[int, str]] = field(default_factory=list)
    """Which connection ran what, in order."""

    def note(self, connection: int, text: str) -> None:
        if text.strip() and not (_RARELY.search(text) or _HINTS.search(text)):
            self.executed.append((connection, text))

    @contextmanager
    def during(self) -> Iterator["StatementLog"]:
        """Forgets what came before."""
        self.executed.clear()
        yield self

    @property
    def statements(self) -> int:
        """All but what begins and ends transactions; rows of one statement that follow each other are one."""
        shapes = [(connection, _shape(text)) for connection, text in self.executed]
        return sum(
            _first(shape[1]) not in ("BEGIN", "COMMIT", "ROLLBACK") and shape != before
            for before, shape in zip([None, *shapes], shapes, strict=False)
        )

    @property
    def commits(self) -> int:
        """Transactions that wrote, and statements that did outside one."""
        open_ones: dict[int, bool] = {}
        commits = 0
        for connection, text in self.executed:
            first, writes = _first(text), bool(_WRITES.search(_LOCKS.sub("", text)))
            if first == "BEGIN":
                open_ones[connection] = False
            elif first in ("COMMIT", "ROLLBACK"):
                commits += int(open_ones.pop(connection, False) and first == "COMMIT")
            elif connection in open_ones:
                open_ones[connection] |= writes
            else:
                commits += int(writes)
        return commits

    def __str__(self) -> str:
        return "\n".join(f"{connection % 1000:03} {text[:120]}" for connection, text in self.executed)


def _first(text: str) -> str:
    return text.split(None, 1)[0].upper().rstrip(";")


def _shape(text: str) -> str:
    """A statement without its values, which SQLite writes out."""
    return re.split(r" VALUES | WHERE ", text, maxsplit=1)[0]


def trace_sqlite(log: StatementLog, patch: pytest.MonkeyPatch) -> None:
    """Every connection that is opened from now on."""
    connect = sqlite3.connect

    def traced(*args: Any, **kwargs: Any) -> Any:
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(lambda text: log.note(id(connection), text))
        return connection

    patch.setattr(sqlite3, "connect", traced)


@asynccontextmanager
async def relayed(log: StatementLog, url: str) -> AsyncIterator[str]:
    """A relay to PostgreSQL that notes what is executed; gives its address."""
    links: set[asyncio.Task[None]] = set()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        links.add(task)
        try:
            await _Link(log, reader, writer).run(url)
        finally:
            links.discard(task)
            writer.close()

    server = await asyncio.start_server(joined, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield make_url(url).set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
    finally:
        server.close()
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)


class _Link:
    """One connection of the bridge."""

    def __init__(self, log: StatementLog, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._log = log
        self._reader = reader
        self._writer = writer
        self._prepared: dict[bytes, str] = {}
        self._bound = ""
        self._executed = ""

    async def run(self, url: str) -> None:
        target = make_url(url)
        if target.host:
            upstream = await asyncio.open_connection(target.host, target.port or 5432)
        else:
            folder, port = str(target.query["host"]), target.port or 5432
            upstream = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        ways = {asyncio.create_task(self._forth(upstream[1])), asyncio.create_task(self._back(upstream[0]))}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)  # whoever closes it first
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            upstream[1].close()

    async def _forth(self, upstream: asyncio.StreamWriter) -> None:
        upstream.write(await self._startup())
        while True:
            head = await self._reader.readexactly(5)
            body = await self._reader.readexactly(int.from_bytes(head[1:]) - 4)
            self._read(head[:1], body)
            upstream.write(head + body)
            await upstream.drain()

    async def _startup(self) -> bytes:
        """The first packet has no type; a wish for encryption is declined, or nothing could be read."""
        while True:
            size = await self._reader.readexactly(4)
            body = await self._reader.readexactly(int.from_bytes(size) - 4)
            if int.from_bytes(body[:4]) not in ENCRYPTION_ASKED:
                return size + body
            self._writer.write(b"N")

    async def _back(self, upstream: asyncio.StreamReader) -> None:
        while data := await upstream.read(65_536):
            self._writer.write(data)
            await self._writer.drain()

    def _read(self, kind: bytes, body: bytes) -> None:
        match kind:
            case b"Q":
                self._log.note(id(self), body.rstrip(b"\0").decode())
            case b"P":
                name, query = body.split(b"\0", 2)[:2]
                self._prepared[name] = query.decode()
            case b"B":
                self._bound = self._prepared[body.split(b"\0", 2)[1]]
            case b"E":
                if self._bound != self._executed:
                    self._log.note(id(self), self._bound)
                self._executed = self._bound
            case b"S":
                self._executed = ""
