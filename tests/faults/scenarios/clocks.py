"""13, 15: a timer that two replicas see, and a host whose clock is set."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo

import apscheduler.schedulers.base
import pytest

from bridge import callbacks
from bridge.store import clock
from tests.faults.scenarios.ground import Ground, claimed, handed_off, rows
from tests.faults.scenarios.scenario import scenario
from tests.walk.house import ADMIN, House, OwnClock, Visitor

AHEAD, BACK = timedelta(minutes=10), timedelta(hours=-1)


@scenario(13, "two replicas look at the same moment, twice each, when a timer is due")
async def timer_of_two(ground: Ground) -> str:
    house, other = await ground.replicas()
    return f"each of {await a_timer_rings_once(house, other)} timers rang once: one page, one audit row"


async def a_timer_rings_once(house: House, other: House) -> int:
    """How many there were."""
    visitors = [await house.visitor() for _ in range(3)]
    for visitor in visitors:
        await visitor.says("let me talk to a human")
    house.clock.time += timedelta(seconds=61)
    await asyncio.gather(*(replica.service.alarms.tick() for replica in (house, other) * 2))
    for replica in (house, other) * 2:
        await replica.idle()
    for visitor in visitors:
        assert len(await rows(house, visitor, "page")) == 1
    shown = [call for call in house.slack.called("chat.postMessage") if call.arguments.get("reply_broadcast")]
    assert len(shown) == len(visitors)
    return len(visitors)


class RealTime(OwnClock):
    """Slack's, the shop's and everybody's but the host's."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class OnItsOwnTime(House):
    own_time = False


@contextmanager
def host_clock(apart: timedelta) -> Iterator[None]:
    """What this process reads as its host's clock; only the bridge and its scheduler read this one."""

    class Set(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + apart

    with pytest.MonkeyPatch.context() as patch:
        for module in (clock, callbacks, apscheduler.schedulers.base):
            patch.setattr(module, "datetime", Set)
        yield


@scenario(15, "the host's clock +10 min, then -1 h (as the process reads it), on PostgreSQL")
async def host_is_set(ground: Ground) -> str:
    house = OnItsOwnTime(ground.folder, ground.database("postgresql"), RealTime())
    await ground.opened(house, pages={"repeat_after": "1s", "give_up_after": "5m", "claim_lease": "5m"})
    began, waiting, talking = datetime.now(UTC), await handed_off(house, name="Max"), await claimed(house)
    skews = []
    for apart in (AHEAD, BACK):
        with host_clock(apart):
            await _jumped(ground, house)
            skews.append(await _skew(house))
            await _paged_again(house, waiting)
            reply = await house.slack.write_in_thread(house.slack.card(), f"said at {apart}")
            assert reply.status == 200, "what counts is the database's time, and Slack's agrees with it"
            await house.idle()
            assert (await talking.reads())[-1] == f"said at {apart}", "the claim's lease of 5 min runs on"
    assert [round(skew, -1) for skew in skews] == [apart.total_seconds() for apart in (AHEAD, BACK)]
    pages, passed = len(await rows(house, waiting, "page")), (datetime.now(UTC) - began).total_seconds()
    assert pages <= passed + 1, "no storm"
    assert (await waiting.state())["mode"] == "waiting", "nothing was given up early"
    return (
        f"`bridge_clock_skew_seconds` {skews[0]:.0f}, then {skews[1]:.0f}, both jumps logged; PostgreSQL's "
        f"time counts: Slack's signatures are taken, the lease runs on, pages each second ({pages} in "
        f"{passed:.0f} s)"
    )


async def _jumped(ground: Ground, house: House) -> None:
    before = len(ground.heard.said("the host's clock jumped"))
    await house.until(lambda: len(ground.heard.said("the host's clock jumped")) > before)
    await house.service.keep_time()
    assert ground.heard.said("the host's clock is apart from the database's")


async def _skew(house: House) -> float:
    _, figures = await house.get("/metrics", Authorization=f"Bearer {ADMIN}")
    [line] = [each for each in figures.splitlines() if each.startswith("bridge_clock_skew_seconds ")]
    return float(line.split()[1])


async def _paged_again(house: House, waiting: Visitor) -> None:
    """By its alarm clock, which the host's jump neither stops nor hastens."""
    before = len(await rows(house, waiting, "page"))
    async with asyncio.timeout(10):
        while len(await rows(house, waiting, "page")) == before:
            await asyncio.sleep(0.05)


@scenario(15, "the host's clock +10 min (as the process reads it), on SQLite, which has no other")
async def host_is_all_there_is(ground: Ground) -> str:
    house = OnItsOwnTime(ground.folder, ground.database("sqlite"), RealTime())
    await ground.opened(house)
    visitor = await handed_off(house)
    with host_clock(AHEAD):
        await house.service.keep_time()
        pressed = await house.slack.press("claim", house.slack.card())
        posted = await house.shop.write(f"{house.url}/channels/acme/api", "c1", "hello")
    assert (pressed.status, posted) == (401, 401)
    told = [record for record in ground.heard.records if "refused for its time alone" in record.getMessage()]
    words = [f"{r.getMessage()} seconds={vars(r)['seconds']}" for r in told]
    assert len(words) == 2
    await house.service.keep_time()
    assert (await house.slack.press("claim", house.slack.card())).status == 200
    await house.idle()
    assert (await visitor.state())["mode"] == "human"
    return (
        f"Slack's press and the shop's webhook get 401; log: “{words[0]}”, “{words[1]}”; right again: taken"
    )
