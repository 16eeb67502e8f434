"""A day in the life: hours end, a time is promised, everything dies, and the promise is kept all the same."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.walk.day import SETTINGS, play
from tests.walk.house import House

STORY = (
    "Mon 18:10.*customer: I want to talk to a human",
    r"Mon 18:10.*Nobody from our team is here.*back on Tuesday, December 1, 3:00 AM \(New York",
    "Mon 18:10.*customer: tomorrow at 10",
    "Mon 18:10.*until then nothing is booked",
    r"Mon 18:10.*Booked: .* on Tuesday, December 1, 10:00 AM \(New York, GMT-5\), here or at eve@example.com",
    "Mon 18:10.*on record: callback_booked by customer: 1: 2026-12-01T10:00 America/New_York",
    r"Mon 19:00.*both replicas are killed \(SIGKILL\)",
    "Tue 08:00.*two others are started",
    r"Tue 15:50.*\(thread\): <@U1> Callback soon: Eve, promised for Tue 01 Dec 10:00 \(America/New_York\)",
    "Tue 15:50.*on record: callback_reminder",
    "Tue 16:00:00.*to the customer.*It's time .* as we promised for Tuesday, December 1, 10:00 AM",
    r"Tue 16:00:00.*\(thread\): <@U1> Callback now: Eve",
    r"Tue 16:01.*\(thread\): <@U2> Callback now: Eve",
    "Tue 16:01.*Ben presses Claim",
    "Tue 16:01.*to the customer.*Ben has joined the chat",
    "Tue 16:01.*on record: callback_kept by slack:U2",
    "Tue 16:01.*to the customer.*Hi Eve, Ben here",
)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_day_in_the_life(tmp_path: Path, database_url: str) -> None:
    lines = await play(tmp_path, database_url)
    rest = iter(lines)
    for chapter in STORY:
        assert any(re.search(chapter, line) for line in rest), f"{chapter!r} is not next in:\n" + "\n".join(
            lines
        )
    told = [line for line in lines if "to the customer" in line]
    assert len(told) == len(set(told)), "nothing is said twice"


async def test_a_silent_owner_is_called_before_the_claim_runs_out(tmp_path: Path, database_url: str) -> None:
    """Then the conversation goes back to waiting, and the customer is told."""
    house = await House(tmp_path, database_url).open(pages=SETTINGS["pages"])
    try:
        visitor = await house.visitor(customer={"name": "Eve"})
        await visitor.says("let me talk to a human")
        card = house.slack.card()
        await house.slack.press("claim", card, user="U1")
        await house.idle()
        await house.later(minutes=9, seconds=59)
        assert house.slack.thread(card) == []
        await house.later(seconds=2)
        [line] = house.slack.thread(card)
        assert line.words == "Eve is waiting for Ana Ruiz.\n<@U1>"
        assert (await visitor.state())["mode"] == "human"
        await house.later(minutes=5)
        assert "Ana Ruiz's claim ran out" in house.slack.thread(card)[-1].words
        assert (await visitor.state())["mode"] == "waiting"
        assert "Ana Ruiz" in (await visitor.reads())[-1]
    finally:
        await asyncio.shield(house.close())
