"""What goes wrong in Slack, through the whole bridge: a page that reaches nobody, limits, a dead token."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.store.outbox_admin import OutboxAdmin
from tests.fakes.slack import CHANNEL
from tests.faults.scenarios.ground import NIGHT, handed_off, with_a_night_desk
from tests.faults.scenarios.losses import (
    a_deleted_card_comes_back,
    no_desk_can_be_reached,
    the_fallback_desk_takes_it,
)
from tests.walk.house import House


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A running bridge with a second desk that takes what the first can not."""
    made = House(tmp_path, database_url)
    await made.open(**with_a_night_desk(made))
    yield made
    await made.close()


@pytest.mark.parametrize("wrong", [{"archived": True}, {"joined": False}, {"private": True, "joined": False}])
async def test_a_channel_that_is_gone_is_one_alarm_and_the_fallback_desk(
    house: House, wrong: dict[str, bool], caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in wrong.items():
        setattr(house.slack.channels[CHANNEL], name, value)
    await the_fallback_desk_takes_it(house, lambda: caplog.text.count("slack: channel"))


async def test_when_no_desk_can_be_reached_the_customer_is_told(house: House) -> None:
    house.slack.revoke()
    await no_desk_can_be_reached(house)


async def test_a_desk_keeps_to_one_post_a_second(house: House) -> None:
    house.slack.rates = {}
    for _ in range(5):
        await handed_off(house)
    await house.idle()
    assert len(house.slack.cards()) == 5
    assert "ratelimited" not in [call.error for call in house.slack.calls]
    assert house.slack.refused_for_haste == 0


async def test_one_channels_limit_holds_up_no_other(house: House) -> None:
    house.slack.limit("chat.postMessage", 60)
    slow = await house.visitor()
    await slow.posts("let me talk to a human")
    await house.until(lambda: not house.slack._faults["chat.postMessage"])
    assert house.slack.cards() == [], "Slack's Retry-After is kept"


async def test_a_repeated_event_and_a_replayed_press_count_once(house: House) -> None:
    visitor = await handed_off(house)
    card = house.slack.card()
    await house.slack.press("claim", card)
    await house.slack.resend()
    await house.slack.write_in_thread(card, "Hello María")
    await house.slack.resend()
    await house.slack.resend()
    await house.idle()
    assert (await visitor.reads()).count("Hello María") == 1
    rows = await house.audit(visitor.conversation)
    claims = [row for row in rows if row["after"] == "slack:U1" != row["before"]]
    assert len(claims) == 1


async def test_a_deleted_card_comes_back_by_itself_while_it_is_needed(house: House) -> None:
    await a_deleted_card_comes_back(house)


async def test_a_deleted_card_with_a_thread_is_posted_again_and_goes_on(house: House) -> None:
    visitor = await handed_off(house)
    await house.slack.press("claim", house.slack.card())
    await house.idle()
    house.slack.delete(house.slack.card())
    await visitor.says("are you there?")
    card = house.slack.card()
    assert "has this conversation" in card.words
    assert any("are you there?" in line.words for line in house.slack.thread(card))
    await house.slack.write_in_thread(card, "Yes, I am")
    await house.idle()
    assert (await visitor.reads())[-1] == "Yes, I am"


async def test_what_no_desk_could_show_is_told_once_and_not_of_itself_again(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """The token was dead before any card stood: the note about a line not shown can't be shown either."""
    house.slack.revoke()
    async with asyncio.timeout(20):
        visitor = await handed_off(house)
        for line in ("hello?", "is anybody there?"):
            await visitor.says(line)
    rows = await OutboxAdmin(house.service.database).outbox_list()
    assert {row.status for row in rows} == {"dead"}
    notes = [row for row in rows if row.kind == "post_note"]
    assert len(notes) == 2 + 2, "each line, and that it could not be shown"
    for channel in (CHANNEL, NIGHT):
        assert caplog.text.count(f"slack: channel {channel}") == 1
    told = [row for row in await house.audit(visitor.conversation) if row["action"] == "undeliverable"]
    assert len(told) == len(rows), "each is on record"
