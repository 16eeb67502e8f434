"""The recorder alone, in this process: against one raw statement an event, and in a race for one claim."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bench.figures import percentile
from bench.meters.postgres import Server
from bench.meters.processor import ProcessorMeter
from bench.sides import TENANT, RecorderSide, Side, StatementSide
from bridge.domain.tenant import Tenant

CLAIMERS = 100
LONGEST = 60.0
"""Seconds in which all prepared claims are made."""

Record = Callable[[int], Awaitable[None]]
"""Records one event; the number says which conversation."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one side did. Processor time of this process and of PostgreSQL, milliseconds for each event."""

    rate: float
    p50: float
    p99: float
    cost: float


class Alone:
    """Both sides by name, `bridge` and `statement`, ready to be measured round by round."""

    def __init__(self, server: Server, sides: Mapping[str, tuple[str, Side]]) -> None:
        self._server = server
        self._sides = sides
        """Each with its database."""
        self._numbers = itertools.count(1_000_000, 1_000_000)

    @classmethod
    @asynccontextmanager
    async def open(cls, server: Server, tenant: Tenant) -> AsyncIterator["Alone"]:
        ours, raw = await server.create("recorder"), await server.create("statements")
        async with (
            RecorderSide.open(server.address(ours), replace(tenant, id=TENANT)) as bridge,
            StatementSide.open(server.address(raw)) as statement,
        ):
            yield cls(server, {"bridge": (ours, bridge), "statement": (raw, statement)})

    def names(self, turned: bool = False) -> list[str]:
        return sorted(self._sides, reverse=turned)

    async def inbound(self, name: str, many: int, seconds: float, at_once: int) -> Recorded:
        """Messages of so many customers, who all have written before."""
        _, side = self._sides[name]
        known = self._fresh(many)
        await _all(side.wrote, known)
        return await self._measured(name, side.wrote, itertools.cycle(known), seconds, at_once)

    async def claims(self, name: str, many: int, at_once: int) -> Recorded:
        """Of so many conversations that wait."""
        _, side = self._sides[name]
        waiting = self._fresh(many)
        await _all(side.waits, waiting)
        return await self._measured(name, side.claimed, iter(waiting), LONGEST, at_once)

    async def race(self, name: str) -> tuple[float, int]:
        """Seconds until all of a hundred claimers of one conversation are answered, and how many won."""
        _, side = self._sides[name]
        [number] = self._fresh(1)
        await side.waits(number)
        began = time.perf_counter()
        won = await asyncio.gather(*(side.raced(number, f"U{i:09d}") for i in range(CLAIMERS)))
        return time.perf_counter() - began, sum(won)

    def _fresh(self, many: int) -> range:
        """Conversations that nobody has touched."""
        first = next(self._numbers)
        return range(first, first + many)

    async def _measured(
        self, name: str, record: Record, numbers: Iterator[int], seconds: float, at_once: int
    ) -> Recorded:
        database, _ = self._sides[name]
        latencies: list[float] = []
        meter = ProcessorMeter([os.getpid(), *self._server.processes(database)])
        began = time.perf_counter()

        async def one() -> None:
            for number in numbers:
                start = time.perf_counter()
                if start - began > seconds:
                    return
                await record(number)
                latencies.append(time.perf_counter() - start)

        await asyncio.gather(*(one() for _ in range(at_once)))
        took = time.perf_counter() - began
        cost = meter.used([os.getpid(), *self._server.processes(database)])
        return Recorded(
            rate=len(latencies) / took,
            p50=percentile(latencies, 0.5) * 1e3,
            p99=percentile(latencies, 0.99) * 1e3,
            cost=cost / len(latencies) * 1e3,
        )


async def _all(record: Record, numbers: range, at_once: int = 256) -> None:
    waiting = iter(numbers)

    async def one() -> None:
        for number in waiting:
            await record(number)

    await asyncio.gather(*(one() for _ in range(at_once)))
