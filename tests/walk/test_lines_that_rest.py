"""An agent edits and deletes while the customer's side can't be reached: over HTTP, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.customer_side import status
from tests.fakes.slack import Message
from tests.walk.house import House

WAY = "/channels/acme/api"
RESTS = status(503, Retry_After="4")
"""Longer than what may still be on the wire."""


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    made = House(tmp_path, database_url)
    await made.open()
    yield made
    await made.close()


async def claimed(house: House) -> Message:
    await house.shop.write(f"{house.url}{WAY}", "order-77", "let me talk to a human", customer={"id": "c-1"})
    await house.idle()
    await house.slack.press("claim", house.slack.card(), user="U1")
    await house.idle()
    return house.slack.card()


def said(house: House) -> list[str]:
    return house.shop.texts("order-77", "agent")


async def test_what_has_not_left_yet_is_replaced_and_taken_back(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    card = await claimed(house)
    house.shop.then(RESTS)
    await house.slack.write_in_thread(card, "It costs 40 euros")
    await house.slack.write_in_thread(card, "oops")
    await house.until(lambda: "delivery is tried again" in caplog.text)
    await house.service.recorder.drained()  # that it rests is known from now on
    await house.slack.edit(house.slack.line("It costs 40 euros"), "It costs 14 euros")
    await house.slack.take_back(house.slack.line("oops"))
    await house.until(lambda: len(house.slack.whispered) == 2)
    assert [w.text for w in house.slack.whispered] == [
        "It had not been sent: the customer gets the new words alone.",
        "It had not been sent, and will not be.",
    ]
    await house.until(lambda: "It costs 14 euros" in said(house))
    await house.idle()
    assert said(house) == ["It costs 40 euros", "It costs 14 euros"], "refused once, and never sent again"
    assert not any("Could not be delivered" in line.words for line in house.slack.thread(card))


async def test_what_may_have_arrived_is_followed_by_a_correction(house: House) -> None:
    card = await claimed(house)
    await house.slack.write_in_thread(card, "It costs 40 euros")
    await house.idle()
    await house.slack.edit(house.slack.line("It costs 40 euros"), "It costs 14 euros")
    await house.idle()
    assert said(house) == ["It costs 40 euros", "Correction: It costs 14 euros"]
    correction = house.shop.received[-1].body
    assert correction["replaces"]["text"] == "It costs 14 euros"
    assert correction["replaces"]["seq"] < correction["seq"]
