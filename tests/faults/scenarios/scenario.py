"""What a scenario is, and the list of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module

from tests.faults.scenarios.ground import Ground

Play = Callable[[Ground], Awaitable[str]]
"""Gives back what was seen; fails by an assertion or a time-out."""


@dataclass(frozen=True, slots=True)
class Scenario:
    number: int
    done: str
    """What breaks, in a few words."""
    play: Play

    @property
    def name(self) -> str:
        return f"{self.number}-{self.play.__name__}"


PARTS = ("deaths", "inbound", "presses", "answerer", "slack", "losses", "clocks", "databases", "disks")
SCENARIOS: list[Scenario] = []


def scenario(number: int, done: str) -> Callable[[Play], Play]:
    def keep(play: Play) -> Play:
        SCENARIOS.append(Scenario(number, done, play))
        return play

    return keep


def plays() -> list[Scenario]:
    """All, by number."""
    for part in PARTS:
        import_module(f"tests.faults.scenarios.{part}")
    return sorted(SCENARIOS, key=lambda each: each.number)
