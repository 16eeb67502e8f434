"""When to look again: server-sent hints for one browser tab. They carry no content of a conversation.

`board` says that a card or a thread of this desk may have changed; `typing` that the customer of the
handoff that is open in the tab is writing. One stream a tab, because browsers allow six to a host.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from aiohttp import web

from adapters.desks.console.reading import find_handoff
from adapters.desks.console.session import Sessions
from adapters.sse import KEEP_ALIVE, EventStream
from bridge.ports import Host, Typing

Hint = Typing | None
Wait = asyncio.Task[Hint]


class Streams:
    def __init__(self, host: Host, sessions: Sessions) -> None:
        self._host = host
        self._sessions = sessions
        self._open: set[asyncio.Task[object]] = set()

    async def events(self, request: web.Request) -> web.StreamResponse:
        seat = self._sessions.require(request)
        handoff = request.query.get("handoff", "")
        async with AsyncExitStack() as follow:
            desk = self._host.board.follow_desk(seat.tenant, seat.desk)
            sources: list[AsyncIterator[Hint]] = [await follow.enter_async_context(desk)]
            if handoff:
                found = await find_handoff(self._host, seat, handoff)
                customer = self._host.inbound.follow(seat.tenant, found.conversation)
                sources.append(await follow.enter_async_context(customer))
            stream = await EventStream.open(request)
            await self._hint(request, stream, sources)
        return stream.response

    def close(self) -> None:
        """Ends every stream; the tabs come back by themselves."""
        for task in self._open:
            task.cancel()

    async def _hint(
        self, request: web.Request, stream: EventStream, sources: list[AsyncIterator[Hint]]
    ) -> None:
        this = asyncio.current_task()
        assert this is not None
        self._open.add(this)
        try:
            await stream.send("board", {})
            async with _Merged(sources) as merged:
                while await merged.pass_on(stream) and self._sessions.holds(request):
                    pass
        except ConnectionResetError:
            return
        finally:
            self._open.discard(this)


class _Merged:
    """Several hint sources as one. The waits outlive a keep-alive: a cancelled one would end its source."""

    def __init__(self, sources: list[AsyncIterator[Hint]]) -> None:
        self._sources = sources
        self._waits: dict[Wait, AsyncIterator[Hint]] = {}

    async def __aenter__(self) -> "_Merged":
        self._waits = {_next(source): source for source in self._sources}
        return self

    async def __aexit__(self, *_: object) -> None:
        for wait in self._waits:
            wait.cancel()
        await asyncio.gather(*self._waits, return_exceptions=True)

    async def pass_on(self, stream: EventStream) -> bool:
        """Passes on what has come, or keeps the line alive; False when a source has ended."""
        done, _ = await asyncio.wait(self._waits, timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            await stream.comment()
        for wait in done:
            source = self._waits.pop(wait)
            if isinstance(wait.exception(), StopAsyncIteration):
                return False
            hint = wait.result()
            if hint is None:
                await stream.send("board", {})
            elif hint.author == "customer":
                await stream.send("typing", {"name": hint.name})
            self._waits[_next(source)] = source
        return True


def _next(source: AsyncIterator[Hint]) -> Wait:
    async def hint() -> Hint:
        return await anext(source)

    return asyncio.create_task(hint())
