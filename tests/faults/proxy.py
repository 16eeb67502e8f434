"""A proxy that stands before PostgreSQL, Slack or the answerer and does to a connection what networks do.

It works on bytes and knows no protocol. What it does next is scripted, one fault an exchange:

    async with Proxy(upstream) as proxy:
        proxy.then(AnswerLost(at=b"COMMIT"))     # the next time this passes: arrived, and nobody hears of it
        proxy.storm(Random(7), 0.02)             # from now on by chance, the same for the same seed
        proxy.down(); proxy.up()                 # nobody is there; everybody is back

An exchange begins when the client sends something. A fault waits until it sees what it waits for (`at`).
"""

import asyncio
import os
import socket
import struct
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Self

from sqlalchemy import make_url
from yarl import URL

CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of one connection from an exchange on. `at`: bytes that the exchange has in it."""

    at: bytes = b""


@dataclass(frozen=True, slots=True)
class Latency(Fault):
    """Each piece arrives this much later, in either direction."""

    seconds: float = 0.05


@dataclass(frozen=True, slots=True)
class Reset(Fault):
    """RST to both sides; what the client was sending does not arrive."""


@dataclass(frozen=True, slots=True)
class HalfOpen(Fault):
    """The connection looks alive and carries nothing any more, in either direction."""


@dataclass(frozen=True, slots=True)
class Truncated(Fault):
    """So many bytes of the answer arrive, then the connection ends as if that were all."""

    after: int = 20


@dataclass(frozen=True, slots=True)
class Drip(Fault):
    """The answer arrives one byte at a time."""

    every: float = 0.003


@dataclass(frozen=True, slots=True)
class AnswerLost(Fault):
    """What the client sends is accepted and done; the answer never comes, the connection is reset."""


KINDS: Sequence[type[Fault]] = (Latency, Reset, HalfOpen, Truncated, Drip, AnswerLost)
ROUGH: Sequence[Fault] = (Latency(), Reset(), Truncated(), AnswerLost())
"""Those that nobody has to wait out: what a storm consists of, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Upstream:
    host: str
    """Or the path of a Unix socket."""
    port: int = 0

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.host.startswith("/"):
            return await asyncio.open_unix_connection(self.host)
        return await asyncio.open_connection(self.host, self.port)


class Proxy:
    def __init__(self) -> None:
        self.upstream = Upstream("")
        self.port = 0
        self.struck: list[str] = []
        """Which faults there were, in order, by kind."""
        self._script: deque[Fault] = deque()
        self._chance: tuple[Random, float, Sequence[Fault]] | None = None
        self._open: set[_Connection] = set()
        self._up = True
        self._server: asyncio.Server

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*(each.ended() for each in list(self._open)), return_exceptions=True)

    def before_database(self, address: str) -> str:
        """The address of a PostgreSQL, by way of this proxy."""
        url = make_url(address)
        query = dict(url.query)
        host, port = str(query.pop("host", "") or url.host), url.port or 5432
        self.upstream = Upstream(
            os.path.join(host, f".s.PGSQL.{port}") if host.startswith("/") else host, port
        )
        through = url.set(host="127.0.0.1", port=self.port, query=query)
        return through.render_as_string(hide_password=False)

    def before_web(self, address: str) -> str:
        """An http address, by way of this proxy."""
        url = URL(address)
        self.upstream = Upstream(url.host or "", url.port or 80)
        return str(url.with_host("127.0.0.1").with_port(self.port))

    # ---- the script

    def then(self, *faults: Fault) -> None:
        """One after the other, each for one connection, as soon as an exchange fits."""
        self._script.extend(faults)

    def storm(self, chance: Random, odds: float, faults: Sequence[Fault] = ROUGH) -> None:
        """From now on each exchange meets one of these with such odds; 0 ends it."""
        self._chance = (chance, odds, faults) if odds else None

    def forget(self) -> None:
        """What was scripted and has not happened does not happen any more."""
        self._script.clear()

    def down(self) -> None:
        """Like a server that has gone: connections end, new ones are reset."""
        self._up = False
        self.cut()

    def up(self) -> None:
        self._up = True

    def cut(self) -> None:
        for each in list(self._open):
            each.abort()

    @property
    def quiet(self) -> bool:
        """Whether all that was scripted has happened."""
        return not self._script

    def fault_for(self, sent: bytes) -> Fault | None:
        fault: Fault | None = None
        if self._script and self._script[0].at in sent:
            fault = self._script.popleft()
        elif self._chance and self._chance[0].random() < self._chance[1]:
            fault = self._chance[0].choice(self._chance[2])
        if fault is not None:
            self.struck.append(type(fault).__name__)
        return fault

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._up:
            _reset(writer)
            return
        try:
            up_reader, up_writer = await self.upstream.connect()
        except OSError:
            _reset(writer)
            return
        connection = _Connection(self, (reader, writer), (up_reader, up_writer))
        self._open.add(connection)
        try:
            await connection.run()
        except asyncio.CancelledError:
            connection.abort()  # the loop ends
        finally:
            self._open.discard(connection)


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    def __init__(self, proxy: Proxy, client: Ends, server: Ends) -> None:
        self._proxy = proxy
        self._client, self._server = client, server
        self._fault: Fault | None = None
        self._passed = 0
        """Bytes of the answer that have passed since the fault began."""
        self._over = asyncio.Event()

    async def run(self) -> None:
        pumps = [asyncio.create_task(self._there()), asyncio.create_task(self._back())]
        over = asyncio.create_task(self._over.wait())
        await asyncio.wait([*pumps, over], return_when=asyncio.FIRST_COMPLETED)
        if not self._over.is_set() and not isinstance(self._fault, HalfOpen):
            await asyncio.wait([*pumps, over], timeout=0.05)  # one side has ended: the rest may pass
        for task in (*pumps, over):
            task.cancel()
        await asyncio.gather(*pumps, over, return_exceptions=True)
        for _, writer in (self._client, self._server):
            writer.close()
        self._over.set()

    async def ended(self) -> None:
        await self._over.wait()

    def abort(self) -> None:
        for _, writer in (self._client, self._server):
            _reset(writer)
        self._over.set()

    async def _there(self) -> None:
        with suppress(ConnectionError):
            while sent := await self._client[0].read(CHUNK):
                if self._fault is None:
                    self._fault, self._passed = self._proxy.fault_for(sent), 0
                match self._fault:
                    case Reset():
                        self.abort()
                        return
                    case HalfOpen():
                        continue
                    case Latency(seconds=seconds):
                        await asyncio.sleep(seconds)
                await _write(self._server[1], sent)

    async def _back(self) -> None:
        with suppress(ConnectionError):
            while answer := await self._server[0].read(CHUNK):
                match self._fault:
                    case AnswerLost():
                        self.abort()
                        return
                    case HalfOpen():
                        continue
                    case Truncated(after=after):
                        await _write(self._client[1], answer[: max(after - self._passed, 0)])
                        self._passed += len(answer)
                        if self._passed >= after:
                            return
                        continue
                    case Drip(every=every):
                        for byte in answer:
                            await _write(self._client[1], bytes([byte]))
                            await asyncio.sleep(every)
                        continue
                    case Latency(seconds=seconds):
                        await asyncio.sleep(seconds)
                await _write(self._client[1], answer)


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """RST, not FIN."""
    raw = writer.get_extra_info("socket")
    with suppress(OSError, AttributeError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
