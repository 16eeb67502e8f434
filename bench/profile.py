"""Where the service's processor time goes while it works: one text for each workload.

The bridge runs under a sampler (`bench.profiled`) that is told when a workload begins and ends.
"""

import asyncio
import os
import signal
import tempfile
from pathlib import Path

from bench.load.agents import ClaimPressed, ThreadReply
from bench.load.customers import ChatMessage, CustomerMessage, PersonAsked
from bench.load.loop import closed_loop
from bench.load.workload import Workload
from bench.load.world import World
from bench.measured import machine
from bench.meters.postgres import opened
from bench.options import Options
from bench.stage import say
from bench.subjects.bridge import bridge

AT_ONCE = 32
WRITTEN = 1.0
"""Seconds until the report is written."""


async def profile(options: Options, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        async with opened() as server:
            world = await World.open()
            sampled = Path(folder) / "sampled.txt"
            subject = await bridge(Path(folder), world, server, profile=sampled)
            await subject.start()
            work: dict[str, Workload] = {
                "w1": CustomerMessage(world),
                "chat": ChatMessage(world),
                "w2": PersonAsked(world),
                "w3": ClaimPressed(world, options.presses),
                "w4": ThreadReply(world),
            }
            try:
                for name in (name for name in options.parts if name in work):
                    workload = work[name]
                    await workload.prepare(subject, AT_ONCE)
                    os.kill(subject.pid, signal.SIGUSR1)
                    served = await closed_loop(subject.port, workload.act, AT_ONCE, options.seconds)
                    await workload.settle()
                    os.kill(subject.pid, signal.SIGUSR2)
                    await asyncio.sleep(WRITTEN)
                    head = (
                        f"{workload.name}, {AT_ONCE} at once, at {machine('')['commit']}: "
                        f"{len(served.latencies)} done, {served.rate:.0f}/s with the sampler on\n\n"
                    )
                    path = into / f"profile-{name}.txt"
                    path.write_text(head + sampled.read_text("utf-8"), "utf-8")
                    say(f"{path}: {len(served.latencies)} done")
            finally:
                await subject.stop()
                await world.close()
