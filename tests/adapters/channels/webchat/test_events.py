"""The stream and the page: complete, in order, each once, through every interruption."""

import asyncio
import uuid
from collections.abc import Sequence

import pytest
from aiohttp import web

from adapters.channels.webchat import streams
from bridge.domain.ids import ConversationId, TenantId
from bridge.domain.model import Author, Entry, EntryKind, File
from bridge.ports import Unavailable
from tests.adapters.channels.webchat.conftest import Chat
from tests.adapters.channels.webchat.driver import WEB
from tests.fakes.desk_core import START

INVOICE = File("invoice.pdf", "https://files.example.com/1", size=1200)


async def test_messages_and_states_share_one_rising_number(chat: Chat) -> None:
    id = str(uuid.uuid4())
    await chat.customer.say(chat.client, "Hi", id=id)
    await chat.customer.signal(chat.client, person=True)
    await chat.core.claims()
    await chat.core.replies("Ana here")
    events = await chat.customer.page(chat.client)
    assert [event["id"] for event in events] == sorted({event["id"] for event in events})
    assert all(event["data"]["seq"] == event["id"] for event in events)
    assert events[0] == {"id": 1, "event": "state", "data": {"seq": 1, "mode": "assistant"}}
    assert events[1]["data"] == {
        "seq": 2,
        "id": id,
        "author": "customer",
        "name": "",
        "text": "Hi",
        "at": "2026-11-23T10:00:00.000+00:00",
    }
    states = [event["data"] for event in events if event["event"] == "state"]
    assert [state["mode"] for state in states] == ["assistant", "waiting", "human"]
    assert states[-1]["agent"] == "Ana"
    said = events[-1]["data"]
    assert (said["author"], said["name"], said["text"]) == ("agent", "Ana", "Ana here")
    assert said["id"] == str(said["seq"])


async def test_an_offer_is_shown_until_it_is_answered(chat: Chat) -> None:
    await chat.customer.write(chat.client, "can I?")
    await chat.core.answers("perhaps", 0.2)
    assert (await chat.customer.page(chat.client))[-1]["data"]["offer"] == {"kind": "person"}
    await chat.customer.signal(chat.client, offer="decline")
    assert "offer" not in (await chat.customer.page(chat.client))[-1]["data"]


async def test_what_was_not_sent_never_reaches_the_customer(chat: Chat) -> None:
    await chat.customer.write(chat.client, "can I?")
    await chat.core.answers("the draft nobody may see", 0.2)
    assert "draft nobody" not in str(await chat.customer.page(chat.client))


async def test_a_correction_says_so_in_words_and_names_what_it_replaces(chat: Chat) -> None:
    await chat.customer.signal(chat.client, person=True)
    await chat.core.claims()
    await chat.core.replies("It costs 40.", line="1")
    sent = (await chat.customer.page(chat.client))[-1]["data"]
    await chat.core.edits("1", "It costs 14.")
    shown = (await chat.customer.page(chat.client))[-1]["data"]
    assert shown["text"] == "Correction: It costs 14."
    assert shown["replaces"] == {"seq": sent["seq"], "text": "It costs 14."}
    await chat.core.deletes("1")
    shown = (await chat.customer.page(chat.client))[-1]["data"]
    assert shown["text"] == "One of my messages was taken back."
    assert shown["replaces"] == {"seq": sent["seq"], "text": ""}


async def test_a_file_is_a_link_in_the_text_and_beside_it(chat: Chat) -> None:
    await chat.customer.signal(chat.client, person=True)
    await chat.core.claims()
    await chat.core.replies("Here it is.", files=(INVOICE,))
    shown = (await chat.customer.page(chat.client))[-1]["data"]
    assert shown["text"] == f"Here it is.\ninvoice.pdf: {INVOICE.url}"
    assert shown["files"] == [{"name": "invoice.pdf", "url": INVOICE.url, "size": 1200}]


async def test_notes_stay_inside_even_if_the_core_handed_one_over(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Entry(7, EntryKind.NOTE, Author.AGENT, "Ana", "// difficult customer", START)

    async def leaky(*_: object) -> Sequence[Entry]:
        return [note]

    monkeypatch.setattr(chat.core, "entries", leaky)
    page = await chat.client.get(
        f"{WEB}/events?token={chat.customer.token}", headers={"Accept": "application/json"}
    )
    assert await page.json() == {"events": [], "next": 7}


async def test_a_stream_is_told_at_once_what_happens(chat: Chat) -> None:
    stream = await chat.customer.stream(chat.client)
    assert stream.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert (await stream.next())[1] == "state"
    await chat.customer.write(chat.client, "Hi")
    assert (await stream.next())[2]["text"] == "Hi"
    await chat.core.answers("Hello!")
    id, name, data = await stream.next()
    assert (id, name, data["text"]) == ("3", "message", "Hello!")


@pytest.mark.parametrize("how", ["after", "Last-Event-ID"])
async def test_a_reader_goes_on_after_the_number_it_has(chat: Chat, how: str) -> None:
    await chat.customer.write(chat.client, "one", number=1)
    await chat.customer.write(chat.client, "two", number=2)
    if how == "after":
        stream = await chat.customer.stream(chat.client, after=2)
    else:  # a reconnecting browser repeats its first address
        stream = await chat.customer.stream(chat.client, after=0, **{"Last-Event-ID": "2"})
    assert (await stream.next())[2]["text"] == "two"


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "١", "1e3", "0x1"])
async def test_a_number_that_is_none_is_400(chat: Chat, after: str) -> None:
    for headers in ({}, {"Accept": "application/json"}):
        url = f"{WEB}/events?after={after}&token={chat.customer.token}"
        assert (await chat.client.get(url, headers=headers)).status == 400


async def test_what_is_recorded_between_reading_and_waiting_is_not_missed(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer lands while the stream reads the past: the hint must already be waited for."""
    read = chat.core.entries

    async def slow(tenant: TenantId, conversation: ConversationId, after: int, limit: int = 200) -> object:
        found = await read(tenant, conversation, after, limit)
        monkeypatch.setattr(chat.core, "entries", read)
        await chat.core.answers("in the gap")
        return found

    await chat.customer.write(chat.client, "Hi")
    monkeypatch.setattr(chat.core, "entries", slow)
    stream = await chat.customer.stream(chat.client, after=2)
    assert (await asyncio.wait_for(stream.next(), 5))[2]["text"] == "in the gap"


async def test_a_lost_hint_only_delays(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE", 0.02)
    stream = await chat.customer.stream(chat.client, after=1)
    monkeypatch.setattr(chat.core.fanout, "publish", lambda topics: None)
    await chat.customer.write(chat.client, "unheard")
    assert (await asyncio.wait_for(stream.next(), 5))[2]["text"] == "unheard"


async def test_a_quiet_stream_keeps_itself_alive(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE", 0.02)
    stream = await chat.customer.stream(chat.client, after=1)
    frames = [await asyncio.wait_for(stream.frame(), 5) for _ in range(3)]
    assert frames == [": open", ": keep-alive", ": keep-alive"]


async def test_a_long_history_comes_whole_page_by_page(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PAGE", 3)
    for number in range(10):
        await chat.customer.write(chat.client, f"line {number}", number=number)
    stream = await chat.customer.stream(chat.client, after=1)
    assert [(await stream.next())[2]["text"] for _ in range(10)] == [f"line {n}" for n in range(10)]
    first = await chat.customer.page(chat.client, after=1)
    assert [event["id"] for event in first] == [2, 3, 4]


async def test_broken_a_hundred_times_nothing_is_lost_and_nothing_comes_twice(chat: Chat) -> None:
    seen: list[int] = []
    for number in range(100):
        stream = await chat.customer.stream(chat.client, after=seen[-1] if seen else 0)
        await chat.customer.write(chat.client, f"line {number}", number=number)
        seen.append(int((await stream.next())[0]))
        stream.close()
    rest = await chat.customer.page(chat.client, after=seen[-1])
    assert [*seen, *(event["id"] for event in rest)] == list(range(1, 102))


async def test_typing_is_shown_without_a_number_and_never_the_customers_own(chat: Chat) -> None:
    stream = await chat.customer.stream(chat.client, after=1)
    await stream.frame()
    await chat.customer.signal(chat.client, typing=True)
    chat.core.types()
    assert await stream.next() == ("", "typing", {"author": "agent", "name": "Ana"})


async def test_a_stream_reads_only_its_own_conversation(chat: Chat) -> None:
    stream = await chat.customer.stream(chat.client, after=1)
    other = await chat.customer.open(chat.client)
    await chat.customer.say(chat.client, "not yours", id=str(uuid.uuid4()), token=other["token"])
    await chat.customer.write(chat.client, "mine")
    assert (await stream.next())[2]["text"] == "mine"


async def test_stopping_ends_the_streams_and_they_resume(chat: Chat) -> None:
    stream = await chat.customer.stream(chat.client)
    await stream.next()
    await chat.adapter.stop()
    assert await asyncio.wait_for(stream.frame(), 5) == ""
    await chat.adapter.start()
    await chat.customer.write(chat.client, "back")
    again = await chat.customer.stream(chat.client, after=1)
    assert (await again.next())[2]["text"] == "back"


async def test_one_conversation_holds_only_so_many_streams_and_gives_them_back(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_STREAMS", 2)
    monkeypatch.setattr(streams, "KEEP_ALIVE", 0.02)
    held = [await chat.customer.stream(chat.client) for _ in range(2)]
    refused = await chat.customer.stream(chat.client)
    assert refused.response.status == 429
    assert refused.response.headers["Retry-After"] == "10"
    held[0].close()
    async with asyncio.timeout(5):
        while (await chat.customer.stream(chat.client)).response.status == 429:
            pass


async def test_a_reader_that_takes_nothing_is_cut_off(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.1)
    was_cut, cut = asyncio.Event(), streams._cut

    def cut_and_tell(request: web.Request) -> None:
        cut(request)
        was_cut.set()

    monkeypatch.setattr(streams, "_cut", cut_and_tell)
    for number in range(400):  # more than all the buffers on the way will hold
        await chat.customer.write(chat.client, "👩" * 8000, number=number)
    _, writer = await asyncio.open_connection("127.0.0.1", chat.client.port, limit=1024)
    writer.write(f"GET {WEB}/events?token={chat.customer.token} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await asyncio.wait_for(was_cut.wait(), 10)
    writer.close()


async def test_a_bridge_that_cannot_read_says_503_and_not_an_empty_stream(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Sequence[Entry]:
        raise Unavailable("the database is away")

    monkeypatch.setattr(chat.core, "entries", away)
    stream = await chat.customer.stream(chat.client)
    assert stream.response.status == 503
    assert stream.response.headers["Retry-After"] == "1"
