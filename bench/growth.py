"""Growth: what one message costs when there is much of everything, against when there is little.

Three kinds of much: rows of other conversations in the database, tenants, and turns of one conversation.
`few` and `many` are two bridges, or two conversations of one bridge, measured in turn.
"""

import asyncio
from collections.abc import Sequence

from bench.fill import fill
from bench.load.agents import ClaimPressed
from bench.load.customers import CustomerMessage, converse
from bench.load.wire import Line
from bench.load.workload import Target, Workload, next_customer
from bench.load.world import World
from bench.rounds import Match, Results
from bench.stage import Stage, say
from bench.subjects.bridge import bridge
from bench.subjects.subject import Subject

PRESSES = 60
"""Claims of one window: with ten desks, each takes a post a second."""
FEW = 10
"""Tenants."""
TALKS = 4
"""Conversations that have gone on for long."""


async def rows(stage: Stage) -> Results:
    """The same bridge beside few and beside many other conversations, ten messages each."""
    subjects = []
    for name, size in zip(("few", "many"), stage.options.growth, strict=True):
        subject = await _started(stage, name, FEW)
        await fill(subject, stage.world, size)
        subjects.append(subject)
    return await _compared(stage, subjects, FEW)


async def tenants(stage: Stage) -> Results:
    """A bridge that serves ten tenants, and one that serves many; all are busy."""
    many = stage.options.tenants
    subjects = [await _started(stage, name, number) for name, number in (("few", FEW), ("many", many))]
    return await _compared(stage, subjects, many)


async def turns(stage: Stage) -> Results:
    """One bridge: the first message of new conversations, and the next one of some with many turns."""
    subject = await _started(stage, "turns", FEW)
    try:
        old = OldTalk(stage.world, stage.options.turns)
        await old.begin(subject)
        say(f"{TALKS} conversations of {stage.options.turns} turns are there")
        new = CustomerMessage(stage.world, FEW, turns=1)
        new.name = "turn 1"
        return await stage.play([Match(new, [subject]), Match(old, [subject])], (TALKS, 1))
    finally:
        await subject.stop()


async def _started(stage: Stage, name: str, tenants: int) -> Subject:
    subject = await bridge(stage.folder, stage.world, stage.server, name=name, tenants=tenants)
    await subject.start()
    return subject


async def _compared(stage: Stage, subjects: Sequence[Subject], spread: int) -> Results:
    work: list[Workload] = [
        CustomerMessage(stage.world, spread),
        ClaimPressed(stage.world, PRESSES, spread),
    ]
    try:
        return await stage.play([Match(each, subjects) for each in work], (32, 1))
    finally:
        for subject in subjects:
            await subject.stop()


class OldTalk:
    """W1 in conversations that have gone on for long."""

    def __init__(self, world: World, turns: int) -> None:
        self.name = "turn many"
        self._world = world
        self._turns = turns
        self._customers: list[int] = []
        self._written: dict[int, int] = {}

    async def begin(self, target: Target) -> None:
        """Plays them up to where they are wanted: takes a while."""
        self._customers = [next_customer() for _ in range(TALKS)]
        self._written = dict.fromkeys(self._customers, 0)
        await asyncio.gather(*(self._talk(target, number) for number in range(TALKS)))

    async def _talk(self, target: Target, number: int) -> None:
        line = await Line.open(target.port)
        for _ in range(self._turns):
            await self.act(line, number)
        line.close()

    async def prepare(self, target: Target, at_once: int) -> None:
        """They are there already."""

    async def act(self, line: Line, number: int) -> None:
        customer = self._customers[number]
        written = self._written[customer]
        self._written[customer] = written + 1
        await converse(self._world, line, customer, written, FEW)

    async def settle(self) -> None:
        await self._world.quiet()
