"""What one message costs the database, counted exactly: each number here may only become smaller.

One customer and one agent at a time, and no alarm clock beside them: at load several messages share the
statements of one commit, so this is the most that any message takes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.walk.house import House
from tests.walk.statement_log import StatementLog, relayed, trace_sqlite

W1, W2, W3, W4 = "a message answered by the AI", "a person asked for", "a claim", "a line of the agent's"

GATES = {
    ("sqlite", W1): (13, 3),
    ("sqlite", W2): (18, 4),
    ("sqlite", W3): (15, 4),
    ("sqlite", W4): (11, 2),
    ("postgresql", W1): (5, 3),
    ("postgresql", W2): (5, 4),
    ("postgresql", W3): (6, 4),
    ("postgresql", W4): (4, 2),
}
"""(statements, commits): all that one message takes until everything that follows from it is done.

When the store gets leaner, write the new numbers here; `python -m bench --only statements` shows what
messages take at load."""

SETTLED_TOGETHER = (W2, W3)
"""Card and customer are told at the same time, so that two results may share a commit: then it is less."""


Cost = tuple[int, int]


class Counted:
    """A house whose database is watched."""

    def __init__(self, house: House, log: StatementLog, kind: str) -> None:
        self.house = house
        self.log = log
        self.kind = kind

        self.last: dict[str, str] = {}
        """What each kind of work ran the last time."""

    async def cost(self, work: str, act: Callable[[], Awaitable[object]]) -> Cost:
        with self.log.during():
            await act()
            await self.house.idle()
        self.last[work] = str(self.log)
        return self.log.statements, self.log.commits

    def says(self, conversation: str, text: str) -> Callable[[], Awaitable[object]]:
        customer = {"id": conversation, "name": f"Eve {conversation}", "language": "en"}
        url = f"{self.house.url}/channels/acme/api"
        return lambda: self.house.shop.write(url, conversation, text, customer=customer)


@pytest.fixture
async def counted(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counted]:
    log = StatementLog()
    async with AsyncExitStack() as ends:
        kind = database_url.partition(":")[0]
        if kind == "sqlite":
            trace_sqlite(log, monkeypatch)
        else:
            database_url = await ends.enter_async_context(relayed(log, database_url))
        house = House(tmp_path, database_url)
        await house.open()
        ends.push_async_callback(house.close)
        await house.service.alarms.stop()
        yield Counted(house, log, kind)


async def test_what_one_message_costs_the_database(counted: Counted) -> None:
    seen = await played(counted)
    for work, costs in seen.items():
        gate = GATES[counted.kind, work]
        if work not in SETTLED_TOGETHER:
            assert costs == [gate] * len(costs), f"{work}: {costs}\n{counted.last[work]}"
        assert all(had <= most for cost in costs for had, most in zip(cost, gate, strict=True)), (
            f"{work}: {costs}\n{counted.last[work]}"
        )


async def played(counted: Counted) -> dict[str, list[Cost]]:
    """Each a few times, after a first time that prepares what is prepared once."""
    house, seen = counted.house, {}
    await counted.cost(W1, counted.says("c1", "When do you open?"))
    seen[W1] = [await counted.cost(W1, counted.says("c1", "And on Sundays?")) for _ in range(3)]
    seen[W2] = [await counted.cost(W2, counted.says(f"p{n}", "I want to talk to a person")) for n in range(2)]
    cards = house.slack.cards()
    seen[W3] = [await counted.cost(W3, partial(house.slack.press, "claim", card)) for card in cards]
    line = partial(house.slack.write_in_thread, cards[0], "Hello, Ana here")
    await counted.cost(W4, line)
    seen[W4] = [await counted.cost(W4, line) for _ in range(3)]
    return seen
