"""One step of the world: who did what, and the state after it.

`World` records what happened through the core and lets everything that waits grow older by it. The moves
themselves are in `actors` (people, the AI, the clock) and `machinery` (the processes).
"""

from collections.abc import Iterator
from typing import NamedTuple

from bridge.domain.model import Author, Mode
from tests.protocol import fences
from tests.protocol.canonical import PROMISING, RULES
from tests.protocol.core import CALLBACK_ALARM, KEPT_BY, Consequence, Core
from tests.protocol.foils import Foil
from tests.protocol.happenings import IN_TIME, NEWER_MESSAGE, OWNER_CHANGED, TURN_CLOSED, What
from tests.protocol.properties import KEPT, ONE_ANSWER, PAGED, Broken
from tests.protocol.scopes import Scope
from tests.protocol.state import (
    ALARMED,
    CLEAN,
    DELIVERED,
    NO_CARD,
    OLD_CARD,
    QUEUED,
    SAID,
    TRUE_CARD,
    UNDER_WAY,
    UNPAGED,
    Ask,
    Send,
    State,
    Sync,
    added,
    is_symmetric,
    made_late,
    made_old,
    without_done,
)


class Move(NamedTuple):
    text: str
    """With `{agent}` and `{at}` where a name stands."""
    agent: int = 0
    at: int = 0
    carries_on: bool = True
    """Neither a fault nor the customer's: it may be counted on."""


class Step(NamedTuple):
    move: Move
    state: State
    broken: Broken = ()


class World:
    def __init__(self, scope: Scope, foil: Foil) -> None:
        self.scope = scope
        self.foil = foil
        self.core = Core(scope.channel, foil, PROMISING if scope.callbacks else RULES)
        self.replicas = range(scope.replicas)

    def places(self, state: State) -> range:
        """Where something may happen; while the replicas are alike, one stands for both."""
        if len(self.replicas) > 1 and is_symmetric(state):
            return range(1)
        return self.replicas

    def first(self) -> State:
        return State(self.core.first, (), (), (), NO_CARD, (NO_CARD, NO_CARD), 0, True, UNPAGED, 0)

    def record(self, state: State, at: int, what: What, move: Move) -> Iterator[Step]:
        """One commit at replica `at`; the results of effects that wait there are part of it."""
        change = self.core.decide(state.conversation, what)
        if change.asks and len(state.asks) >= self.scope.asks:
            return
        broken = change.broken
        if state.answered and what.name == "answer" and Author.ASSISTANT in change.said:
            broken = (*broken, ONE_ANSWER)
        after = self._after(settled(state, at), change, what)
        for send in change.sends:
            after = after._replace(sends=added(after.sends, Send(0, at, QUEUED, *send, CLEAN)))
        for page in change.pages if self.scope.desk else ():
            after = after._replace(syncs=added(after.syncs, Sync(0, at, QUEUED, page, page, False)))
        if len(after.sends) > self.scope.sends or len(after.syncs) > self.scope.syncs:
            return
        if not change.asks:
            yield self.step(move, after, broken)
            return
        asked = Ask(1 + max((row.number for row in after.asks), default=-1), at, QUEUED, IN_TIME)
        for asks in self.dispatched(after.asks, asked):
            yield self.step(move, after._replace(asks=asks), broken)

    def step(self, move: Move, state: State, broken: Broken = ()) -> Step:
        """Adds what the new state breaks by itself."""
        facts = self.core.facts(state.conversation)
        if self.scope.desk and facts.mode is Mode.WAITING and state.paged == UNPAGED:
            pending = (row for row in state.syncs if row.step != DELIVERED)
            if not any(row.urgent or state.card == NO_CARD for row in pending):
                broken = (*broken, PAGED)
        if facts.booked and not state.timers >> CALLBACK_ALARM & 1:
            broken = (*broken, KEPT)
        return Step(move, state, broken)

    def _after(self, state: State, change: Consequence, what: What) -> State:
        """What waited was recorded before this commit: it may be too late now."""
        facts = self.core.facts(change.conversation)
        asks, sends, syncs, card, views = state.asks, state.sends, state.syncs, state.card, state.views
        if change.owner_moved:
            asks, sends = made_late(asks, OWNER_CHANGED), made_old(sends, "current")
            syncs, card = made_old(syncs, "true"), min(card, OLD_CARD)
            views = min(views[0], OLD_CARD), min(views[1], OLD_CARD)
        elif change.turn_moved:
            asks = made_late(asks, TURN_CLOSED)
        elif change.asked_moved:
            asks = made_late(asks, NEWER_MESSAGE)
        if change.new_handoff or not facts.handed_off:
            syncs, card, views = (), NO_CARD, (NO_CARD, NO_CARD)
        elif change.moved_desk:  # the card that is left behind is nobody's to work with
            card, views = NO_CARD, (NO_CARD, NO_CARD)
        if not self.scope.desk and facts.handed_off:
            card, views = TRUE_CARD, (TRUE_CARD, TRUE_CARD)
        return State(
            conversation=change.conversation,
            asks=asks,
            sends=sends,
            syncs=syncs,
            card=card,
            views=views,
            timers=self._timers(state.timers, change),
            answered=_answered(state, change, what, facts.mode),
            paged=_paged(state, change, what, facts.mode),
            faults=state.faults,
        )

    def _timers(self, timers: int, change: Consequence) -> int:
        for index, is_set in change.timers:
            if self.scope.desk or index in KEPT_BY:
                timers = timers | 1 << index if is_set else timers & ~(1 << index)
        return timers

    def dispatched(self, asks: tuple[Ask, ...], row: Ask) -> Iterator[tuple[Ask, ...]]:
        """A question comes to a process that may be thinking about another one of the conversation.

        One that is given up may have been answered a moment before: both are explored.
        """
        present = next((r for r in asks if r.at == row.at and r.step != SAID), None)
        if present is None:
            yield (*asks, row)
            return
        gone = fences.given_up(present.number, row.number)
        kept = tuple(r for r in (*asks, row) if r.number not in gone)
        yield kept
        if present.number in gone and present.step == UNDER_WAY:
            said = present._replace(step=SAID)
            yield tuple(said if r is present else r for r in (*asks, row) if r is present or r in kept)


def _answered(state: State, change: Consequence, what: What, mode: Mode) -> bool:
    """Whether nothing was asked since the last answer; what a person has dealt with counts as answered."""
    if what.name == "answer" and Author.ASSISTANT in change.said:
        return True
    if mode is not Mode.ASSISTANT:
        return True
    return state.answered and what.name not in ("writes", "wants a person")


def _paged(state: State, change: Consequence, what: What, mode: Mode) -> int:
    if change.owner_moved or mode is not Mode.WAITING:
        return UNPAGED
    return ALARMED if what.name == "undeliverable" and state.paged == UNPAGED else state.paged


def settled(state: State, at: int) -> State:
    """The results that wait at a process are recorded with its next commit."""
    sends, syncs = without_done(state.sends, at), without_done(state.syncs, at)
    if len(sends) == len(state.sends) and len(syncs) == len(state.syncs):
        return state
    return state._replace(sends=sends, syncs=syncs)
