"""The least HTTP/1.1 that a measurement needs, so that the load costs little beside what is measured.

`Line` asks, one request at a time on a connection that stays; `Served` is the other side's answers;
`Stream` reads an event stream. All three trust what they talk to: they are no clients or servers for use.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from bench.scene import HOST

Answering = Callable[[str, bytes], bytes]
"""Path and body of a request → the JSON of the answer."""


class Reply(NamedTuple):
    status: int
    body: bytes


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Line(asyncio.Protocol):
    """One kept connection to what is measured."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._waiting: asyncio.Future[Reply] | None = None
        self._transport: asyncio.Transport

    @classmethod
    async def open(cls, port: int) -> "Line":
        _, line = await asyncio.get_running_loop().create_connection(cls, HOST, port)
        return line

    async def ask(self, sent: bytes) -> Reply:
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(sent)
        return await self._waiting

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        whole = end + 4 + _length(self._received, end)
        if len(self._received) < whole:
            return
        reply = Reply(int(self._received[9:12]), bytes(self._received[end + 4 : whole]))
        del self._received[:whole]
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(reply)

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the connection was closed"))


class Served(asyncio.Protocol):
    """One connection to the world: every request is answered at once."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer
        self._received = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        while (end := received.find(b"\r\n\r\n")) >= 0:
            whole = end + 4 + _length(received, end)
            if len(received) < whole:
                return
            path = received[: received.index(b"\r\n")].split(b" ")[1].decode("ascii")
            body = self._answer(path, bytes(received[end + 4 : whole]))
            del received[:whole]
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )


class Stream(asyncio.Protocol):
    """An open event stream: says when a message of the assistant has come."""

    MARK = b'"author":"assistant"'

    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told
        self._received = bytearray()
        self._transport: asyncio.Transport
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, port: int, path: str, told: Callable[[], None]) -> "Stream":
        """Returns when the answer has begun."""
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(lambda: cls(told), HOST, port)
        stream._transport.write(request("GET", path, {"Accept": "text/event-stream"}))
        await stream.opened
        return stream

    def close(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self.opened.done():
            if not self._received.startswith(b"HTTP/1.1 200"):
                self.opened.set_exception(ConnectionError(bytes(self._received[:200]).decode()))
                return
            self.opened.set_result(None)
        while (found := self._received.find(self.MARK)) >= 0:
            del self._received[: found + len(self.MARK)]
            self._told()
        del self._received[: -len(self.MARK)]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the stream was refused"))


def _length(received: bytearray, end: int) -> int:
    """The length of the body that follows the header which ends at `end`."""
    begins = received.lower().find(b"\r\ncontent-length:", 0, end)
    if begins < 0:
        return 0
    begins += 17
    stop = received.find(b"\r\n", begins)
    return int(received[begins:stop])
