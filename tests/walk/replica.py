"""A replica in a process of its own, on a clock that a test moves: `python -m tests.walk.replica FILE CLOCK`.

It is `serve` but for the clock; everything else is the product's. The clock's file is mapped by everybody
who goes by it, so moving it moves all of them at once, and outlives each.
"""

import asyncio
import mmap
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.registry import Registry
from bridge.settings import load_installation
from bridge.telemetry import log_as_json
from bridge.wiring.opening import require_schema
from bridge.wiring.running import run
from bridge.wiring.service import Service

EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)


class SharedClock:
    """Implements `bridge.ports.Clock`; stands still until somebody who shares the file moves it."""

    def __init__(self, file: Path) -> None:
        """`file` holds the microseconds since 1970; one that is not there yet begins at the present time."""
        self.file = file
        begins = not file.exists()
        if begins:
            file.write_bytes(bytes(8))
        with file.open("r+b") as opened:
            self._told = memoryview(mmap.mmap(opened.fileno(), 8)).cast("q")
        if begins:
            self.time = datetime.now(UTC).replace(microsecond=0)

    @property
    def time(self) -> datetime:
        return EPOCH + self._told[0] * MICROSECOND

    @time.setter
    def time(self, time: datetime) -> None:
        self._told[0] = (time - EPOCH) // MICROSECOND

    def now(self) -> datetime:
        return self.time


async def serve(settings: Path, clock: SharedClock) -> None:
    installation = load_installation(settings, Registry(), os.environ)
    await require_schema(installation)
    service = await Service.open(installation, clock)
    listen = installation.file.listen
    await run(service, listen.host, listen.port)


def main(settings: str, clock: str) -> None:
    log_as_json()
    asyncio.run(serve(Path(settings), SharedClock(Path(clock))))


if __name__ == "__main__":
    main(*sys.argv[1:])
