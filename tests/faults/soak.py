"""As long as asked: two replicas in processes of their own, killed and cut off, under random histories.

    make soak MINUTES=20 [SEED=…]      or      python -m tests.faults.soak --minutes 20

Nothing is simulated: leases run out in real time, proxies reset connections, `kill -9` is `kill -9`.
A history that does not come to an end is a violation, with what still waited.
"""

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientError

from adapters.registry import Registry
from bridge.settings import load_installation
from bridge.store.schema import migrate
from bridge.wiring.service import Service, SystemClock
from tests.databases import postgresql, wait_for
from tests.faults.invariants import INVARIANTS, violations
from tests.faults.play import play
from tests.faults.seen import History
from tests.faults.stage import Hung
from tests.faults.world import World
from tests.walk.house import _free_port
from tests.walk.program_house import ROOT

PATIENCE = 120.0
"""Seconds until everything must have arrived: a lease, and what Slack's pace lets through."""
TOGETHER = 6


class ProcessStage:
    """Implements `Stage`, with processes."""

    points: tuple[str, ...] = ("kill",)

    def __init__(self, folder: Path, database_url: str) -> None:
        self.world = World(folder, database_url, SystemClock())
        self.crashes = 0
        self.ports = [_free_port(), _free_port()]
        self.running: dict[int, asyncio.subprocess.Process] = {}
        self._returning = asyncio.Lock()
        self.looker: Service

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["ProcessStage"]:
        async with self.world:
            self.files = self.world.write(self.ports)
            try:
                await self.bring_back()
                looking = self.world.folder / "looking.yaml"
                through = self.world.to_database.before_database(self.world.direct_url)
                looking.write_text(self.files[0].read_text().replace(through, self.world.direct_url))
                self.looker = await Service.open(load_installation(looking, Registry(), {}), store_new=False)
                yield self
            finally:
                for process in self.running.values():
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
                if hasattr(self, "looker"):
                    for part in (self.looker.tenants, self.looker.outbound, self.looker.database):
                        await part.close()

    def urls(self) -> list[str]:
        living = [port for port, process in self.running.items() if process.returncode is None]
        return [f"http://127.0.0.1:{port}" for port in living]

    async def crash(self, wish: str, chance: float) -> None:
        living = [process for process in self.running.values() if process.returncode is None]
        if living:
            process = living[int(chance * 1000) % len(living)]
            process.kill()
            await process.wait()
            self.crashes += 1

    async def bring_back(self) -> None:
        async with self._returning:
            for port, file in zip(self.ports, self.files, strict=True):
                process = self.running.get(port)
                if process is None or process.returncode is not None:
                    await self._start(port, file)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds / 50, 2))

    async def settle(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while (await self.looker.outbox_admin.outbox_counts()).pending:
                    await asyncio.sleep(0.2)
        except TimeoutError:
            rows = await self.looker.outbox_admin.outbox_list()
            raise Hung("; ".join(f"{row.kind} {row.key} {row.status} {row.why}" for row in rows)) from None

    async def _start(self, port: int, file: Path) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
        with (self.world.folder / "serve.log").open("ab") as log:
            while True:
                self.running[port] = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bridge", "serve", "--config", str(file)),
                    env={**inherited, "PYTHONPATH": str(ROOT)},
                    stdout=log,
                    stderr=log,
                )
                if await self._ready(port):
                    return

    async def _ready(self, port: int) -> bool:
        """False when it ended before it was: whoever supervises starts it again."""
        async with asyncio.timeout(PATIENCE):
            while self.running[port].returncode is None:
                with contextlib.suppress(ClientError):
                    async with self.world.http.get(f"http://127.0.0.1:{port}/readyz") as response:
                        if response.status == 200:
                            return True
                await asyncio.sleep(0.1)
        return False


async def soak(folder: Path, database_url: str, seed: str, minutes: float) -> int:
    ends = time.monotonic() + minutes * 60
    played = events = crashes = wrong = number = struck = 0
    chance = random.Random(seed)
    async with ProcessStage(folder, database_url).open() as stage:
        while time.monotonic() < ends:
            for proxy in stage.world.proxies():
                proxy.storm(random.Random(chance.random()), 0.003)
            seeds = [f"{seed}x{number + n}" for n in range(TOGETHER)]
            seen: list[History] = await play(stage, stage.looker, seeds)
            number += TOGETHER
            for history in seen:
                found = violations(history)
                played, events, crashes = played + 1, events + history.events, crashes + history.crashes
                wrong += len(found)
                print("".join(f"{each}\n" for each in found), end="", flush=True)
            struck = sum(len(proxy.struck) for proxy in stage.world.proxies())
            if sys.stderr.isatty():
                print(f"\r{played} histories, {crashes} kills, {wrong} violations", end="", file=sys.stderr)
    print(
        f"soak {datetime.now(UTC):%Y-%m-%d %H:%M}: {played} histories, {events} events, {crashes} kill -9, "
        f"{struck} faults of connections, 2 replicas, {len(INVARIANTS)} invariants, {wrong} violations; "
        f"seeds {seed}x0 to {seed}x{number - 1}"
    )
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", default="")
    options = parser.parse_args()
    seed = options.seed or str(int(time.time()))
    with tempfile.TemporaryDirectory() as folder, postgresql() as server:
        url = server.address(server.create())
        wait_for(lambda: migrate(url))
        return asyncio.run(soak(Path(folder), url, seed, options.minutes))


if __name__ == "__main__":
    sys.exit(main())
