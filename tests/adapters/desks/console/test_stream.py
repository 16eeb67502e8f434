"""The stream tells a tab when to look again, and never what there is to see."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import ClientResponse

from bridge.ports import Typing
from tests.adapters.desks.console.room import ACME, GLOBEX, Client, Room

EVENTS = "/console/acme/support/events"


async def frames(answer: ClientResponse) -> AsyncIterator[tuple[str, str]]:
    event = ""
    async for raw in answer.content:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield event, line.removeprefix("data: ")


async def soon(waiting: AsyncIterator[tuple[str, str]]) -> tuple[str, str]:
    async with asyncio.timeout(5):
        return await anext(waiting)


async def test_a_new_page_wakes_the_tab(room: Room, ana: Client) -> None:
    async with ana.get(EVENTS) as answer:
        assert answer.content_type == "text/event-stream"
        seen = frames(answer)
        assert await soon(seen) == ("board", "{}"), "the stream begins with a hint, so nothing is missed"
        await room.asks_for_a_person("Marta", "a secret question")
        assert await soon(seen) == ("board", "{}")


async def test_the_customers_typing_is_shown_where_their_thread_is_open(room: Room, ana: Client) -> None:
    handoff = await room.asks_for_a_person("Marta")
    conversation = room.host.secrets.conversation(ACME, "web", "Marta")
    async with ana.get(EVENTS, params={"handoff": handoff}) as answer:
        seen = frames(answer)
        assert await soon(seen) == ("board", "{}")
        room.core.typing(ACME, conversation, Typing("agent", "Ana"))
        room.core.typing(ACME, conversation, Typing("customer", "Marta"))
        assert await soon(seen) == ("typing", '{"name":"Marta"}')


async def test_strangers_get_no_stream(room: Room, ana: Client) -> None:
    foreign = await room.asks_for_a_person("Nils", tenant=GLOBEX)
    assert (await ana.get(EVENTS, params={"handoff": foreign})).status == 404
    assert (await ana.get("/console/acme/sales/events")).status == 401


async def test_an_agent_who_lost_the_seat_loses_the_stream(room: Room, ana: Client) -> None:
    async with ana.get(EVENTS) as answer:
        seen = frames(answer)
        await soon(seen)
        room.set_agents(ACME, "support", {"kind": "console", "agents": [{"name": "Ben"}]})
        await room.asks_for_a_person("Marta")
        async with asyncio.timeout(5):
            rest = [frame async for frame in seen]
    assert len(rest) <= 1, "the hint that was on its way, and no more"


async def test_stopping_ends_every_stream_and_can_be_done_twice(room: Room, ana: Client) -> None:
    await room.adapter.start()
    await room.adapter.start()
    async with ana.get(EVENTS) as answer:
        seen = frames(answer)
        await soon(seen)
        await room.adapter.stop()
        await room.adapter.stop()
        async with asyncio.timeout(5):
            try:
                rest = [frame async for frame in seen]
            except Exception as broken:  # the line may be cut in the middle: the tab comes back
                rest = [(type(broken).__name__, "")]
    assert ("board", "{}") not in rest


async def test_nothing_is_left_behind_when_the_tab_is_closed(room: Room, ana: Client) -> None:
    async with ana.get(EVENTS) as answer:
        await soon(frames(answer))
        assert room.core.fanout._followers
    async with asyncio.timeout(5):
        while room.core.fanout._followers:
            await room.asks_for_a_person("Marta")
            await asyncio.sleep(0)
