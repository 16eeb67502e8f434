"""A line to PostgreSQL that can go dead the way networks do: nobody is told, nothing comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

CHUNK = 65536


class Line:
    """Carries bytes between the bridge and a server until it is cut; connections made later are sound."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._cut = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator["Line"]:
        line = cls(url)
        server = await asyncio.start_server(line._accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        target = line._target.set(host="127.0.0.1", port=port, query={})
        line.url = target.render_as_string(hide_password=False)
        try:
            yield line
        finally:
            server.close()
            for task in line._tasks:
                task.cancel()
            await asyncio.gather(*line._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Every connection of this moment is silent from now on, and stays open."""
        self._cut.set()
        self._cut = asyncio.Event()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await self._connect()
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(_carry(source, sink, self._cut))
            self._tasks.add(task)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = self._target.query.get("host")
        if isinstance(folder, str):
            (socket,) = (path for path in Path(folder).glob(".s.PGSQL.*") if path.suffix != ".lock")
            return await asyncio.open_unix_connection(socket)
        return await asyncio.open_connection(self._target.host, self._target.port or 5432)


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, cut: asyncio.Event) -> None:
    while (some := await source.read(CHUNK)) and not cut.is_set():
        sink.write(some)
        await sink.drain()
    if not cut.is_set():
        sink.close()
