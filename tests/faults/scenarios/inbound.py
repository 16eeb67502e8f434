"""5, 6: webhooks that come many times, and in another order than they were written."""

import asyncio
from datetime import timedelta

from tests.faults.scenarios.ground import Ground
from tests.faults.scenarios.scenario import scenario
from tests.walk.house import House

TIMES = 50
TEXTS = ("the tent", "it leaks", "what now?")


@scenario(5, f"one webhook, {TIMES} times at once, to two replicas by turns")
async def many_times_at_once(ground: Ground) -> str:
    house, other = await ground.replicas()
    said = {"type": "message", "conversation": "c1", "text": "hello"}
    ways = [f"{replica.url}/channels/acme/api" for replica in (house, other)] * (TIMES // 2)
    answers = await asyncio.gather(*(house.shop.post(way, said, id="msg_one") for way in ways))
    for replica in (house, other, house, other):
        await replica.idle()
    assert [status for status, _ in answers] == [202] * TIMES
    [asked] = house.ai.asked
    assert [m["text"] for m in asked["messages"]] == ["hello"]
    assert house.shop.texts("c1") == ["You asked: hello"]
    return f"{len(answers)} × 202; one message, the AI asked once, one answer"


@scenario(6, "webhooks of one customer in the order 3, 1, 2; then statuses read, delivered, sent")
async def out_of_order(ground: Ground) -> str:
    house = await ground.house(turns={"gather": "3s"})
    order = [2, 0, 1]
    for number in order:
        at = (house.clock.now() + timedelta(seconds=number)).isoformat()
        way = f"{house.url}/channels/acme/api"
        assert await house.shop.write(way, "c1", TEXTS[number], at=at) == 202
    await house.idle()
    [asked] = house.ai.asked
    arrived = [TEXTS[number] for number in order]
    assert [m["text"] for m in asked["messages"]] == arrived
    assert sorted(asked["messages"], key=lambda m: m["at"]) == [
        m for text in TEXTS for m in asked["messages"] if m["text"] == text
    ], "each keeps the time that it was written at"
    assert len(house.shop.messages("c1")) == 1
    refused = [await _status(house, status) for status in ("read", "delivered", "sent")]
    assert refused == [400, 400, 400]
    return (
        "in order of arrival, as `seq` numbers it (CONTRACT 3); each keeps its `at`, one question of all "
        "three, one answer; statuses are not in the contract: 400, nothing changes"
    )


async def _status(house: House, status: str) -> int:
    body = {"type": "status", "conversation": "c1", "status": status}
    return (await house.shop.post(f"{house.url}/channels/acme/api", body))[0]
