"""7, 8, 10: presses that are repeated or meet, and the AI's answer that meets a claim."""

import asyncio

from sqlalchemy import select

from bridge.domain.ids import TenantId
from bridge.store import tables as t
from tests.faults.scenarios.ground import Ground, handed_off, rows
from tests.faults.scenarios.leap import Leaps
from tests.faults.scenarios.scenario import scenario
from tests.walk.house import House, Visitor

ACME = TenantId("acme")


@scenario(7, "Slack repeats a press (X-Slack-Retry-Num: 1) after 3 s, while a lock keeps the first waiting")
async def repeated_press(ground: Ground) -> str:
    house = await ground.house()
    visitor = await handed_off(house)
    leaps, card = Leaps(), house.slack.card()
    async with house.service.database.writing(ACME) as connection:  # somebody else's lock on the row
        one = t.conversation.c.id == visitor.conversation
        await connection.execute(select(t.conversation.c.id).where(one).with_for_update())
        first = asyncio.create_task(house.slack.press("claim", card))
        await house.until(lambda: not house.service.recorder.idle)
        await leaps.over(3)
        told = (await first).status
        again = asyncio.create_task(house.slack.resend())
        await asyncio.sleep(0)
    second = (await again).status
    third = (await house.slack.resend()).status
    await house.idle()
    assert (await visitor.state())["agent"] == "Ana Ruiz"
    assert len(await rows(house, visitor, "claim")) == 1
    assert (told, second, third) == (503, 200, 200)
    return (
        f"the first {told} before Slack's 3 s were over, as nothing was stored yet (CONTRACT 9.5), and it "
        f"went on; the repeated one {second}, another after it {third}; one claim"
    )


@scenario(8, "two agents claim at the same moment, on two replicas; then one agent's double click")
async def presses_that_meet(ground: Ground) -> str:
    house, other = await ground.replicas()
    winner, words = await claimed_on_both_at_once(house, other)
    first = len(house.slack.whispered)
    visitor = await handed_off(house, name="Max")
    [card] = [card for card in house.slack.cards() if "Max" in card.words]
    both = await asyncio.gather(house.slack.press("claim", card), other.slack.press("claim", card))
    await _settle(house, other)
    assert [reply.status for reply in both] == [200, 200]
    assert (await visitor.state())["agent"] == "Ana Ruiz"
    assert len(await rows(house, visitor, "claim")) == 1
    [privately] = [each.text for each in house.slack.whispered[first:]]
    return f"{winner} has it; the other privately: “{words}”; double click: one claim, “{privately}”"


async def claimed_on_both_at_once(house: House, other: House) -> tuple[str, str]:
    """Who won, and what the loser was told."""
    visitor = await handed_off(house)
    card = house.slack.card()
    replies = await asyncio.gather(
        house.slack.press("claim", card, user="U1"), other.slack.press("claim", card, user="U2")
    )
    assert [reply.status for reply in replies] == [200, 200]
    await _settle(house, other)
    winner = str((await visitor.state())["agent"])
    await house.until(lambda: house.slack.whispered)
    [lost] = house.slack.whispered
    assert winner in lost.text
    assert {"U1": "Ben", "U2": "Ana Ruiz"}[lost.user] == winner
    assert len(await rows(house, visitor, "claim")) == 1
    assert await other.service.audit.verify(ACME) is None
    return winner, lost.text


@scenario(10, "the AI's answer arrives after an agent has claimed")
async def answer_after_the_claim(ground: Ground) -> str:
    house = await ground.house()
    await answered_after_the_claim(house)
    return "the customer never gets it; it stands in the thread as a suggestion"


async def answered_after_the_claim(house: House) -> Visitor:
    visitor = await house.visitor()
    gate = house.ai.hold("Over the agent.")
    await visitor.posts("is it waterproof?")
    await house.ai.until_asked(1)
    await visitor.signals_only(person=True)
    await house.until(lambda: house.slack.cards())
    await house.slack.press("claim", house.slack.card(), user="U1")
    gate.set()
    await house.idle()
    assert "Over the agent." not in await visitor.reads()
    assert any("Over the agent." in m.words for m in house.slack.thread(house.slack.card()))
    return visitor


async def _settle(*replicas: House) -> None:
    for replica in (*replicas, *replicas):  # what the first one sends out may come in at the second
        await replica.idle()
