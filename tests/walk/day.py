"""A day in the life, on a clock of its own: `python -m tests.walk.day` plays it and prints the timeline.

Two replicas on one PostgreSQL, a Slack desk in Madrid with two agents, a customer in New York on web chat.
Everything goes over HTTP with real signatures. The replicas are processes: in the evening they are killed
(SIGKILL), and others are started in the morning.
"""

import asyncio
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.store.schema import migrate
from tests.databases import postgresql
from tests.fakes.slack import CHANNEL
from tests.walk.house import Visitor
from tests.walk.replica_house import ReplicaHouse

DESK, CUSTOMER = ZoneInfo("Europe/Madrid"), ZoneInfo("America/New_York")
EVENING = datetime(2026, 11, 30, 16, 55, tzinfo=UTC)
"""Monday, five to six in Madrid."""
SETTINGS = {
    "timezone": "Europe/Madrid",
    "on_call": {
        "support": [
            {"days": "mon-fri", "from": "09:00", "to": "18:00", "agents": ["slack:U1 Ana", "slack:U2 Ben"]}
        ]
    },
    "callbacks": {"slot": "30m", "horizon": "5d", "notice": "15m"},
    "pages": {"repeat_after": "60s", "give_up_after": "5m", "claim_lease": "15m"},
}
SHOWN_BY_SLACK = re.compile(r"<!date\^\d+\^[^|]*\|([^>]*)>")


class Day:
    def __init__(self, house: ReplicaHouse) -> None:
        self.house = house
        self.lines: list[str] = []
        self.visitor: Visitor
        self._read = 0
        self._posts = 0
        self._rows = 0

    async def live(self) -> list[str]:
        house = self.house
        _, other = await asyncio.gather(house.start(), house.second())
        self.visitor = await house.visitor(customer={"name": "Eve", "timezone": CUSTOMER.key})
        self.say("a desk's last minutes: Ana and Ben are on call until 18:00")

        await self.at(18, 10)
        await self.says("I want to talk to a human, my tent leaks")
        await self.says("tomorrow at 10")
        await self.says("eve@example.com")

        await self.at(19, 0)
        self.say("both replicas are killed (SIGKILL)")
        await other.dies()
        await house.dies()
        await self.at(8, 0, days=1)
        await asyncio.gather(house.start(), house.second())
        self.say("two others are started")

        await self.at(15, 49)
        await self.at(15, 50)
        await self.at(16, 0)
        await self.at(16, 0, seconds=30)
        await self.at(16, 1)
        self.say("Ana was silent; Ben presses Claim")
        await house.slack.press("claim", house.slack.cards(CHANNEL)[-1], user="U2")
        await self.settled()
        await house.slack.write_in_thread(
            house.slack.card(), "Hi Eve, Ben here. A new tent is on its way.", user="U2"
        )
        await self.settled()
        return self.lines

    async def at(self, hour: int, minute: int, *, seconds: int = 0, days: int = 0) -> None:
        """That time on the desk's clocks; what rings until then rings on every replica."""
        here = self.house.clock.time.astimezone(DESK) + timedelta(days=days)
        self.house.clock.time = here.replace(hour=hour, minute=minute, second=seconds).astimezone(UTC)
        if not days:
            await self.settled()

    async def says(self, text: str) -> None:
        assert (await self.visitor.posts(text))[0] == 202
        await self.settled()

    async def settled(self) -> None:
        """What follows has happened; writes down what everybody saw."""
        await self.house.idle()
        await self._customer_saw()
        self._desk_saw()
        await self._recorded()

    def say(self, words: str) -> None:
        desk, customer = (self.house.clock.time.astimezone(zone) for zone in (DESK, CUSTOMER))
        self.lines.append(f"{desk:%a %H:%M:%S} Madrid  {customer:%a %H:%M} New York  {words}")

    async def _customer_saw(self) -> None:
        events = [e["data"] for e in await self.visitor.events(self._read)]
        for told in events:
            self._read = max(self._read, told["seq"])
            if "text" in told:
                who = "customer" if told["author"] == "customer" else f"to the customer ({told['author']})"
                self.say(f"{who}: {told['text']}".replace("\n", " / ").replace("\u202f", " "))

    def _desk_saw(self) -> None:
        posts = self.house.slack.called("chat.postMessage")
        for call in posts[self._posts :]:
            words = SHOWN_BY_SLACK.sub(r"\1", str(call.arguments["text"])).replace("\n", " / ")
            kind = "thread" if call.arguments.get("thread_ts") else "card"
            self.say(f"to the desk ({kind}): {words}")
        self._posts = len(posts)

    async def _recorded(self) -> None:
        rows = await self.house.audit(self.visitor.conversation)
        for row in rows[self._rows :]:
            self.say(f"on record: {row['action']} by {row['actor']}: {row['reason']}")
        self._rows = len(rows)


async def play(folder: Path, database_url: str) -> list[str]:
    house = ReplicaHouse(folder, database_url)
    house.clock.time = EVENING
    await house.surround(**SETTINGS)
    try:
        return await Day(house).live()
    finally:
        await house.close()


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, postgresql() as server:
        name = server.create()
        asyncio.run(migrate(server.address(name)))
        print("\n".join(asyncio.run(play(Path(folder), server.address(name)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
