"""What every part of a run is given: where to put things, the world, the database server, what was asked."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.load.world import World
from bench.meters.postgres import Server
from bench.options import Options
from bench.rounds import Match, Results, play


@dataclass(frozen=True, slots=True)
class Stage:
    folder: Path
    world: World
    server: Server
    options: Options

    async def play(self, matches: Sequence[Match], at_once: Sequence[int]) -> Results:
        options = self.options
        return await play(matches, options.rounds, options.seconds, at_once, say)


def say(words: str) -> None:
    """Progress, beside the result."""
    print(words, file=sys.stderr, flush=True)
