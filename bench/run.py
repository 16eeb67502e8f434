"""One run: everything is started once, the parts that were asked for are measured, everything is ended."""

import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from bench import growth
from bench.load.agents import ClaimPressed, ThreadReply
from bench.load.customers import ChatMessage, CustomerMessage, PersonAsked
from bench.load.loop import closed_loop
from bench.load.workload import Workload
from bench.load.world import World
from bench.measured import Measured, machine
from bench.meters.postgres import opened
from bench.meters.statements import counting
from bench.options import WORKLOADS, Options
from bench.recorder_alone import Alone
from bench.rounds import Match
from bench.stage import Stage, say
from bench.streams import idle_streams
from bench.subjects.bridge import bridge, compiled_tenant
from bench.subjects.floors import floor, relay
from bench.subjects.subject import Subject

AT_ONCE = (32, 1)
RACES = 15
COUNTED = 3.0
"""Seconds for which statements are counted."""


class Run:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._measured = Measured(machine(stage.server.version), stage.options.as_json())

    async def all(self) -> Measured:
        asked = set(self._stage.options.parts)
        if asked & {*WORKLOADS, "statements"}:
            await self._workloads(asked)
        if "recorder" in asked:
            await self._recorder()
        if "streams" in asked:
            self._measured.streams = await idle_streams(self._stage)
        await self._growth(asked)
        self._measured.machine["load_after"] = round(os.getloadavg()[0], 1)
        return self._measured

    async def _workloads(self, asked: set[str]) -> None:
        stage, world = self._stage, self._stage.world
        async with AsyncExitStack() as ends:
            ours = await self._started(ends, await bridge(stage.folder, world, stage.server))
            if "statements" in asked:
                await self._statements(ours)
            raw = await self._started(ends, await floor(stage.folder, world, stage.server))
            both = [ours, raw]
            three = [*both, await self._started(ends, await relay(stage.folder, world))]
            sqlite = await self._on_sqlite(ends) if "sqlite" in asked else []
            first = [*(both if "w1" in asked else []), *sqlite]
            matches = [
                *([Match(CustomerMessage(world), first)] if first else []),
                *([Match(ChatMessage(world), both)] if "chat" in asked else []),
                *([Match(PersonAsked(world), three)] if "w2" in asked else []),
                *([Match(ClaimPressed(world, stage.options.presses), three)] if "w3" in asked else []),
                *([Match(ThreadReply(world), three)] if "w4" in asked else []),
            ]
            self._measured.workloads = await stage.play(matches, AT_ONCE)

    async def _on_sqlite(self, ends: AsyncExitStack) -> list[Subject]:
        folder, world = self._stage.folder, self._stage.world
        ours = await bridge(folder, world, None, name="bridge-sqlite")
        raw = await floor(folder, world, None, name="floor-sqlite")
        return [await self._started(ends, ours), await self._started(ends, raw)]

    async def _statements(self, subject: Subject) -> None:
        """Not timed: a log of everything is written meanwhile."""
        if self._stage.server.log is None:
            say("statements are not counted: the database server is not this measurement's own")
            return
        world = self._stage.world
        work: list[Workload] = [
            CustomerMessage(world),
            ChatMessage(world),
            PersonAsked(world),
            ClaimPressed(world, self._stage.options.presses),
            ThreadReply(world),
        ]
        for workload in work:
            for at_once in AT_ONCE:
                await workload.prepare(subject, at_once)
                async with counting(self._stage.server, subject.database) as tally:
                    served = await closed_loop(subject.port, workload.act, at_once, COUNTED)
                    await workload.settle()
                self._measured.statements[workload.name, at_once] = (len(served.latencies), tally)

    async def _recorder(self) -> None:
        options, seen = self._stage.options, self._measured
        async with Alone.open(self._stage.server, compiled_tenant()) as alone:
            for number in range(options.rounds + 1):
                for name, side in list(alone.sides.items())[:: 1 if number % 2 else -1]:
                    inbound = await alone.inbound(side, options.seconds, 32)
                    claims = await alone.claims(side, 5 * options.presses, 32)
                    if number:
                        seen.recorder.setdefault(f"inbound {name}", []).append(inbound)
                        seen.recorder.setdefault(f"claims {name}", []).append(claims)
                    say(f"recorder alone, {name}: inbound {inbound.rate:.0f}/s, claims {claims.rate:.0f}/s")
            for _ in range(RACES):
                for name, side in alone.sides.items():
                    seconds, winners = await alone.race(side)
                    if winners != 1:
                        raise RuntimeError(f"{winners} won a claim on the side of {name}")
                    seen.race.setdefault(name, []).append(seconds)

    async def _growth(self, asked: set[str]) -> None:
        if "turns" in asked:
            self._measured.turns = await growth.turns(self._stage)
        if "tenants" in asked:
            self._measured.tenants = await growth.tenants(self._stage)
        if "rows" in asked:
            self._measured.rows = await growth.rows(self._stage)

    async def _started(self, ends: AsyncExitStack, subject: Subject) -> Subject:
        await subject.start()
        ends.push_async_callback(subject.stop)
        say(f"{subject.name} is ready")
        return subject


async def run(options: Options) -> Measured:
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        async with opened() as server:
            world = await World.open()
            try:
                return await Run(Stage(Path(folder), world, server, options)).all()
            finally:
                await world.close()
