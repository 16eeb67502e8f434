"""One state of the whole: the conversation, what is in the outbox and where, what each side has seen.

Numbers stand for everything, so that states compare and hash quickly. `canonical` gives states that
differ only in which agent or which replica is called which one name. The walk goes on in `machinery`.
"""

from functools import cache
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from tests.protocol.core import Core

ORPHANED = -1
"""In the outbox only: the process that had it is dead."""

QUEUED, UNDER_WAY, DELIVERED = range(3)
"""Waiting in a lane; with the answerer or on the wire; there, and the result not yet recorded."""
SAID = DELIVERED
"""A question: answered, and the answer waits to be recorded."""

ASSISTANT, AGENT = range(2)

CLEAN, SEEN, PASSED, OUTSPOKEN, AFTER_CLAIM = 0, 1, 2, 4, 8
"""Marks of a message to the customer, one bit each: there already, by its key; something recorded later came
first; an agent's words arrived while it was on the wire; put on the wire although somebody had claimed."""

NO_CARD, OLD_CARD, TRUE_CARD = range(3)
"""What the desk shows of the open handoff, and what each agent has seen of it."""

UNPAGED, CALLED, ALARMED = range(3)


class Ask(NamedTuple):
    number: int
    at: int
    step: int
    lateness: int


class Send(NamedTuple):
    number: int
    at: int
    step: int
    author: int
    fenced: bool
    current: bool
    """Recorded under the epoch that stands."""
    mark: int


class Sync(NamedTuple):
    number: int
    at: int
    step: int
    page: bool
    """Calls the desk, as recorded."""
    urgent: bool
    """Calls the desk, as its lane has it: an update that was merged into it may have."""
    true: bool
    """Drawn under the epoch that stands."""


class State(NamedTuple):
    conversation: int
    asks: tuple[Ask, ...]
    sends: tuple[Send, ...]
    syncs: tuple[Sync, ...]
    card: int
    views: tuple[int, int]
    timers: int
    """One bit a kind."""
    answered: bool
    """Nothing was asked since the last answer."""
    paged: int
    """Whether the desk was called since the conversation last began to wait."""
    faults: int
    """How many have happened."""


Row = Ask | Send | Sync
R = TypeVar("R", Ask, Send, Sync)


def rows_of(state: State) -> list[Row]:
    return [*state.asks, *state.sends, *state.syncs]


def added(rows: tuple[R, ...], row: R) -> tuple[R, ...]:
    """Recorded last."""
    number = 1 + max((r.number for r in rows), default=-1)
    return tuple(chain(rows, (row._replace(number=number),)))


def canonical(state: State, core: Core, replicas: int) -> State:
    """The one name of all states that differ in nothing but who is called what."""
    conversation, views = _agents(state, core)
    lanes = _named(state.asks), _named(state.sends), _named(state.syncs)
    if replicas > 1:
        lanes = min(lanes, (_exchanged(state.asks), _exchanged(state.sends), _exchanged(state.syncs)))
    asks, sends, syncs = lanes
    return State(
        conversation,
        asks,
        sends,
        syncs,
        state.card,
        views,
        state.timers,
        state.answered,
        state.paged,
        state.faults,
    )


def is_symmetric(state: State) -> bool:
    """No replica has anything."""
    return all(row.at == ORPHANED for row in rows_of(state))


def _agents(state: State, core: Core) -> tuple[int, tuple[int, int]]:
    facts, (first, second) = core.facts(state.conversation), state.views
    if facts.owner == 1 or (facts.owner < 0 and first < second):
        return facts.swapped, (second, first)
    return state.conversation, state.views


@cache
def _exchanged(rows: tuple[Any, ...]) -> tuple[Any, ...]:
    exchanged = (row if row.at == ORPHANED else row._replace(at=1 - row.at) for row in rows)
    return _named(tuple(exchanged))


@cache
def _named(rows: tuple[Any, ...]) -> tuple[Any, ...]:
    """Each replica's rows in its own order, numbers without gaps."""
    kept = sorted(rows, key=lambda row: row.at)
    ranks = {number: rank for rank, number in enumerate(sorted(row.number for row in kept))}
    return tuple(row._replace(number=ranks[row.number]) for row in kept)


@cache
def without_done(rows: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    """What stays in the outbox when the results that wait at `at` are recorded."""
    return tuple(row for row in rows if row.at != at or row.step != DELIVERED)


@cache
def made_late(asks: tuple[Ask, ...], lateness: int) -> tuple[Ask, ...]:
    return tuple(row._replace(lateness=max(row.lateness, lateness)) for row in asks)


@cache
def made_old(rows: tuple[Any, ...], field: str) -> tuple[Any, ...]:
    """The epoch that they were recorded or drawn under is over."""
    return tuple(row._replace(**{field: False}) for row in rows)
