"""Where the service's processor time goes while it works: a text for each workload, in company and alone.

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
from bench.load.world import PATIENCE, World
from bench.measured import machine
from bench.meters.postgres import opened
from bench.options import Options
from bench.stage import say
from bench.subjects.bridge import bridge
from bench.subjects.subject import Subject


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
                    for at_once in options.at_once:
                        found = await _sampled(subject, work[name], at_once, options.seconds, sampled)
                        path = into / f"profile-{name}-{at_once}.txt"
                        path.write_text(found, "utf-8")
                        say(f"{path}: {found.splitlines()[0]}")
            finally:
                await subject.stop()
                await world.close()


async def _sampled(subject: Subject, workload: Workload, at_once: int, seconds: float, sampled: Path) -> str:
    await workload.prepare(subject, at_once)
    os.kill(subject.pid, signal.SIGUSR1)
    served = await closed_loop(subject.port, workload.act, at_once, seconds)
    await workload.settle()
    os.kill(subject.pid, signal.SIGUSR2)
    async with asyncio.timeout(PATIENCE):
        while not sampled.exists():
            await asyncio.sleep(0.05)
    done = f"{len(served.latencies)} done, {served.rate:.0f}/s with the sampler on"
    found = f"{workload.name}, {at_once} at once, at {machine('')['commit']}: {done}\n\n"
    found += sampled.read_text("utf-8")
    sampled.unlink()
    return found
