"""The whole walk over real HTTP: web chat → card → claim → thread → release, on both databases."""

import asyncio

from bridge.domain.ids import TenantId
from tests.walk.house import House


async def test_from_a_customers_message_to_a_persons_answer_and_back(house: House) -> None:
    house.ai.say("We open at nine.")
    visitor = await house.visitor(customer={"name": "María", "language": "en"})
    assert await visitor.says("When do you open?") == ["We open at nine."]

    waiting = await visitor.says("can I talk to someone?")
    assert len(waiting) == 1
    assert (await visitor.state())["mode"] == "waiting"
    card = house.slack.card()
    assert card.buttons == ["claim", "send_suggested", "edit_suggested", "release"]
    assert "María" in card.words
    assert "When do you open?" in card.words

    first, second = await asyncio.gather(
        house.slack.press("claim", card, user="U1"), house.slack.press("claim", card, user="U2")
    )
    assert (first.status, second.status) == (200, 200)
    await house.idle()
    state = await visitor.state()
    winner = state["agent"]
    assert winner in ("Ana Ruiz", "Ben")
    await house.until(lambda: house.slack.whispered)
    [lost] = [w for w in house.slack.whispered if winner in w.text]
    loser = lost.user
    owner = "U1" if loser == "U2" else "U2"

    await house.slack.write_in_thread(card, "Hello María, what can I do?", user=owner)
    await house.slack.write_in_thread(card, "// she is a regular", user=owner)
    await house.slack.write_in_thread(card, "ask her for the order", user=loser)
    await house.idle()
    texts = await visitor.reads()
    assert texts[-1] == "Hello María, what can I do?"
    assert not any("regular" in t or "ask her" in t for t in texts)

    await visitor.says("my tent pole broke")
    assert any("my tent pole broke" in m.words for m in house.slack.thread(card))
    assert len(house.ai.asked) == 1, "the AI is not asked while a person has it"

    await house.slack.press("release", house.slack.card(), user=owner)
    await house.idle()
    assert (await visitor.state())["mode"] == "assistant"
    assert house.slack.card().buttons == []

    house.ai.say("Nine to six.")
    assert await visitor.says("and when do you close?") == ["Nine to six."]
    stretch = house.ai.asked[-1]["human_stretch"]
    assert stretch["agent"] == winner
    assert await house.service.audit.verify(TenantId("acme")) is None
    owners = [
        (r["before"], r["after"])
        for r in await house.audit(visitor.conversation)
        if r["before"] != r["after"]
    ]
    assert owners == [
        ("assistant", "desk:support"),
        ("desk:support", f"slack:{owner}"),
        (f"slack:{owner}", "assistant"),
    ]


async def test_send_suggested_in_one_press(house: House) -> None:
    visitor = await house.visitor(customer={"name": "Joe Park"})
    await visitor.says("I want a refund")
    await house.slack.press("send_suggested", house.slack.card(), user="U1")
    await house.idle()
    texts = await visitor.reads()
    assert "Joe" in texts[-1]
    assert (await visitor.state()) == {**(await visitor.state()), "mode": "human", "agent": "Ana Ruiz"}
    assert "send_suggested" not in house.slack.card().buttons


async def test_an_edited_reply_through_the_modal(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("I want a refund")
    await house.slack.press("edit_suggested", house.slack.card(), user="U1")
    await house.until(lambda: house.slack.views)
    reply = await house.slack.submit_modal(house.slack.views[-1], {"reply": "I am on it."}, user="U1")
    assert reply.status == 200
    await house.idle()
    assert (await visitor.reads())[-1] == "I am on it."


async def test_the_same_over_the_signed_webhook(house: House) -> None:
    way_in = f"{house.url}/channels/acme/api"
    customer = {"id": "c-1", "name": "Globex buyer", "lifetime_value": 9000}
    assert await house.shop.write(way_in, "order-77", "hello there", customer=customer) == 202
    await house.idle()
    assert house.shop.states("order-77")[-1]["mode"] == "waiting"
    assert house.ai.asked == [], "a valued customer goes straight to a person"
    await house.slack.press("claim", house.slack.card(), user="U1")
    await house.slack.write_in_thread(house.slack.card(), "Welcome back!", user="U1")
    await house.idle()
    assert house.shop.texts("order-77", "agent") == ["Welcome back!"]
    assert [s["mode"] for s in house.shop.states("order-77")] == ["waiting", "human"]
    assert house.shop.refused == []


async def test_a_lapsed_claim_pages_again_and_the_old_button_is_dead(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    stale = house.slack.card()
    old_value = stale.value("claim")
    await house.slack.press("claim", stale, user="U1")
    await house.idle()
    await house.later(minutes=16)
    assert (await visitor.state())["mode"] == "waiting"
    await house.slack.press("claim", house.slack.card(), user="U2", value=old_value)
    await house.idle()
    assert (await visitor.state())["mode"] == "waiting"
    await house.until(lambda: house.slack.whispered)
    assert house.slack.whispered[-1].user == "U2"
    await house.slack.press("claim", house.slack.card(), user="U2")
    await house.idle()
    assert (await visitor.state())["agent"] == "Ben"


async def test_10_an_answer_lost_after_posting_never_gives_a_second_card(house: House) -> None:
    house.slack.drop("chat.postMessage", accepted=True)
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    await house.idle()
    assert len(house.slack.cards()) == 1
    await house.slack.press("claim", house.slack.card(), user="U1")
    await house.idle()
    assert (await visitor.state())["mode"] == "human"


async def test_a_deleted_card_is_posted_again(house: House) -> None:
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    house.slack.delete(house.slack.card())
    await house.later(seconds=61)
    assert house.slack.card().buttons[0] == "claim"


async def test_the_transcript_shows_what_was_not_sent_and_opening_it_is_audited(house: House) -> None:
    house.ai.say("Tents float.", confidence=0.2, reasoning="A guess.")
    visitor = await house.visitor(customer={"name": "María"})
    await visitor.says("do tents float?")
    await visitor.says("yes please")
    link = next(p for p in house.slack.card().words.split() if "/transcripts/" in p)
    path = "/transcripts/" + link.split("/transcripts/")[1].split("|")[0].rstrip(">")
    status, page = await house.get(path)
    assert status == 200
    for words in ("Tents float.", "Not sent", "A guess.", "do tents float?", "confidence"):
        assert words in page
    assert "transcript_opened" in [row["action"] for row in await house.audit(visitor.conversation)]
    assert (await house.get(path[:-2] + "xx"))[0] == 404
