"""The whole walk with the desk in Teams: real HTTP, real tokens, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.domain.ids import TenantId
from tests.fakes.teams import ANA, BEN, EVE, Fault, Person, buttons
from tests.walk.teams_house import TeamsHouse


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[TeamsHouse]:
    made = TeamsHouse(tmp_path, database_url)
    await made.open()
    yield made
    await made.close()


async def test_from_a_customers_message_to_a_persons_answer_and_back(house: TeamsHouse) -> None:
    house.ai.say("We open at nine.")
    visitor = await house.visitor(customer={"name": "María", "language": "en"})
    assert await visitor.says("When do you open?") == ["We open at nine."]
    await visitor.says("can I talk to someone?")
    card = house.teams.card()
    assert card.buttons == ["claim", "send_suggested", "edit_suggested", "release", "transfer"]
    assert "María" in card.words
    assert "When do you open?" in card.words

    replies = await asyncio.gather(
        house.teams.press("claim", card, ANA), house.teams.press("claim", card, BEN)
    )
    await house.idle()
    winner = (await visitor.state())["agent"]
    assert winner in (ANA.name, BEN.name)
    owner, other = (ANA, BEN) if winner == ANA.name else (BEN, ANA)
    won, lost = replies if owner is ANA else replies[::-1]
    assert "reply" in [item.get("id") for part in won.card["body"] for item in part.get("items", ())]
    assert winner in lost.privately, "only who pressed is told who was faster"

    await house.teams.write_in_thread(card, "Hello María & <3, what can I do?", owner)
    await house.teams.write_in_thread(card, "// she is a regular", owner)
    await house.teams.write_in_thread(card, "ask her for the order", other)
    await house.idle()
    texts = await visitor.reads()
    assert texts[-1] == "Hello María & <3, what can I do?"
    assert not any("regular" in t or "ask her" in t for t in texts)
    await house.until(lambda: house.teams.whispers(other))
    assert winner in house.teams.whispers(other)[-1]

    await visitor.says("my tent pole broke")
    assert any("my tent pole broke" in m.words for m in house.teams.thread(card))
    assert len(house.ai.asked) == 1, "the AI is not asked while a person has it"

    released = await house.teams.press(
        "release", house.teams.card(), owner, inputs={"note": "New pole sent."}
    )
    assert buttons(released.card) == []
    await house.idle()
    assert (await visitor.state())["mode"] == "assistant"
    assert house.teams.card().buttons == []

    house.ai.say("Nine to six.")
    assert await visitor.says("and when do you close?") == ["Nine to six."]
    stretch = house.ai.asked[-1]["human_stretch"]
    assert (stretch["agent"], stretch["note"]) == (winner, "New pole sent.")
    assert await house.service.audit.verify(TenantId("acme")) is None
    owners = [
        (row["before"], row["after"])
        for row in await house.audit(visitor.conversation)
        if row["before"] != row["after"]
    ]
    assert owners == [
        ("assistant", "desk:support"),
        ("desk:support", f"teams:{owner.object_id}"),
        (f"teams:{owner.object_id}", "assistant"),
    ]


@pytest.mark.parametrize("submit", [False, True])
async def test_send_suggested_in_one_press(house: TeamsHouse, submit: bool) -> None:
    visitor = await house.visitor(customer={"name": "Joe Park"})
    await visitor.says("I want a refund")
    reply = await house.teams.press("send_suggested", house.teams.card(), ANA, submit=submit)
    assert reply.status == 200
    await house.idle()
    assert "Joe" in (await visitor.reads())[-1]
    state = await visitor.state()
    assert (state["mode"], state["agent"]) == ("human", ANA.name)
    assert "send_suggested" not in house.teams.card().buttons


async def test_the_owners_own_view_holds_the_edit_box(house: TeamsHouse) -> None:
    visitor = await house.visitor()
    await visitor.says("I want a refund")
    await house.teams.press("claim", house.teams.card(), ANA, submit=True)
    await house.idle()
    card = house.teams.card()
    assert card.card["refresh"]["userIds"] == [ANA.id]
    own = (await house.teams.look(card, ANA)).card
    others = (await house.teams.look(card, BEN)).card
    assert "edit_suggested" in buttons(others)
    assert "edit_suggested" not in buttons(own), "it is open already"
    await house.teams.press("send_suggested", card, ANA, shown=own, inputs={"reply": "I am on it."})
    await house.idle()
    assert (await visitor.reads())[-1] == "I am on it."


async def test_a_press_on_a_stale_card_changes_nothing_and_says_so(house: TeamsHouse) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    stale = dict(house.teams.card().card)
    await house.teams.press("claim", house.teams.card(), ANA)
    await house.idle()
    await house.later(minutes=16)
    assert (await visitor.state())["mode"] == "waiting"
    for submit in (False, True):
        reply = await house.teams.press("claim", house.teams.card(), BEN, shown=stale, submit=submit)
        assert reply.status == 200
    await house.idle()
    assert reply.privately == ""
    await house.until(lambda: house.teams.whispers(BEN))
    assert (await visitor.state())["mode"] == "waiting"
    await house.teams.press("claim", house.teams.card(), BEN)
    await house.idle()
    assert (await visitor.state())["agent"] == BEN.name


async def test_10_an_answer_lost_after_posting_never_leaves_two_cards(house: TeamsHouse) -> None:
    house.teams.faults.append(Fault("POST", accepted=True))
    visitor = await house.visitor()
    await visitor.posts("let me talk to a human")
    await house.until(house.teams.cards)
    await house.teams.look(house.teams.card(), BEN)
    await house.idle()
    assert len(house.teams.cards()) == 1, "a client that showed it was believed"
    await house.teams.press("claim", house.teams.card(), ANA)
    await house.idle()
    assert (await visitor.state())["mode"] == "human"
    assert "has this conversation" in house.teams.card().words


async def test_a_deleted_card_is_posted_again(house: TeamsHouse) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    house.teams.card().deleted = True
    await house.later(seconds=61)
    assert house.teams.card().buttons[0] == "claim"


async def test_where_the_app_is_not_installed_the_fallback_desk_is_paged_and_one_alarm_rings(
    house: TeamsHouse, caplog: pytest.LogCaptureFixture
) -> None:
    house.teams.channels.clear()
    await house.take_up(pages={"fallback": "sales"})
    for _ in range(2):
        visitor = await house.visitor()
        await visitor.says("let me talk to a human")
        assert (await visitor.state())["mode"] == "waiting"
    assert house.teams.cards() == []
    cards = await house.service.host.board.open_cards(TenantId("acme"), "sales")
    assert [card.state for card in cards] == ["waiting", "waiting"]
    alarms = [record for record in caplog.records if "can not be paged" in record.getMessage()]
    assert len(alarms) == 1


async def test_another_bot_hands_its_customer_over_and_gets_them_back(house: TeamsHouse) -> None:
    await house.take_up(
        channels={"bot": {"kind": "botframework", "secret": house.shop.secret, "deliver_to": house.shop.url}}
    )
    way_in = f"{house.url}/handoff/acme/bot"
    common = {"conversation": {"id": "conv-1"}, "from": {"id": "u1", "role": "user"}}
    said = [{"type": "message", "text": "My order AC-1042 is late", "from": {"role": "user"}}]
    initiate = {
        **common,
        "type": "event",
        "name": "handoff.initiate",
        "value": {"reason": "could not find the order", "customer": {"name": "Vera"}},
        "attachments": [{"name": "Transcript", "content": {"activities": said}}],
    }
    assert (await house.shop.post(way_in, initiate))[0] == 202
    await house.idle()
    card = house.teams.card()
    assert "My order AC-1042 is late" in card.words
    assert any("My order AC-1042 is late" in line.words for line in house.teams.thread(card))
    assert house.ai.asked == []

    await house.teams.press("claim", card, ANA)
    await house.teams.write_in_thread(card, "It leaves today.", ANA)
    await house.idle()
    message = {**common, "type": "message", "text": "thank you!"}
    assert (await house.shop.post(way_in, message))[0] == 202
    await house.idle()
    assert any("thank you!" in line.words for line in house.teams.thread(card))
    await house.teams.press("release", house.teams.card(), ANA)
    await house.idle()
    got = [each.body for each in house.shop.received]
    assert "It leaves today." in [each["text"] for each in got if each["type"] == "message"]
    states = [each["value"] for each in got if each.get("name") == "handoff.status"]
    assert states == [{"state": "accepted", "agent": ANA.name}, {"state": "completed"}]


async def test_a_conversation_is_passed_on_taken_over_and_sent_to_another_desk(house: TeamsHouse) -> None:
    visitor = await house.visitor()
    await visitor.says("I want a refund")
    await house.teams.press("claim", house.teams.card(), ANA)
    await house.idle()
    card = house.teams.card()
    form = (await house.teams.press("transfer", card, ANA)).card
    chosen = {"to": f"agent=teams:{BEN.object_id}", "reason": "knows refunds"}
    await house.teams.press("transfer", card, ANA, shown=form, inputs=chosen)
    await house.idle()
    assert (await visitor.state())["agent"] == BEN.name
    assert "Passed on by Ana Ruiz: knows refunds" in card.words
    assert any(BEN.object_id in line.mentioned for line in house.teams.thread(card) if line.is_card)

    await house.teams.press("take_over", card, ANA)
    await house.idle()
    assert (await visitor.state())["agent"] == ANA.name

    form = (await house.teams.press("transfer", card, ANA)).card
    passed = await house.teams.press(
        "transfer", card, ANA, shown=form, inputs={"to": "desk=sales", "reason": "a quote"}
    )
    assert passed.privately == "Passed on to the other desk."
    await house.idle()
    assert (await visitor.state())["mode"] == "waiting"
    assert "Passed on to sales by Ana Ruiz" in card.words
    assert card.buttons == []
    [waiting] = await house.service.host.board.open_cards(TenantId("acme"), "sales")
    assert waiting.state == "waiting"


async def test_an_edited_line_reaches_the_customer_as_a_correction(house: TeamsHouse) -> None:
    visitor = await house.visitor()
    await visitor.says("I want a refund")
    card = house.teams.card()
    await house.teams.press("claim", card, ANA)
    await house.teams.write_in_thread(card, "It leaves Monday", ANA)
    line = house.teams.last_id
    await house.idle()
    await house.teams.edit_line(card, line, "It leaves Tuesday", ANA)
    await house.idle()
    assert "It leaves Tuesday" in str(await visitor.events())
    await house.until(lambda: house.teams.whispers(ANA))


async def test_a_stranger_of_the_same_channel_name_reaches_nothing(house: TeamsHouse) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    foreign: Person = EVE
    reply = await house.teams.write_in_thread(
        house.teams.card(), "hello", foreign, channelData={"tenant": {"id": "another"}}
    )
    assert reply.status == 403
