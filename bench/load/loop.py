"""The closed loop: so many at once, each beginning anew as soon as it is served."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter

from bench.load.wire import Line
from bench.load.world import PATIENCE

Act = Callable[[Line, int], Awaitable[float | None]]
"""One piece of work by one of those at once (given by its number).

Returns the seconds that count, None to have the whole act count. Raises Exhausted when nothing is left."""


class Exhausted(Exception):
    """What was prepared is used up."""


@dataclass
class Served:
    """What a loop has brought."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Seconds of each act, in the order in which they ended."""

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0


async def closed_loop(port: int, act: Act, at_once: int, seconds: float) -> Served:
    """Begins no act after `seconds`; those under way end."""
    lines = await asyncio.gather(*(Line.open(port) for _ in range(at_once)))
    served = Served()
    began = perf_counter()
    try:
        async with asyncio.timeout(seconds + PATIENCE):
            await asyncio.gather(
                *(_one(line, number, act, began + seconds, served) for number, line in enumerate(lines))
            )
        served.seconds = perf_counter() - began
    finally:
        for line in lines:
            line.close()
    return served


async def _one(line: Line, number: int, act: Act, until: float, served: Served) -> None:
    while (began := perf_counter()) < until:
        try:
            counted = await act(line, number)
        except Exhausted:
            return
        served.latencies.append(perf_counter() - began if counted is None else counted)
