"""11: the tenant's AI hangs, drips, floods, or sends the bridge elsewhere."""

from tests.fakes.customer_side import Behaviour, CustomerSide, drip, flood, redirect
from tests.faults.scenarios.ground import Ground, rows
from tests.faults.scenarios.leap import Leaps
from tests.faults.scenarios.scenario import scenario
from tests.walk.house import House

DEADLINE = 5
"""Seconds: `answerer.timeout` of the house's tenant."""
FLOOD = 100 * 1024 * 1024


async def _asked(house: House, behaviour: Behaviour, seconds: float = 0) -> str:
    """One question to an AI that does this; what the agent reads as the reason."""
    house.ai.then(behaviour)
    visitor = await house.visitor(customer={"name": "María"})
    await visitor.posts("is it waterproof?")
    await house.ai.until_asked(1)
    if seconds:
        leaps = Leaps()
        await leaps.over(seconds - 0.5)
        assert (await visitor.state())["mode"] == "assistant", "not before its time is over"
        await leaps.over(1)
    await house.idle()
    assert (await visitor.state())["mode"] == "waiting"
    question, told = await visitor.reads()
    assert question == "is it waterproof?"
    [row] = await rows(house, visitor, "handoff")
    assert row["reason"] == "tool_failure"
    [why] = [line for line in house.slack.card().words.splitlines() if "could not answer" in line]
    told = told.partition(".")[0]
    return f"customer: “{told}”; card: “{why.strip()}”; trigger `tool_failure` (PRODUCT has no `ai_timeout`)"


@scenario(11, "the AI takes the question and says nothing for 120 s")
async def hangs(ground: Ground) -> str:
    house = await ground.house()
    return await _asked(house, house.ai.hang, DEADLINE)


@scenario(11, "the AI answers 1 byte a second")
async def drips(ground: Ground) -> str:
    house = await ground.house()
    return await _asked(house, drip(b'{"text": "At nine.", "confidence": 0.95}', 1.0), DEADLINE)


@scenario(11, "the AI answers with 100 MB")
async def floods(ground: Ground) -> str:
    house = await ground.house()
    return await _asked(house, flood(FLOOD))


@scenario(11, "the AI redirects to 127.0.0.1")
async def redirects(ground: Ground) -> str:
    house = await ground.house()
    async with CustomerSide() as inside:
        seen = await _asked(house, redirect(inside.url))
        assert (inside.received, inside.refused) == ([], [])
    return f"not followed, nothing asked there; {seen}"
