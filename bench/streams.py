"""Idle event streams: what each costs the process in memory.

A fresh process, so that no heap is left over from opening the sessions; a few streams first, for what is
loaded once; then many, each of another customer, and nobody writes.
"""

import asyncio
from dataclasses import dataclass

from bench.load.wire import Stream
from bench.load.workload import make, next_customer, open_session
from bench.meters.processor import resident_bytes
from bench.stage import Stage
from bench.subjects.bridge import bridge
from bench.subjects.floors import floor
from bench.subjects.subject import Subject

WARM = 50
TENANTS = 10
SETTLE = 1.0
"""Seconds until what opening them left behind is gone."""


@dataclass(frozen=True, slots=True)
class Streams:
    many: int
    before: int
    after: int
    """Resident bytes of the process."""

    @property
    def each(self) -> float:
        """kB of one stream."""
        return (self.after - self.before) / self.many / 1000


async def idle_streams(stage: Stage) -> dict[str, Streams]:
    """For the bridge, and for the floor: aiohttp's own streams with nothing behind them."""
    world, server = stage.world, stage.server
    subjects = [
        await bridge(stage.folder, world, server, name="streams", tenants=TENANTS),
        await floor(stage.folder, world, server, name="streams-floor"),
    ]
    return {
        name: await _measured(subject, stage.options.streams)
        for name, subject in zip(("bridge", "floor"), subjects, strict=True)
    }


async def _measured(subject: Subject, many: int) -> Streams:
    await subject.start()
    paths = await make(many + WARM, lambda: _session(subject))
    await subject.stop()
    await subject.start()
    streams: list[Stream] = []

    async def opened(path: str) -> None:
        streams.append(await Stream.open(subject.port, path, lambda: None))

    try:
        await asyncio.gather(*(opened(path) for path in paths[:WARM]))
        await asyncio.sleep(SETTLE)
        before = resident_bytes(subject.pid)
        rest = iter(paths[WARM:])
        await make(many, lambda: opened(next(rest)))
        await asyncio.sleep(SETTLE)
        return Streams(many, before, resident_bytes(subject.pid))
    finally:
        for stream in streams:
            stream.close()
        await subject.stop()


async def _session(subject: Subject) -> str:
    path, token = await open_session(subject, next_customer(), TENANTS)
    return f"{path}/events?token={token}"
