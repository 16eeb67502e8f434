"""What the processes do: carry what waits in their lanes, die at any moment, take over from the dead.

The lanes are modelled: in memory, in order, one at a time, card updates merged. Whether something may
leave is asked of the real dispatcher (`fences`).
"""

import math
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

from bridge.domain.model import Mode
from tests.protocol import fences
from tests.protocol.happenings import What
from tests.protocol.moves import Move, Step, World, settled
from tests.protocol.properties import ORDER, SILENCE, Broken
from tests.protocol.state import (
    AFTER_CLAIM,
    AGENT,
    ALARMED,
    ASSISTANT,
    CALLED,
    CLEAN,
    DELIVERED,
    NO_CARD,
    OLD_CARD,
    ORPHANED,
    OUTSPOKEN,
    PASSED,
    QUEUED,
    SEEN,
    TRUE_CARD,
    UNDER_WAY,
    UNPAGED,
    Send,
    State,
    Sync,
    added,
    rows_of,
)


def processes(world: World, state: State) -> Iterator[Step]:
    for at in world.places(state):
        yield from _ask(world, state, at)
        yield from _send(world, state, at)
        yield from _sync(world, state, at)
        if settled(state, at) != state:
            yield world.step(Move("what was delivered is recorded as done", at=at), settled(state, at))
        yield from _sweep(world, state, at)
    if state.paged == ALARMED:
        again = added(state.syncs, Sync(0, ORPHANED, QUEUED, True, True, False))
        if len(again) <= world.scope.syncs:
            retried = state._replace(syncs=again, paged=UNPAGED)
            yield world.step(Move("the operator sends the parked card again"), retried)


def _ask(world: World, state: State, at: int) -> Iterator[Step]:
    row = next((r for r in state.asks if r.at == at and r.step == QUEUED), None)
    if row is None:
        return
    if fences.still_asked(world.core.conversation(state.conversation), row.lateness):
        asks = tuple(r._replace(step=UNDER_WAY) if r is row else r for r in state.asks)
        yield world.step(Move("the assistant is asked", at=at), state._replace(asks=asks))
    else:
        asks = tuple(r for r in state.asks if r is not row)
        yield world.step(
            Move("a question is dropped: something came first", at=at), state._replace(asks=asks)
        )


# the customer's lane


def _send(world: World, state: State, at: int) -> Iterator[Step]:
    row = next((r for r in state.sends if r.at == at and r.step != DELIVERED), None)
    if row is None:
        return
    whose = "the agent's words" if row.author == AGENT else "the assistant's words"
    if row.step == UNDER_WAY:
        after, broken = _arrive(state, row)
        yield world.step(Move(f"{whose} reach the customer", at=at), after, broken)
        return
    if world.foil.in_turn and _behind(state, row) and fences.waits_its_turn():
        return
    fenced = row.fenced and world.foil.guards_epoch
    conversation = world.core.conversation(state.conversation)
    if fences.passes_fence(conversation, fenced=fenced, current=row.current):
        claimed = world.core.facts(state.conversation).mode is Mode.HUMAN
        mark = AFTER_CLAIM if claimed and row.author == ASSISTANT else CLEAN
        sent = row._replace(step=UNDER_WAY, mark=row.mark | mark)
        yield world.step(Move(f"{whose} are on the wire", at=at), _changed(state, row, sent))
    else:
        sends = tuple(r for r in state.sends if r is not row)
        yield world.step(Move(f"{whose} are withheld", at=at), state._replace(sends=sends))


def _arrive(state: State, row: Send) -> tuple[State, Broken]:
    """Words that come a second time carry the same key: they are nothing new."""
    broken: Broken = ()
    if row.mark & (OUTSPOKEN | AFTER_CLAIM):
        broken = (SILENCE,)
    if row.mark & PASSED and not row.mark & SEEN:
        broken = (*broken, ORDER)
    there = row._replace(step=DELIVERED, mark=row.mark | SEEN)
    sends = tuple(there if r is row else _passed(r, row) for r in state.sends)
    return state._replace(sends=sends), broken


def _passed(row: Send, by: Send) -> Send:
    mark = row.mark
    if row.number < by.number and row.step != DELIVERED:
        mark |= PASSED
    if row.author == ASSISTANT and row.step == UNDER_WAY and by.author == AGENT:
        mark |= OUTSPOKEN
    return row._replace(mark=mark)


def _behind(state: State, row: Send) -> bool:
    """Another process, alive or dead, has something earlier for the customer."""
    return any(r.number < row.number and r.at != row.at for r in state.sends)


def _changed(state: State, row: Send, into: Send) -> State:
    return state._replace(sends=tuple(into if r is row else r for r in state.sends))


# the desk's lane


def _sync(world: World, state: State, at: int) -> Iterator[Step]:
    lane = [r for r in state.syncs if r.at == at and r.step != DELIVERED]
    if not lane:
        return
    if lane[0].step == UNDER_WAY:
        yield world.step(Move("the card arrives at the desk", at=at), _shown(state, at))
        return
    yield world.step(Move("the card is drawn and sent", at=at), _drawn(state, lane))
    if state.faults < world.scope.faults:
        refused = state._replace(
            syncs=tuple(r for r in state.syncs if r is not lane[0]), faults=state.faults + 1
        )
        move = Move("the desk refuses the card for good", at=at, carries_on=False)
        yield from world.record(refused, at, What("undeliverable"), move)


def _drawn(state: State, lane: list[Sync]) -> State:
    """Updates that wait are one: it is drawn from the newest state and calls the desk for all of them."""
    *older, newest = lane
    urgent = any(row.urgent for row in lane)
    step = DELIVERED if fences.merging_settles_at_once() else UNDER_WAY
    after = {row: row._replace(step=step, urgent=urgent, true=True) for row in older}
    after[newest] = newest._replace(step=UNDER_WAY, urgent=urgent, true=True)
    return state._replace(syncs=tuple(after.get(row, row) for row in state.syncs))


def _shown(state: State, at: int) -> State:
    """A first card calls the desk by being posted; a later one when it says so."""
    there = [r for r in state.syncs if r.at == at and r.step == UNDER_WAY]
    calls = state.card == NO_CARD or there[0].urgent
    paged = CALLED if calls and state.paged == UNPAGED else state.paged
    syncs = tuple(r._replace(step=DELIVERED) if r in there else r for r in state.syncs)
    return state._replace(syncs=syncs, paged=paged, card=TRUE_CARD if there[0].true else OLD_CARD)


# death and after


def crashes(world: World, state: State) -> Iterator[Step]:
    """`kill -9` at any moment; what was on the wire has arrived or not."""
    if state.faults >= world.scope.faults:
        return
    for at in world.places(state):
        if not any(row.at == at for row in rows_of(state)):
            continue
        for arrived, there, broken in _wire_empties(state, at):
            after = _orphaned(there._replace(faults=state.faults + 1), at)
            text = "dies; what was on the wire arrives" if arrived else "dies"
            if world.scope.gap or not world.foil.sweeps:
                yield world.step(Move(text, at=at, carries_on=False), after, broken)
                continue
            move = Move(f"{text}; starts again and takes over", at=at, carries_on=False)
            for taken in _taken_over(world, after, at):
                yield world.step(move, taken, broken)


def _wire_empties(state: State, at: int) -> Iterator[tuple[bool, State, Broken]]:
    sends = [r for r in state.sends if r.at == at and r.step == UNDER_WAY]
    shows = any(r.at == at and r.step == UNDER_WAY for r in state.syncs)
    for said, shown in product((False, True) if sends else (False,), (False, True) if shows else (False,)):
        after, broken = _arrive(state, sends[0]) if said else (state, ())
        yield said or shown, _shown(after, at) if shown else after, broken


def _orphaned(state: State, at: int) -> State:
    return state._replace(
        asks=tuple(r._replace(at=ORPHANED, step=QUEUED) if r.at == at else r for r in state.asks),
        sends=tuple(
            r._replace(at=ORPHANED, step=QUEUED, mark=r.mark & (SEEN | PASSED)) if r.at == at else r
            for r in state.sends
        ),
        syncs=tuple(
            r._replace(at=ORPHANED, step=QUEUED, urgent=r.page, true=False) if r.at == at else r
            for r in state.syncs
        ),
    )


def _sweep(world: World, state: State, at: int) -> Iterator[Step]:
    orphans = any(row.at == ORPHANED for row in rows_of(state))
    if orphans and world.foil.sweeps:
        for after in _taken_over(world, state, at):
            if after != state:
                yield world.step(Move("takes over what the dead process left", at=at), after)


def _taken_over(world: World, state: State, at: int) -> Iterator[State]:
    """In the order in which it was recorded."""
    state = state._replace(sends=_lane_taken(state.sends, at), syncs=_lane_taken(state.syncs, at))
    free = _free(state.asks, at)
    ways = [tuple(r for r in state.asks if r not in free)]
    for orphan in free:
        ways = [asks for way in ways for asks in world.dispatched(way, orphan._replace(at=at))]
    for asks in ways:
        yield state._replace(asks=asks)


@cache
def _lane_taken(rows: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    """Behind what waits in this process already, or before it: as the real lanes do."""
    free = _free(rows, at)
    mine = [r for r in rows if r.at == at and r.step == QUEUED] if fences.taken_over_goes_first() else []
    kept = [r for r in rows if r not in free and r not in mine]
    return (*kept, *sorted([*mine, *(r._replace(at=at) for r in free)]))


@cache
def _free(rows: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    """Orphans, but none past a row that a living process has: that one would be overtaken."""
    held = min((r.number for r in rows if r.at not in (at, ORPHANED)), default=math.inf)
    return tuple(sorted(r for r in rows if r.at == ORPHANED and r.number < held))
