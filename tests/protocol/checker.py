"""Breadth-first through every state that can be reached; the first breach found is a shortest one.

A property that is broken is noted with the way there, and the search goes on, so that one breach hides no
other. Afterwards the graph is walked backwards: from where does nothing lead to an answer or a person?
"""

import gc
from array import array
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from bridge.domain.model import Mode
from tests.domain.play import ANA, BEN
from tests.protocol.actors import agents, assistant, clock, customer, stale
from tests.protocol.foils import REAL, Foil
from tests.protocol.machinery import crashes, processes
from tests.protocol.moves import Move, Step, World
from tests.protocol.properties import PROGRESS, PROPERTIES
from tests.protocol.scopes import Scope
from tests.protocol.state import DELIVERED, State, canonical

MOVERS = (customer, assistant, agents, stale, clock, processes, crashes)


def steps(world: World, state: State) -> Iterator[Step]:
    for mover in MOVERS:
        yield from mover(world, state)


@dataclass(slots=True)
class Report:
    scope: Scope
    states: int = 0
    transitions: int = 0
    complete: bool = True
    """The whole space was explored, not only up to the first breach."""
    traces: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """For each broken property the shortest way there, in words."""


class Exploration:
    def __init__(self, scope: Scope, foil: Foil = REAL) -> None:
        self.world = World(scope, foil)
        self._numbers: dict[State, int] = {}
        self._states: list[State] = []
        self._parents = array("l")
        self._from, self._to = array("l"), array("l")
        """The edges that may be counted on, for the walk backwards."""
        self._breaches: dict[str, tuple[int, int]] = {}

    def run(self, until: Collection[str] = ()) -> Report:
        """Explores everything; with `until` stops once all of those are seen to be broken."""
        collecting = gc.isenabled()
        gc.disable()  # a million tuples that all stay: looking through them again and again doubles the time
        try:
            return self._run(until)
        finally:
            if collecting:
                gc.enable()

    def _run(self, until: Collection[str]) -> Report:
        report = Report(self.world.scope)
        self._number(self.world.first(), -1)
        todo, seen = deque([0]), 1
        while todo and not (until and self._breaches.keys() >= set(until)):
            number = todo.popleft()
            for step in steps(self.world, self._states[number]):
                report.transitions += 1
                state = canonical(step.state, self.world.core, self.world.scope.replicas)
                to = self._number(state, number)
                if to == seen:
                    todo.append(to)
                    seen += 1
                if step.move.carries_on:
                    self._from.append(number)
                    self._to.append(to)
                for name in step.broken:
                    self._breaches.setdefault(name, (number, to))
        report.states, report.complete = len(self._states), not todo
        if report.complete:
            self._find_dead_end()
        report.traces = {name: self._trace(name) for name in PROPERTIES if name in self._breaches}
        return report

    def _number(self, state: State, parent: int) -> int:
        number = self._numbers.setdefault(state, len(self._states))
        if number == len(self._states):
            self._states.append(state)
            self._parents.append(parent)
        return number

    def _find_dead_end(self) -> None:
        """Backwards from every state in which nobody waits for anything."""
        behind = _inverted(self._from, self._to, len(self._states))
        reached = bytearray(len(self._states))
        todo = deque(n for n, state in enumerate(self._states) if not self._owed(state))
        for number in todo:
            reached[number] = True
        while todo:
            for number in behind(todo.popleft()):
                if not reached[number]:
                    reached[number] = True
                    todo.append(number)
        dead_end = reached.find(0)
        if dead_end >= 0:
            self._breaches[PROGRESS] = (self._parents[dead_end], dead_end)

    def _owed(self, state: State) -> bool:
        """The customer waits: for an answer, for a person, or for words that were recorded for them."""
        facts = self.world.core.facts(state.conversation)
        if facts.mode is Mode.WAITING or (facts.mode is Mode.ASSISTANT and facts.asking):
            return True
        return any(row.step != DELIVERED for row in state.sends)

    def _trace(self, name: str) -> tuple[str, ...]:
        """The way to a breach in words, walked again so that each agent keeps their name."""
        last, breach = self._breaches[name]
        path = [breach]
        while last >= 0:
            path.append(last)
            last = self._parents[last]
        path.reverse()
        state, words = self.world.first(), []
        for place, number in enumerate(path[1:], start=2):
            wanted = name if place == len(path) and name != PROGRESS else ""
            step = self._towards(state, self._states[number], wanted)
            words.append(_tell(step.move, replicas=self.world.scope.replicas))
            state = step.state
        return tuple(words)

    def _towards(self, state: State, target: State, breaking: str) -> Step:
        core, replicas = self.world.core, self.world.scope.replicas
        return next(
            step
            for step in steps(self.world, state)
            if canonical(step.state, core, replicas) == target and (not breaking or breaking in step.broken)
        )


def _inverted(sources: "array[int]", targets: "array[int]", size: int) -> Callable[[int], Sequence[int]]:
    """For each state those that lead to it, as one array cut at offsets."""
    offsets = array("l", bytes((size + 1) * array("l").itemsize))
    for target in targets:
        offsets[target + 1] += 1
    for number in range(size):
        offsets[number + 1] += offsets[number]
    places, behind = offsets[:], array("l", bytes(len(sources) * sources.itemsize))
    for source, target in zip(sources, targets, strict=True):
        behind[places[target]] = source
        places[target] += 1
    return lambda number: behind[offsets[number] : offsets[number + 1]]


def _tell(move: Move, *, replicas: int) -> str:
    text = move.text.format(agent=(ANA, BEN)[move.agent].name)
    return f"{text}  [replica {move.at + 1}]" if replicas > 1 else text
