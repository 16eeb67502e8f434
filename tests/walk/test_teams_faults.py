"""What goes wrong in Teams, through the whole bridge: limits, lost answers, dead secrets, slow identity."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.teams import ANA, APP, CHANNEL, SECRET, Fault
from tests.walk.house import Visitor
from tests.walk.teams_house import TeamsHouse


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[TeamsHouse]:
    made = TeamsHouse(tmp_path, database_url)
    await made.open(pages={"fallback": "sales"})
    yield made
    await made.close()


async def handed_off(house: TeamsHouse) -> Visitor:
    visitor = await house.visitor(customer={"name": "María"})
    await visitor.says("let me talk to a human")
    return visitor


@pytest.mark.parametrize("status", [412, 429, 502, 504])
async def test_what_teams_asks_to_be_tried_again_is_one_card_in_the_end(
    house: TeamsHouse, status: int
) -> None:
    room = house.service.desks["teams"]._open_room  # type: ignore[attr-defined]
    room.delivery.witness = 0.1
    headers = {"Retry-After": "1"} if status == 429 else {}
    house.teams.faults += [Fault("POST", status, headers=headers), Fault("PUT", status, headers=headers)]
    visitor = await handed_off(house)
    assert len(house.teams.cards()) == 1
    await house.teams.press("claim", house.teams.card(), ANA)
    await house.idle()
    assert (await visitor.state())["agent"] == ANA.name
    assert "has this conversation" in house.teams.card().words
    assert house.teams.faults == []


async def test_with_a_dead_secret_the_fallback_desk_is_paged_and_a_new_one_works_again(
    house: TeamsHouse, caplog: pytest.LogCaptureFixture
) -> None:
    house.teams.apps[APP] = "another"
    first, _ = await handed_off(house), await handed_off(house)
    assert caplog.text.count("the desk support of acme can not be paged") == 1
    assert house.teams.cards() == []
    moves = [(row["before"], row["after"], row["reason"]) for row in await house.audit(first.conversation)]
    assert ("desk:support", "desk:sales", "the desk support can not be reached") in moves
    house.teams.apps[APP] = SECRET
    await handed_off(house)
    assert len(house.teams.cards()) == 1


async def test_one_token_serves_everything(house: TeamsHouse) -> None:
    house.teams.token_gate.clear()
    visitors = [await house.visitor() for _ in range(4)]
    for visitor in visitors:
        await visitor.posts("let me talk to a human")
    await house.until(lambda: house.teams.token_fetches)
    house.teams.token_gate.set()
    await house.idle()
    assert len(house.teams.cards()) == 4
    assert house.teams.token_fetches == 1


async def test_a_channel_that_came_back_is_used_again(house: TeamsHouse) -> None:
    members = house.teams.channels.pop(CHANNEL)
    await handed_off(house)
    assert house.teams.cards() == []
    house.teams.channels[CHANNEL] = members
    await handed_off(house)
    assert len(house.teams.cards()) == 1
