"""Messages and signals: what is taken, what is refused, what is only passed on."""

import uuid
from typing import Any

import pytest

from bridge.domain.events import CartChanged, CustomerWrote
from bridge.domain.model import Mode
from bridge.ports import Unavailable
from tests.adapters.channels.webchat.conftest import Chat
from tests.adapters.channels.webchat.driver import WEB

UUID = "0191d3c0-7b1e-7000-8000-00000000000a"


async def test_the_number_of_a_message_is_the_same_when_it_is_sent_again(chat: Chat) -> None:
    first = await chat.customer.write(chat.client, "once")
    await chat.core.answers("Yes?")
    again = await chat.customer.write(chat.client, "once")
    assert (first.status, again.status) == (202, 200)
    assert await first.json() == await again.json() == {"seq": 2}


async def test_one_id_in_capitals_is_still_one_id_and_comes_back_as_it_was_sent(chat: Chat) -> None:
    id = str(uuid.uuid4()).upper()
    assert (await chat.customer.say(chat.client, "hi", id=id)).status == 202
    assert (await chat.customer.say(chat.client, "hi", id=id.lower())).status == 200
    assert (await chat.customer.page(chat.client))[-1]["data"]["id"] == id


async def test_the_same_id_in_two_conversations_is_two_messages(chat: Chat) -> None:
    id = str(uuid.uuid4())
    other = await chat.customer.open(chat.client)
    assert (await chat.customer.say(chat.client, "one", id=id)).status == 202
    assert (await chat.customer.say(chat.client, "two", id=id, token=other["token"])).status == 202
    assert sorted(chat.core.written()) == ["one", "two"]


@pytest.mark.parametrize("id", ["", "1", "x" * 36, f"{{{UUID}}}", UUID.replace("-", ""), f"{UUID}\n"])
async def test_an_id_that_is_no_uuid_is_400(chat: Chat, id: str) -> None:
    assert (await chat.customer.say(chat.client, "hi", id=id)).status == 400


async def test_eight_thousand_characters_are_taken_whatever_they_are_and_no_more(chat: Chat) -> None:
    assert (await chat.customer.write(chat.client, "👩" * 8000)).status == 202
    assert (await chat.customer.write(chat.client, "x" * 8001, number=2)).status == 413
    assert [len(text) for text in chat.core.written()] == [8000]


async def test_the_message_carries_the_bridges_own_time(chat: Chat) -> None:
    await chat.customer.write(chat.client, "hi")
    (event,) = chat.core.events(CustomerWrote)
    assert isinstance(event, CustomerWrote)
    assert event.at == chat.clock.now()


async def test_a_conversation_that_was_erased_does_not_come_back_by_a_late_retry(chat: Chat) -> None:
    chat.core.erase()
    assert (await chat.customer.write(chat.client, "me again")).status == 401
    assert chat.core.written() == []


async def test_the_visible_way_to_a_person_hands_off_at_once(chat: Chat) -> None:
    assert (await chat.customer.signal(chat.client, person=True)).status == 202
    assert chat.core.newest_conversation().mode is Mode.WAITING


async def test_closing_the_chat_closes_the_conversation(chat: Chat) -> None:
    assert (await chat.customer.signal(chat.client, close=True)).status == 202
    assert chat.core.newest_conversation().mode is Mode.CLOSED


async def test_an_offer_is_accepted_once(chat: Chat) -> None:
    await chat.customer.write(chat.client, "can I?")
    await chat.core.answers("perhaps", 0.2)
    assert (await chat.customer.signal(chat.client, offer="accept")).status == 202
    assert chat.core.newest_conversation().mode is Mode.WAITING
    again = await chat.customer.signal(chat.client, offer="accept")
    assert again.status == 409
    assert (await again.json())["error"]["code"] == "no_offer"


async def test_a_declined_offer_stays_with_the_assistant(chat: Chat) -> None:
    await chat.customer.write(chat.client, "can I?")
    await chat.core.answers("perhaps", 0.2)
    assert (await chat.customer.signal(chat.client, offer="decline")).status == 202
    assert chat.core.newest_conversation().mode is Mode.ASSISTANT


async def test_the_value_of_the_cart_is_told(chat: Chat) -> None:
    assert (await chat.customer.signal(chat.client, cart_value=640.5)).status == 202
    assert chat.core.newest_conversation().cart_value == 640.5
    assert len(chat.core.events(CartChanged)) == 1


async def test_typing_is_passed_on_and_never_recorded(chat: Chat) -> None:
    before = len(chat.core.received)
    conversation = chat.core.newest_conversation()
    async with chat.core.follow(conversation.tenant, conversation.id) as hints:
        assert (await chat.customer.signal(chat.client, typing=True)).status == 202
        typing = await anext(hints)
    assert typing is not None
    assert typing.author == "customer"
    assert len(chat.core.received) == before


@pytest.mark.parametrize(
    ("signal", "status"),
    [
        ({}, 400),
        ({"typing": True, "person": True}, 400),
        ({"typing": False}, 400),
        ({"person": 1}, 400),
        ({"person": "yes"}, 400),
        ({"close": None}, 400),
        ({"offer": ""}, 400),
        ({"offer": "maybe"}, 400),
        ({"offer": True}, 400),
        ({"cart_value": None}, 400),
        ({"cart_value": "640"}, 400),
        ({"cart_value": -1}, 400),
        ({"cart_value": True}, 400),
        ({"cart_value": 10**400}, 400),
        ({"callback": ""}, 400),
        ({"callback": 7}, 400),
        ({"callback": "2026-11-24T10:00:00+01:00"}, 409),
        ({"offer": "accept"}, 409),
        ({"dance": True}, 400),
    ],
)
async def test_what_is_unknown_blank_or_not_offered_is_refused(
    chat: Chat, signal: dict[str, Any], status: int
) -> None:
    entries = len(await chat.customer.page(chat.client))
    assert (await chat.customer.signal(chat.client, **signal)).status == status
    assert len(await chat.customer.page(chat.client)) == entries


async def test_nothing_is_promised_that_could_not_be_recorded(chat: Chat) -> None:
    chat.core.unavailable = True
    for response in (
        await chat.customer.signal(chat.client, person=True),
        await chat.client.post(f"{WEB}/sessions", json={}),
    ):
        assert response.status == 503
        assert (await response.json())["error"]["code"] == "unavailable"
        assert response.headers["Retry-After"] == "1"
    with pytest.raises(Unavailable):
        await chat.core.receive(chat.core.received[0])
