"""Working a conversation in Slack: passing it on, taking it over, drafts, edits, what came out, retry."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.customer_side import status
from tests.fakes.slack import CHANNEL, TEAM, TOKEN, Channel, Message
from tests.walk.house import House, Visitor

NIGHT = "C0NIGHT"


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A running bridge with two desks in two channels."""
    made = House(tmp_path, database_url)
    support = {"kind": "slack", "team": TEAM, "channel": CHANNEL, "bot_token": TOKEN}
    made.slack.channels[NIGHT] = Channel(NIGHT, "night")
    await made.open(
        desks={"support": support, "night": {**support, "channel": NIGHT}}, routing={"desk": "support"}
    )
    yield made
    await made.close()


async def claimed(house: House) -> tuple[Visitor, Message]:
    visitor = await house.visitor(customer={"name": "María"})
    await visitor.says("let me talk to a human")
    await house.slack.press("claim", house.slack.card(), user="U1")
    await house.idle()
    return visitor, house.slack.card()


async def window(house: House, choice: str, card: Message, user: str = "U1") -> dict[str, object]:
    before = len(house.slack.views)
    await house.slack.choose(choice, card, user)
    await house.until(lambda: len(house.slack.views) > before)
    return house.slack.views[-1]


async def test_passing_on_to_a_colleague_with_a_reason(house: House) -> None:
    visitor, card = await claimed(house)
    view = await window(house, "transfer", card)
    reply = await house.slack.submit_modal(view, {"to": "U2", "reason": "He knows *tents*"})
    assert (reply.status, reply.body) == (200, "")
    await house.idle()
    state = await visitor.state()
    assert (state["mode"], state["agent"]) == ("human", "Ben")
    assert "Ben* has this conversation" in card.words
    assert "passed on by Ana Ruiz: He knows tents" in card.words
    assert any("He knows *tents*" in line.words for line in house.slack.thread(card))
    await house.slack.write_in_thread(card, "Hi, Ben here", user="U2")
    await house.slack.write_in_thread(card, "bye", user="U1")
    await house.idle()
    assert (await visitor.reads())[-1] == "Hi, Ben here"


async def test_passing_on_to_another_desk(house: House) -> None:
    visitor, card = await claimed(house)
    view = await window(house, "transfer", card)
    wrong = await house.slack.submit_modal(view, {"to": "U2", "desk": "night"})
    assert "one of both" in wrong.json["errors"]["reason"]
    await house.slack.submit_modal(view, {"desk": "night", "reason": "out of hours"})
    await house.idle()
    assert (await visitor.state())["mode"] == "waiting"
    assert "Passed on to night* by Ana Ruiz" in card.words
    assert card.buttons == []
    [there] = house.slack.cards(NIGHT)
    assert "passed on by Ana Ruiz from support: out of hours" in there.words
    await house.slack.press("claim", there, user="U2")
    await house.idle()
    assert (await visitor.state())["agent"] == "Ben"


async def test_who_is_not_in_the_channel_gets_nothing_passed_on(house: House) -> None:
    _, card = await claimed(house)
    house.slack.channels[CHANNEL].left.add("U2")
    view = await window(house, "transfer", card)
    reply = await house.slack.submit_modal(view, {"to": "U2"})
    assert "not in this channel" in reply.json["errors"]["to"]


@pytest.mark.parametrize("kind", ["apps", "closed"])
async def test_an_app_and_a_closed_account_get_nothing_passed_on(house: House, kind: str) -> None:
    """Slack offers both to choose from, and apps are members of channels like people."""
    home = house.slack.workspaces[TEAM]
    home.users["U3"] = "Deploy Bot"
    getattr(home, kind).add("U3")
    visitor, card = await claimed(house)
    view = await window(house, "transfer", card)
    reply = await house.slack.submit_modal(view, {"to": "U3"})
    assert "an app or a closed account" in reply.json["errors"]["to"]
    await house.idle()
    assert (await visitor.state())["agent"] == "Ana Ruiz"


async def test_an_app_claims_nothing_sends_nothing_off_and_is_never_on_call(house: House) -> None:
    home = house.slack.workspaces[TEAM]
    home.users["U3"] = "Deploy Bot"
    home.apps.add("U3")
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    card = house.slack.card()
    await house.slack.press("claim", card, user="U3")
    await house.until(lambda: house.slack.whispered)
    assert "an app can not have a conversation" in house.slack.whispered[-1].text
    await house.slack.press("edit_suggested", card, user="U1")
    await house.until(lambda: house.slack.views)
    reply = await house.slack.submit_modal(house.slack.views[-1], {"reply": "beep"}, user="U3")
    assert "an app can not have a conversation" in reply.json["errors"]["reply"]
    told = await house.slack.command("on", user="U3")
    assert "an app can not have a conversation" in told.json["text"]
    await house.slack.open_home("U3")
    await house.until(lambda: house.slack.homes)
    await house.slack.press_at_home("duty_on", "U3")
    await house.idle()
    assert (await visitor.state())["mode"] == "waiting"
    assert "Deploy Bot" not in str((await house.slack.command("status")).json["blocks"])


async def test_taking_over_names_the_owner_and_is_audited(house: House) -> None:
    visitor, card = await claimed(house)
    view = await window(house, "take_over", card, "U2")
    assert "Ana Ruiz has this conversation" in str(view["blocks"])
    await house.slack.submit_modal(view, {}, user="U2")
    await house.idle()
    assert (await visitor.state())["agent"] == "Ben"
    assert any("taken this over from Ana Ruiz" in line.words for line in house.slack.thread(card))
    rows = await house.audit(visitor.conversation)
    [row] = [row for row in rows if row["action"] == "taken_over"]
    assert (row["actor"], row["before"], row["after"]) == ("slack:U2", "slack:U1", "slack:U2")


async def test_a_take_over_of_what_has_another_owner_meanwhile_does_nothing(house: House) -> None:
    visitor, card = await claimed(house)
    view = await window(house, "take_over", card, "U2")
    await house.slack.press("release", card, user="U1")
    await house.idle()
    await house.slack.submit_modal(view, {}, user="U2")
    await house.idle()
    assert (await visitor.state())["mode"] == "assistant"
    await house.until(lambda: [w for w in house.slack.whispered if w.user == "U2"])


async def test_what_came_out_is_asked_after_the_release_and_waits_for_nobody(house: House) -> None:
    visitor, card = await claimed(house)
    before = len(house.slack.views)
    await house.slack.press("release", card, user="U1")
    await house.idle()
    assert (await visitor.state())["mode"] == "assistant"
    await house.until(lambda: len(house.slack.views) > before)
    values = {"outcome": "not_needed", "note": "She only wanted our hours"}
    await house.slack.submit_modal(house.slack.views[-1], values)
    await house.idle()
    assert "Not needed" in card.words
    house.ai.say("From nine to six.")
    await visitor.says("and on Sunday?")
    assert house.ai.asked[-1]["human_stretch"]["note"] == "She only wanted our hours"
    audit = await house.audit(visitor.conversation)
    assert ("outcome", "not_needed, a note to the assistant") in [(r["action"], r["reason"]) for r in audit]


async def test_an_edited_line_is_corrected_and_a_deleted_one_is_said_to_be_sent(house: House) -> None:
    visitor, card = await claimed(house)
    await house.slack.write_in_thread(card, "We open at 8")
    await house.idle()
    line = house.slack.line("We open at 8")
    await house.slack.edit(line, "We open at 9")
    await house.idle()
    assert "We open at 9" in (await visitor.reads())[-1]
    await house.until(lambda: "correction" in house.slack.whispered[-1].text)
    told = len(house.slack.whispered)
    await house.slack.take_back(line)
    await house.idle()
    await house.until(lambda: len(house.slack.whispered) > told)


async def test_a_late_answer_is_a_draft_with_a_button(house: House) -> None:
    """The assistant was still thinking when a person was called: what it says then is sent by a press."""
    asked = house.ai.hold("We open at *nine*.")
    visitor = await house.visitor(customer={"name": "María"})
    await visitor.posts("When do you open?")
    await house.until(lambda: house.ai.asked)
    await visitor.posts("let me talk to a human")
    await house.until(lambda: house.slack.cards())
    await house.slack.press("claim", house.slack.card(), user="U1")
    asked.set()
    await house.idle()
    card = house.slack.card()
    [draft] = [line for line in house.slack.thread(card) if line.buttons == ["send_draft", "edit_draft"]]
    assert "We open at *nine*." in draft.words
    await house.slack.press("send_draft", draft, user="U1")
    await house.slack.press("send_draft", draft, user="U1")
    await house.idle()
    assert (await visitor.reads()).count("We open at *nine*.") == 1
    await house.until(lambda: any("sent already" in w.text for w in house.slack.whispered))


async def test_what_could_not_be_delivered_is_told_to_the_owner_with_a_way_to_retry(house: House) -> None:
    way_in = f"{house.url}/channels/acme/api"
    await house.shop.write(way_in, "order-77", "let me talk to a human", customer={"id": "c-1"})
    await house.idle()
    card = house.slack.card()
    await house.slack.press("claim", card, user="U1")
    await house.idle()
    house.shop.then(status(410))
    await house.slack.write_in_thread(card, "Your parcel leaves today")
    await house.idle()
    [failed] = [line for line in house.slack.thread(card) if line.buttons == ["retry"]]
    assert "Could not be delivered to the customer (the receiver answered with status 410)" in failed.words
    assert failed.text.startswith("<@U1> "), "the owner's phone says it"
    await house.slack.press("retry", failed, user="U2")
    await house.until(lambda: house.slack.whispered)
    await house.slack.press("retry", failed, user="U1")
    await house.slack.press("retry", failed, user="U1")
    await house.idle()
    assert house.shop.texts("order-77", "agent") == ["Your parcel leaves today"] * 2, (
        "refused once, sent once"
    )
