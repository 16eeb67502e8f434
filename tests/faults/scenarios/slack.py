"""3, 4: Slack asks for patience, and is away for ten minutes."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from bridge.domain.ids import TenantId
from tests.fakes.slack import CHANNEL, TEAM, TOKEN
from tests.faults.besieged import Besieged
from tests.faults.proxy import HalfOpen
from tests.faults.scenarios.ground import OTHER, Ground, OfTwoTenants, claimed, handed_off
from tests.faults.scenarios.leap import Leaps
from tests.faults.scenarios.scenario import scenario
from tests.walk.house import House, Visitor

ACME = TenantId("acme")
POST = "chat.postMessage"
PAGES = 5
SAID = ("line 1", "line 2", "line 3")


@scenario(
    3, "Slack answers 429 with Retry-After: 30 in one tenant's channel, with pages and lines on their way"
)
async def one_channel_is_limited(ground: Ground) -> str:
    house = await ground.opened(OfTwoTenants(ground.folder, ground.database("sqlite")))
    leaps, visitor = Leaps(), await claimed(house)
    for _ in range(2):  # the burst is used up: who comes now waits for a turn
        await handed_off(house)
    pages = [await house.visitor(customer={"name": f"Max {number}"}) for number in range(PAGES)]
    for each in pages:
        await each.posts("let me talk to a human")
    house.slack.limit(POST, 30)
    await leaps.over(2)
    await house.until(lambda: not house.slack._faults[POST])
    for line in SAID:
        await visitor.posts(line)
    others = [await house.visitor(of="globex") for _ in range(3)]
    for other in others:
        await other.posts("let me talk to a human")
    await house.until(lambda: len(house.slack.cards(OTHER[1])) == len(others))
    before = len(_channel(house))
    await leaps.over(29)
    assert len(_channel(house)) == before, "Retry-After is kept, by everything for that channel"
    await leaps.over(15)
    await house.idle()
    assert _lines(house, SAID) == list(SAID)
    assert len(house.slack.cards()) == 3 + PAGES
    return (
        f"nothing to that channel for 30 s, then {len(SAID)} lines once and in order, and {PAGES} pages; "
        f"{len(others)} pages of the other tenant were posted before any second of them had passed"
    )


def _channel(house: House) -> list[str]:
    return [message.words for message in house.slack.messages.values() if message.channel == CHANNEL]


def _lines(house: House, said: Sequence[str]) -> list[str]:
    """What stands in the channel of these lines, in order, repeats included."""
    last = [words.splitlines()[-1].strip() for words in _channel(house) if words]
    return [words for words in last if words in said]


@scenario(4, "Slack is away for ten minutes: 503, then silence, then resets")
async def slack_is_away(ground: Ground) -> str:
    return await Away(ground).play()


class Away:
    """Ten minutes on the test's clock; acme's desk is in Slack, its fallback is not."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.house: Besieged
        self.leaps: Leaps
        self.said: list[str] = []

    async def play(self) -> str:
        self.house = await self.ground.besieged(
            "sqlite",
            desks={
                "support": {"kind": "slack", "team": TEAM, "channel": CHANNEL, "bot_token": TOKEN},
                "night": {"kind": "console", "agents": [{"name": "Nina"}]},
            },
            routing={"desk": "support"},
            pages={"fallback": "night", "fallback_after": "2m", "give_up_after": "5m"},
        )
        talking, self.leaps = await claimed(self.house), Leaps()
        for _ in range(1000):
            self.house.slack.break_down(POST)
        waiting = await self.house.visitor(customer={"name": "Max"})
        await waiting.posts("let me talk to a human")
        await self.minutes(3, talking)
        at_first = await waiting.reads()
        board = await self.house.service.reads.open_cards(ACME, "night")
        assert len(board) == 1, "the page went to the desk that can be reached"
        self.house.to_slack.storm(Random(4), 1.0, (HalfOpen(),))
        self.house.to_slack.cut()
        await self.minutes(3, talking)
        self.house.to_slack.storm(Random(4), 0)
        self.house.to_slack.down()
        await self.minutes(4, talking)
        assert _lines(self.house, self.said) == []
        self.house.slack._faults.clear()
        self.house.to_slack.up()
        return await self.afterwards(waiting, at_first)

    async def minutes(self, count: int, talking: Visitor) -> None:
        """In each the customer says something."""
        for _ in range(count):
            self.said.append(f"line {len(self.said) + 1}")
            await talking.posts(self.said[-1])
            await self.leaps.over(60, self.passes)

    async def passes(self, seconds: float) -> None:
        self.house.clock.time += timedelta(seconds=seconds)
        await self.house.service.alarms.tick()

    async def afterwards(self, waiting: Visitor, at_first: list[str]) -> str:
        house, pauses = self.house, self._pauses()
        await self.leaps.over(310, self.passes)
        await house.idle()
        assert _lines(house, self.said) == self.said
        counts = await house.service.outbox_admin.outbox_counts()
        assert (counts.pending, counts.dead) == (0, 0)
        assert len(set(pauses)) > 5, "jitter"
        told = (await waiting.reads())[len(at_first) :]
        assert told, "the customer is told that nobody came"
        return (
            f"{len(pauses)} retries after {min(pauses)} to {max(pauses)} s; the page went to the fallback "
            "desk after its 2 min; no “still connecting” at 60 s (not in PRODUCT): at `give_up_after` "
            f"(5 min) the customer reads “{told[0]}”; afterwards {len(self.said)} lines once and in order; "
            "nothing waits, nothing is parked"
        )

    def _pauses(self) -> list[float]:
        again = self.ground.heard.said("delivery is tried again")
        return [float(vars(record)["in_seconds"]) for record in again]
