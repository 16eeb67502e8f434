"""Timers over several processes, one of which is killed: `python -m bench.timers`.

So many customers ask for a person whom nobody sends: each has one timer, the end of their patience
(`give_up_after`), with a notice, an audit row and a card behind it. One statement spreads these timers over
a window; then every process rings what it can, and in the middle one is killed with SIGKILL. A timer has
fired when PostgreSQL says that its audit row was committed; how late, is that moment less the one it was
due at.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from bench.figures import percentile
from bench.load import signed
from bench.load.workload import make, next_customer, once, open_session
from bench.load.world import World
from bench.meters.postgres import Server, opened
from bench.meters.processor import ProcessorMeter
from bench.stage import say
from bench.subjects.bridge import bridge, replica
from bench.subjects.subject import Subject

TENANTS = 10
WARM = 20
"""Timers that each process rings before anything is measured: what is loaded once is loaded then."""
FIRST = timedelta(seconds=5)
"""Until the first timer of the window is due."""
LATE = 1.0
"""Seconds. Where the machine keeps up, only what the killed process had taken is later: its lease is two."""
PATIENCE = 60.0
"""Seconds after the window in which all must have fired."""
SPREAD = """
    UPDATE timer SET due_at = $1::timestamptz + made.place * $2::interval
    FROM (SELECT tenant_id, conversation_id, row_number() OVER (ORDER BY conversation_id) - 1 AS place
          FROM timer WHERE kind = 'give_up') AS made
    WHERE timer.kind = 'give_up' AND timer.tenant_id = made.tenant_id
      AND timer.conversation_id = made.conversation_id
    RETURNING timer.conversation_id, timer.due_at
"""
FIRED = "SELECT stream, pg_xact_commit_timestamp(xmin) FROM audit WHERE action = 'gave_up'"


@dataclass(frozen=True, slots=True)
class Seen:
    timers: int
    processes: int
    seconds: float
    killed: bool
    fired: int
    """Times that any timer fired."""
    distinct: int
    lateness: tuple[float, ...]
    """Milliseconds of each that fired, by its first firing."""
    cost: float
    """Processor milliseconds for each timer: of the processes that lived, and of PostgreSQL for them."""

    @property
    def once_each(self) -> bool:
        return self.fired == self.distinct == self.timers

    def lines(self) -> list[str]:
        late = [each for each in self.lateness if each > LATE * 1000]
        killed = "one killed half-way (SIGKILL)" if self.killed else "none killed"
        return [
            f"{self.timers:,} timers over {self.seconds:.0f} s, {self.processes} processes, {killed}",
            f"fired: {self.fired:,}, of {self.distinct:,} timers"
            + ("; once each" if self.once_each else "; NOT once each"),
            f"late: p50 {percentile(self.lateness, 0.5):.0f} ms, p99 {percentile(self.lateness, 0.99):.0f} "
            f"ms, largest {max(self.lateness):,.0f} ms; earliest {min(self.lateness):.1f} ms",
            f"later than {LATE:.0f} s: {len(late):,}",
            f"processor: {self.cost:.1f} ms for each timer, with all that follows it, PostgreSQL's included",
        ]


async def measure(
    server: Server, folder: Path, timers: int, processes: int, seconds: float, kill: bool
) -> Seen:
    if await server.run("SHOW track_commit_timestamp") != "on":
        raise SystemExit("the database does not keep when it commits: set track_commit_timestamp to on")
    world = await World.open()
    async with AsyncExitStack() as ends:
        ends.push_async_callback(world.close)
        first = await bridge(folder, world, server, tenants=TENANTS, **_patience())
        replicas = [first, *(replica(first, f"replica-{n}") for n in range(2, processes + 1))]
        for each in replicas:
            await each.started(ends)
        connection = await asyncpg.connect(server.address(first.database))
        ends.push_async_callback(connection.close)
        where = itertools.cycle(replicas)
        await make(WARM * processes, lambda: _asks(next(where)))
        await connection.execute(SPREAD, datetime.now(UTC), timedelta(milliseconds=20))
        await _fired(connection)
        say(f"{processes} processes are ready; {timers:,} customers ask for a person")
        await make(timers, lambda: _asks(next(where)), at_once=32)
        start = datetime.now(UTC) + FIRST
        rows = await connection.fetch(SPREAD, start, timedelta(seconds=seconds / timers))
        meter = ProcessorMeter(_at_work(replicas))
        due = {row["conversation_id"]: row["due_at"] for row in rows}
        end = start + timedelta(seconds=seconds)
        if kill:
            await _until(start + (end - start) / 2)
            _kill(replicas[-1])
            say("one is killed")
        await _until(end)
        await _fired(connection)
        cost = meter.used(_at_work(replicas)) / timers * 1000
        fired = [row for row in await connection.fetch(FIRED) if row["stream"] in due]
    times = Counter(stream for stream, _ in fired)
    at = dict(sorted(fired, key=lambda row: row[1], reverse=True))
    late = tuple((at[name] - due[name]).total_seconds() * 1000 for name in due if name in at)
    return Seen(timers, processes, seconds, kill, times.total(), len(times), late, cost)


def _at_work(replicas: Sequence[Subject]) -> list[int]:
    alive = [each.pid for each in replicas if each.process and each.process.returncode is None]
    return [*alive, *replicas[0].backends()]


async def _fired(connection: asyncpg.Connection) -> None:
    """Returns when no timer is left."""
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval("SELECT count(*) FROM timer WHERE kind = 'give_up'"):
            await asyncio.sleep(0.2)


def _patience() -> dict[str, Any]:
    """Nothing else rings: pages repeat once a day, and the time to give up is set by the measurement."""
    return {
        "desks": {"support": {"kind": "console", "agents": [{"name": "Ana"}]}},
        "pages": {"repeat_after": "1d", "give_up_after": "2d", "claim_lease": "1d"},
    }


async def _asks(target: Subject) -> None:
    path, token = await open_session(target, next_customer(), TENANTS)
    await once(target.port, signed.browser(f"{path}/signals", {"person": True}, token), 202)


def _kill(victim: Subject) -> None:
    assert victim.process is not None
    victim.process.kill()


async def _until(at: datetime) -> None:
    await asyncio.sleep(max((at - datetime.now(UTC)).total_seconds(), 0))


async def run(timers: int, processes: int, seconds: float, kill: bool) -> Seen:
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        async with opened(track_commit_timestamp="on") as server:
            return await measure(server, Path(folder), timers, processes, seconds, kill)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.timers", description=__doc__.partition("\n")[0])
    parser.add_argument("--timers", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60.0, help="over which the timers are due")
    parser.add_argument("--no-kill", dest="kill", action="store_false", help="let all processes live")
    given = parser.parse_args(arguments)
    seen = asyncio.run(run(given.timers, given.processes, given.seconds, given.kill))
    print("\n".join(seen.lines()))
    return 0 if seen.once_each else 1


if __name__ == "__main__":
    sys.exit(main())
