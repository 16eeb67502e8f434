"""A house whose replicas are processes of their own, which `kill -9` ends, on the clock that the test owns.

What they do is seen where operators see it: over HTTP, and in the database.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientConnectionError
from sqlalchemy import exists, or_, select

from adapters.registry import Registry
from bridge.settings import load_installation
from bridge.store import tables as t
from bridge.wiring.service import Service
from tests.walk.house import House
from tests.walk.program_house import PATIENCE, ROOT
from tests.walk.replica import SharedClock


class ReplicaHouse(House):
    """Its `service` stores the tenant and looks; it is never started, and carries nothing."""

    process: asyncio.subprocess.Process

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder, database_url, SharedClock(folder / "clock"))
        self._born: list[asyncio.subprocess.Process] = []
        """Of all replicas: a second one shares the list."""

    async def surround(self, **tenant: Any) -> None:
        await super().surround(**tenant)
        installation = load_installation(self.folder / "bridge.yaml", Registry(), {})
        self.service = await Service.open(installation, self.clock)

    async def start(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
        with (self.folder / "serve.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.walk.replica"),
                *(self._own_settings(), self.folder / "clock"),
                cwd=self.folder,
                env={**inherited, "PYTHONPATH": str(ROOT)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._born.append(self.process)
        await self._comes_true(self._ready)

    async def second(self) -> "ReplicaHouse":
        other = await super().second()
        assert isinstance(other, ReplicaHouse)
        return other

    async def dies(self) -> None:
        """`kill -9`: not a line of it runs after this."""
        self.process.send_signal(signal.SIGKILL)
        assert await self.process.wait() == -signal.SIGKILL, "it had ended before"

    async def stop(self) -> None:
        await self._bury()
        for part in (self.service.tenants, self.service.outbound, self.service.database):
            await part.close()

    async def idle(self) -> None:
        """Until every due alarm has rung and every effect has left. The replicas look by themselves."""
        await self._comes_true(self._nothing_waits)

    async def _nothing_waits(self) -> bool:
        """Asked in one statement: an alarm goes with the commit that brings what follows from it."""
        due = exists(select(t.timer).where(t.timer.c.due_at <= self.clock.now()))
        under_way = exists(select(t.outbox).where(t.outbox.c.status == "pending"))
        async with self.service.database.reading() as connection:
            return not (await connection.execute(select(or_(due, under_way)))).scalar_one()

    async def _ready(self) -> bool:
        assert self.process.returncode is None, self._log()
        try:
            return (await self.get("/readyz"))[0] == 200
        except ClientConnectionError:
            return False

    async def _comes_true(self, true: Callable[[], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not await true():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{true.__name__} has not come true:\n{self._log()}") from None

    def _log(self) -> str:
        return (self.folder / "serve.log").read_text("utf-8")

    async def _bury(self) -> None:
        for process in self._born:
            if process.returncode is None:
                process.kill()
            await process.wait()

    def _own_settings(self) -> Path:
        """The same for every replica, but for where it listens."""
        settings = yaml.safe_load((self.folder / "bridge.yaml").read_text("utf-8"))
        own = self.folder / f"bridge-{self.port}.yaml"
        own.write_text(yaml.safe_dump(settings | {"listen": f"127.0.0.1:{self.port}"}), "utf-8")
        return own
