"""22: what a desk's Slack can lose: the card, the channel, the app in it, its token, the whole workspace."""

from collections.abc import Callable

from tests.fakes.slack import CHANNEL, TEAM
from tests.faults.scenarios.ground import NIGHT, Ground, handed_off, with_a_night_desk
from tests.faults.scenarios.scenario import scenario
from tests.walk.house import House, Visitor

ALARM = "can not be reached"


@scenario(22, "the card is deleted in Slack while somebody waits")
async def deleted_card(ground: Ground) -> str:
    house = await ground.house()
    await a_deleted_card_comes_back(house)
    return "posted again by itself while the handoff is open; an ended one's is let go"


async def a_deleted_card_comes_back(house: House) -> Visitor:
    visitor = await handed_off(house)
    gone = house.slack.card()
    await house.slack.sweep_away(gone)
    await house.idle()
    [card] = house.slack.cards()
    assert card.ts != gone.ts
    await house.slack.press("release", card)
    await house.idle()
    await house.slack.sweep_away(card)
    await house.idle()
    assert house.slack.cards() == [], "an ended one is let go"
    assert (await visitor.state())["mode"] == "assistant"
    return visitor


async def the_fallback_desk_takes_it(house: House, alarms: Callable[[], int]) -> Visitor:
    """Two customers ask for a person while the desk's channel is gone: one alarm, two cards elsewhere."""
    first, _ = await handed_off(house), await handed_off(house)
    assert alarms() == 1
    assert len(house.slack.cards(NIGHT)) == 2
    assert house.slack.cards() == []
    moves = [(row["before"], row["after"], row["reason"]) for row in await house.audit(first.conversation)]
    assert ("desk:support", "desk:night", "the desk support can not be reached") in moves
    await house.slack.press("claim", house.slack.cards(NIGHT)[0])
    await house.idle()
    assert (await first.state())["agent"] == "Ana Ruiz"
    return first


async def _gone(ground: Ground, **wrong: bool) -> str:
    house = House(ground.folder, ground.database("postgresql"))
    await ground.opened(house, **with_a_night_desk(house))
    for name, value in wrong.items():
        setattr(house.slack.channels[CHANNEL], name, value)
    await the_fallback_desk_takes_it(house, lambda: len(ground.heard.said(ALARM)))
    return "one alarm in the log for two handoffs; both cards at the fallback desk, where Ana claims one"


@scenario(22, "the channel is archived")
async def archived_channel(ground: Ground) -> str:
    return await _gone(ground, archived=True)


@scenario(22, "the app is removed from the channel")
async def removed_app(ground: Ground) -> str:
    return await _gone(ground, joined=False)


@scenario(22, "the token is revoked; every desk is in that workspace")
async def revoked_token(ground: Ground) -> str:
    house = await ground.house()
    house.slack.revoke()
    visitor = await no_desk_can_be_reached(house)
    return await _still_open(ground, house, visitor)


async def no_desk_can_be_reached(house: House) -> Visitor:
    visitor = await handed_off(house)
    assert house.slack.messages == {}
    actions = [row["action"] for row in await house.audit(visitor.conversation)]
    assert "gave_up" in actions
    assert len(await visitor.reads()) > 2, "they are told so, and not left waiting"
    return visitor


@scenario(22, "the app is uninstalled from the workspace while somebody waits")
async def uninstalled(ground: Ground) -> str:
    house = await ground.house()
    visitor = await handed_off(house)
    await house.slack.uninstall(TEAM)
    await house.later(seconds=61)
    return await _still_open(ground, house, visitor)


async def _still_open(ground: Ground, house: House, visitor: Visitor) -> str:
    errors = [record for record in ground.heard.records if record.levelname == "ERROR"]
    alarms = [record.getMessage() for record in errors if record.name.startswith("adapters")]
    assert len(alarms) == 1, alarms
    assert (await visitor.state())["mode"] == "waiting"
    told = (await visitor.reads())[-1]
    return f"one alarm: “{alarms[0]}”; the handoff stays open; the customer reads “{told}”"
