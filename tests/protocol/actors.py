"""What people, the AI and the clock may do in a state: every move that the world allows them.

Of what leaves ownership alone nothing is played: lines of those who are not the owner, a waiting
customer's further messages, the notes about them.
"""

from collections.abc import Iterator

from bridge.domain.events import TimerKind
from bridge.domain.model import Mode
from tests.protocol.core import REMINDER, TIMERS
from tests.protocol.happenings import FAILED, IN_TIME, SURE, UNSURE, What
from tests.protocol.moves import Move, Step, World
from tests.protocol.properties import SILENCE, STALE_PRESS
from tests.protocol.state import OLD_CARD, QUEUED, SAID, TRUE_CARD, UNDER_WAY, Ask, State

PRESSES = {
    "claim": "Claim",
    "send": "Send suggested",
    "release": "Release",
    "transfer": "Transfer to the colleague",
    "pass on": "Transfer to another desk",
    "take over": "Take over",
}
ANSWERS = {SURE: "sure answer", UNSURE: "unsure answer", FAILED: "failure"}
LATE = {SURE: "late answer"}


def customer(world: World, state: State) -> Iterator[Step]:
    facts = world.core.facts(state.conversation)
    moves = []
    if facts.mode in (Mode.ASSISTANT, Mode.CLOSED):
        moves += ["writes", "wants a person"]
    if facts.offered:
        moves += ["accepts", "declines"]
    if facts.mode is not Mode.CLOSED:
        moves.append("closes")
    if world.scope.callbacks:
        moves += ["asks for times"] if facts.mode is Mode.WAITING and not facts.times else []
        moves += ["chooses"] if facts.times else []
        moves += ["cancels"] if facts.booked else []
    words = {
        "accepts": "accepts the offer",
        "declines": "declines the offer",
        "closes": "closes the chat",
        "chooses": "chooses a time",
        "cancels": "cancels the callback",
    }
    for at in world.places(state):
        for name in moves:
            move = Move(f"the customer {words.get(name, name)}", at=at, carries_on=False)
            yield from world.record(state, at, What(name), move)


def assistant(world: World, state: State) -> Iterator[Step]:
    """The AI answers what it was asked, in time or too late, well or badly."""
    for row in state.asks:
        if row.step == QUEUED:
            continue
        if world.foil.checks_first:
            yield from _checked_then_sent(world, state, row)
            continue
        rest = state._replace(asks=tuple(r for r in state.asks if r is not row))
        for result, words in ANSWERS.items() if row.lateness == IN_TIME else LATE.items():
            what = What("answer", lateness=row.lateness, result=result)
            yield from world.record(
                rest, row.at, what, Move(f"the assistant's {words} is recorded", at=row.at)
            )


def _checked_then_sent(world: World, state: State, row: Ask) -> Iterator[Step]:
    """The foil: no lock and no epoch between the look at the owner and the sending."""
    mode = world.core.facts(state.conversation).mode
    rest = tuple(r for r in state.asks if r is not row)
    if row.step == UNDER_WAY and mode is Mode.ASSISTANT:
        checked = state._replace(asks=(*rest, row._replace(step=SAID)))
        yield world.step(Move("the answer is there, and nobody has claimed", at=row.at), checked)
    elif row.step == SAID:
        broken = (SILENCE,) if mode is Mode.HUMAN else ()
        sent = state._replace(asks=rest)
        yield world.step(Move("the answer is sent to the customer", at=row.at), sent, broken)


def agents(world: World, state: State) -> Iterator[Step]:
    facts = world.core.facts(state.conversation)
    views = state.views if world.scope.looks else (state.card, state.card)
    alike = facts.owner < 0 and views[0] == views[1]
    for agent, view in enumerate(views[:1] if alike else views):
        if view != state.card:
            yield world.step(
                Move("{agent} looks at the card", agent), _seeing(world, state, agent, state.card)
            )
        for at in world.places(state):
            if facts.handed_off:
                yield from _presses(world, state, agent, at, view)
            if facts.owner == agent:
                yield from world.record(state, at, What("line", agent), Move("{agent} writes", agent, at))
            if world.scope.elsewhere and facts.owner != agent:
                move = Move("{agent} answers the customer by another route", agent, at, carries_on=False)
                yield from world.record(state, at, What("elsewhere", agent), move)


def _presses(world: World, state: State, agent: int, at: int, view: int) -> Iterator[Step]:
    if view == OLD_CARD:  # every other press on it is tried by `stale`
        move = Move("{agent} presses Claim on an older card, and is shown the new one", agent, at)
        shown = _seeing(world, state, agent, TRUE_CARD)._replace(card=TRUE_CARD)
        yield from world.record(shown, at, What("claim", agent, stale=True), move)
    if view == TRUE_CARD:
        for name, button in PRESSES.items():
            move = Move(f"{{agent}} presses {button}", agent, at)
            yield from world.record(state, at, What(name, agent), move)


def _seeing(world: World, state: State, agent: int, card: int) -> State:
    if not world.scope.looks:
        return state
    first, second = state.views
    return state._replace(views=(card, second) if agent == 0 else (first, card))


def stale(world: World, state: State) -> Iterator[Step]:
    """What would not change anything is not played; whatever does change something is a breach."""
    for what in world.core.obeyed(state.conversation):
        if what.name == "ring":
            move = Move(f"an old alarm rings ({TIMERS[what.who]}), and it counts")
        else:
            handoff = " of an older handoff" if what.older else ""
            move = Move(
                f"{{agent}} presses {PRESSES[what.name]} on an older card{handoff}, and it counts", what.who
            )
        yield Step(move, state, (STALE_PRESS,))


def clock(world: World, state: State) -> Iterator[Step]:
    """An alarm rings once, at one of the replicas; a second ring has the same key."""
    for index, kind in enumerate(TIMERS):
        if not state.timers >> index & 1:
            continue
        rung = state._replace(timers=state.timers & ~(1 << index))
        for at in world.places(state):
            move = Move(_ALARMS[kind], at=at)
            late = index != REMINDER  # which is only one before the time
            yield from world.record(rung, at, What("ring", index, late=late), move)


_ALARMS = {
    TimerKind.REPEAT_PAGE: "the page is repeated",
    TimerKind.GIVE_UP: "nobody came in time: the customer is told",
    TimerKind.FALLBACK: "another desk is called",
    TimerKind.LEASE: "the claim runs out",
    TimerKind.REMINDER: "the desk is reminded of the callback",
    TimerKind.CALLBACK: "the callback's time has come",
}
