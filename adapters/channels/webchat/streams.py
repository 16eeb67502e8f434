"""The customer's side of a conversation, as a resumable stream or as one page.

What is stored is the truth: a stream subscribes first, then reads everything after the number the
reader has seen, and reads again on every hint. Hints may be lost or doubled; a quiet stream therefore
reads again with every keep-alive. A reader that takes nothing is cut off: it comes back with its number.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Final

from aiohttp import web

from adapters.channels.webchat.gate import Visit
from adapters.channels.webchat.wire import customer_events, typing_event
from adapters.http import problem
from adapters.sse import KEEP_ALIVE, EventStream
from bridge.domain.ids import ConversationId
from bridge.domain.model import Entry
from bridge.ports import Inbound, Typing, Unavailable

PAGE = 200
PATIENCE = 30.0
"""Seconds that one page may take to be read before the stream is cut."""
MOST_STREAMS = 10
"""Of one conversation, over all tabs and devices that hold its token."""
MAX_SEQ = 10**12
_ENDED: Final = object()
_QUIET: Final = object()


def seen_by(request: web.Request) -> int:
    """The newest number the reader has: `Last-Event-ID` (a reconnecting browser) before `?after=`."""
    told = request.headers.get("Last-Event-ID") or request.query.get("after") or "0"
    if not (told.isascii() and told.isdigit() and int(told[:20]) < MAX_SEQ):
        raise problem(400, "bad_after", "'after' must be a number from 0 up.")
    return int(told)


def wants_page(request: web.Request) -> bool:
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/event-stream" not in accept


class Streams:
    """The open streams of one process: bounded a conversation, ended together."""

    def __init__(self, inbound: Inbound) -> None:
        self._inbound = inbound
        self._waits = _Waits()
        self._places: Counter[ConversationId] = Counter()

    def start(self) -> None:
        self._waits = _Waits()

    def stop(self) -> None:
        """Ends all streams; their readers reconnect, elsewhere if need be."""
        self._waits.end()

    async def page(self, visit: Visit) -> web.Response:
        after = seen_by(visit.request)
        entries = await self._inbound.entries(visit.tenant, visit.conversation, after, PAGE)
        events = [event.as_json() for event in customer_events(entries)]
        last = entries[-1].seq if entries else after
        return web.json_response({"events": events, "next": last}, headers={"Cache-Control": "no-store"})

    async def tail(self, visit: Visit) -> web.StreamResponse:
        after = seen_by(visit.request)
        self._take_place(visit.conversation)
        try:
            async with self._inbound.follow(visit.tenant, visit.conversation) as hints:
                # Read before the answer begins, so that a failure is still a plain 503.
                first = await self._inbound.entries(visit.tenant, visit.conversation, after, PAGE)
                stream = await EventStream.open(visit.request, visit.cors)
                tail = _Tail(self._inbound, visit, stream, after)
                try:
                    await tail.send(first)
                    del first  # a stream is open for long
                    await tail.follow(hints, self._waits)
                except TimeoutError:
                    _cut(visit.request)
                except (ConnectionError, Unavailable):
                    pass  # gone, or to be resumed: either way the reader knows its number
                return stream.response
        finally:
            self._leave_place(visit.conversation)

    def _take_place(self, conversation: ConversationId) -> None:
        if self._places[conversation] >= MOST_STREAMS:
            raise problem(429, "too_many_streams", "This chat is open too many times.", {"Retry-After": "10"})
        self._places[conversation] += 1

    def _leave_place(self, conversation: ConversationId) -> None:
        self._places[conversation] -= 1
        if not self._places[conversation]:
            del self._places[conversation]


class _Waits:
    """Where the open streams wait, a timer each and no task, so that all can be ended at once."""

    def __init__(self) -> None:
        self.ended = False
        self._waits: set[asyncio.Timeout] = set()

    async def next(self, hints: AsyncIterator[Typing | None]) -> object:
        """What is told next; _QUIET when nothing is for KEEP_ALIVE, or when all streams end."""
        try:
            async with asyncio.timeout(KEEP_ALIVE) as wait:
                self._waits.add(wait)
                try:
                    return await anext(hints, _ENDED)
                finally:
                    self._waits.discard(wait)
        except TimeoutError:
            return _QUIET

    def end(self) -> None:
        self.ended = True
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            wait.reschedule(now)


class _Tail:
    """One reader, and the newest number that was sent to it."""

    def __init__(self, inbound: Inbound, visit: Visit, stream: EventStream, seen: int) -> None:
        self._inbound = inbound
        self._visit = visit
        self._stream = stream
        self._seen = seen

    async def follow(self, hints: AsyncIterator[Typing | None], waits: _Waits) -> None:
        while not waits.ended:
            told = await waits.next(hints)
            if told is _ENDED or waits.ended:
                return
            if told is _QUIET:
                await _within(self._stream.comment("keep-alive"))
                await self._catch_up()
            else:
                await self._pass_on(told)

    async def _pass_on(self, told: object) -> None:
        if not isinstance(told, Typing):
            await self._catch_up()
        elif (typing := typing_event(told)) is not None:
            await _within(self._stream.send("typing", typing))

    async def _catch_up(self) -> None:
        await self.send(await self._read())

    async def send(self, entries: Sequence[Entry]) -> None:
        """Sends these and, after a full page, all that follow: one page in memory at a time."""
        while entries:
            for event in customer_events(entries):
                await _within(self._stream.send(event.event, event.data, event.id))
            self._seen = entries[-1].seq
            entries = await self._read() if len(entries) == PAGE else ()

    async def _read(self) -> Sequence[Entry]:
        visit = self._visit
        return await self._inbound.entries(visit.tenant, visit.conversation, self._seen, PAGE)


async def _within(sending: Awaitable[None]) -> None:
    async with asyncio.timeout(PATIENCE):
        await sending


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
