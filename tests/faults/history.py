"""Random histories on the real service, checked against what never happens.

    python -m tests.faults.history --seed 17 [--database sqlite|postgresql] [--count 10]

plays the histories seed-0, seed-1, … and prints what is wrong with them; the same seed draws the same plan.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from bridge.store.schema import migrate
from tests.databases import BACKENDS, postgresql, wait_for
from tests.faults.invariants import INVARIANTS, violations
from tests.faults.play import play
from tests.faults.seen import History
from tests.faults.stage import LocalStage

TOGETHER = 6
"""Histories that are played at the same time."""


async def histories(folder: Path, database_url: str, seed: str, count: int) -> AsyncIterator[History]:
    """Some at the same time, on the same replicas."""
    seeds = [f"{seed}-{number}" for number in range(count)]
    async with LocalStage(folder, database_url).open() as stage:
        for first in range(0, count, TOGETHER):
            for history in await play(stage, stage.looker, seeds[first : first + TOGETHER]):
                yield history


async def _print(folder: Path, database_url: str, seed: str, count: int) -> int:
    wrong = events = crashes = played = 0
    async for history in histories(folder, database_url, seed, count):
        found = violations(history)
        wrong, events, crashes = wrong + len(found), events + history.events, crashes + history.crashes
        played += 1
        print(
            "\n".join(found) or f"seed {history.seed}: {history.events} events, {history.crashes} crashes, ok"
        )
    words = f"{played} histories, {events} events, {crashes} crashes, {len(INVARIANTS)} invariants"
    print(f"{words}, {wrong} violations; seed {seed}")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.history", description=__doc__)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--database", choices=BACKENDS, default="postgresql")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.database == "sqlite":
            url = f"sqlite:///{folder}/bridge.db"
            wait_for(lambda: migrate(url))
            return asyncio.run(_print(Path(folder), url, options.seed, options.count))
        with postgresql() as server:
            url = server.address(server.create())
            wait_for(lambda: migrate(url))
            return asyncio.run(_print(Path(folder), url, options.seed, options.count))


if __name__ == "__main__":
    sys.exit(main())
