"""App Home and `/handoff`: what waits, what is mine, on and off duty, finding, help."""

import pytest

from tests.fakes.slack import CHANNEL, Channel
from tests.walk.house import House


async def test_home_shows_what_waits_what_is_mine_and_how_it_went(house: House) -> None:
    maria = await house.visitor(customer={"name": "María"})
    await maria.says("I want a refund")
    joe = await house.visitor(customer={"name": "Joe <!channel> *Park*"})
    await joe.says("let me talk to a human")
    house.clock.time = house.clock.time.replace(microsecond=0)
    await house.slack.press("claim", house.slack.cards()[0], user="U1")
    await house.slack.write_in_thread(house.slack.cards()[0], "Hello María", user="U1")
    await house.idle()
    await house.slack.open_home("U1")
    await house.until(lambda: house.slack.homes)
    seen = house.slack.home("U1")
    assert "Waiting* (1)" in seen.words
    assert "Yours* (1)" in seen.words
    assert "Joe" in seen.words
    assert "<!channel>" not in seen.words
    assert "2 handed off here, 1 claimed, 1 by you" in seen.words
    assert "100% within 30 s" in seen.words
    links = [b["accessory"]["url"] for b in seen.blocks if "url" in b.get("accessory", {})]
    [first, second] = house.slack.cards()
    assert sorted(links) == sorted(
        f"https://t000000001.slack.com/archives/{CHANNEL}/p{card.ts.replace('.', '')}"
        for card in (first, second)
    )


async def test_the_duty_switch_in_home_counts_for_the_next_page(house: House) -> None:
    await house.slack.open_home("U2")
    await house.until(lambda: house.slack.homes)
    await house.slack.press_at_home("duty_on", "U2")
    await house.until(lambda: "On call: Ben" in house.slack.home("U2").words)
    visitor = await house.visitor()
    await visitor.says("let me talk to a human")
    assert "<@U2>" in house.slack.card().words
    await house.slack.press_at_home("duty_off", "U2")
    await house.until(lambda: "On call: Ben" not in house.slack.home("U2").words)
    rows = await house.audit("settings")
    assert [(r["action"], r["actor"], r["after"]) for r in rows[-2:]] == [
        ("duty", "slack:U2", "on"),
        ("duty", "slack:U2", "off"),
    ]


async def test_home_shows_nothing_of_a_channel_that_is_not_mine(house: House) -> None:
    visitor = await house.visitor(customer={"name": "María"})
    await visitor.says("let me talk to a human")
    house.slack.channels[CHANNEL].left.add("U2")
    await house.slack.open_home("U2")
    await house.until(lambda: house.slack.homes)
    assert "María" not in house.slack.home("U2").words
    assert "no desk for you here" in house.slack.home("U2").words


async def test_the_command_says_who_waits_and_who_is_on_call(house: House) -> None:
    visitor = await house.visitor(customer={"name": "María"})
    await visitor.says("let me talk to a human")
    on = await house.slack.command("on", "U1")
    assert "You are on duty" in on.json["text"]
    status = await house.slack.command("status", "U2")
    assert status.json["response_type"] == "ephemeral"
    assert "María" in str(status.json["blocks"])
    assert "On call: Ana Ruiz" in str(status.json["blocks"])
    off = await house.slack.command("  OFF ", "U1")
    assert "You are off duty" in off.json["text"]


async def test_finding_a_conversation(house: House) -> None:
    visitor = await house.visitor(customer={"name": "María"})
    await visitor.says("I want a refund for my tent")
    assert "María" in str((await house.slack.command("find maría TENT")).json["blocks"])
    assert "No open conversation" in (await house.slack.command("find kayak")).json["text"]
    assert "Type what to look for" in (await house.slack.command("find")).json["text"]


@pytest.mark.parametrize("typed", ["", "help", "dance", "<!channel> *x*"])
async def test_what_it_does_not_know_is_answered_with_what_it_knows(house: House, typed: str) -> None:
    reply = await house.slack.command(typed)
    assert reply.status == 200
    assert "/handoff status" in reply.json["text"]
    assert "<!channel>" not in reply.json["text"]


async def test_in_a_channel_of_nobody_it_says_how_to_make_it_a_desk(house: House) -> None:
    house.slack.channels["C0OTHER"] = Channel("C0OTHER")
    reply = await house.slack.command("status", channel="C0OTHER")
    assert "This channel is no desk" in reply.json["text"]
