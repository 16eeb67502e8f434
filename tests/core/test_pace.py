"""How fast one destination is written to, that it is left alone when it asks for that, and how long it may
be away."""

import asyncio
import random
from datetime import timedelta

from bridge.dispatcher.dispatcher import ATTEMPTS, backoff
from bridge.dispatcher.pace import BURST, Pace

SECOND = 0.05
"""Of a fast destination: twenty posts a second."""


async def left(pace: Pace, when: list[float]) -> None:
    await pace.wait()
    when.append(asyncio.get_running_loop().time())


async def test_a_burst_leaves_at_once_and_the_rest_at_its_pace() -> None:
    pace, when = Pace(1 / SECOND), list[float]()
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(left(pace, when) for _ in range(BURST + 2)))
    assert when[BURST] - began >= SECOND * 0.9
    assert when[BURST + 1] - began >= 2 * SECOND * 0.9


async def test_a_destination_that_asks_for_quiet_gets_it_from_those_who_wait_already() -> None:
    pace, when = Pace(1 / SECOND), list[float]()
    waiting = [asyncio.create_task(left(pace, when)) for _ in range(BURST + 3)]
    await asyncio.sleep(0)
    assert len(when) == BURST
    asked = asyncio.get_running_loop().time()
    pace.hold(timedelta(seconds=10 * SECOND))
    await asyncio.gather(*waiting)
    after = [each - asked for each in when[BURST:]]
    assert all(each >= (10 + n) * SECOND * 0.99 for n, each in enumerate(sorted(after)))


def test_an_outage_of_ten_minutes_parks_nothing() -> None:
    random.seed(4)
    lasted = [sum(map(backoff, range(ATTEMPTS - 1))) for _ in range(2_000)]
    assert min(lasted) > 600
