"""The check looks at conversations in canonical form: whatever follows must be the same as without it."""

from collections import deque
from dataclasses import replace
from functools import cache
from typing import Any

from bridge.domain.decide import Decision, Snapshot, decide
from bridge.domain.events import Event
from bridge.domain.model import Conversation
from tests.domain.play import START
from tests.protocol.canonical import RULES, canonical
from tests.protocol.core import CUSTOMER, LATER, TIMERS, Core
from tests.protocol.foils import REAL
from tests.protocol.happenings import (
    EPOCH,
    FAILED,
    HANDOFF,
    NEWER_MESSAGE,
    OLDER_EPOCH,
    OLDER_HANDOFF,
    OLDER_QUESTION,
    OLDER_TURN,
    OWNER_CHANGED,
    PRESSES,
    QUESTION,
    SURE,
    TURN,
    TURN_CLOSED,
    UNSURE,
    What,
    event_of,
)

NEVER = 10**6
HAPPENINGS = (
    *(What(name) for name in ("writes", "wants a person", "accepts", "declines", "closes", "undeliverable")),
    *(What(name, agent) for name in (*PRESSES, "line", "elsewhere") for agent in (0, 1)),
    *(What("answer", result=result) for result in (SURE, UNSURE, FAILED)),
    *(What("answer", lateness=lateness) for lateness in (NEWER_MESSAGE, TURN_CLOSED, OWNER_CHANGED)),
    *(What("ring", kind, late=True) for kind in range(len(TIMERS))),
)


def test_what_follows_from_the_canonical_form_is_the_canonical_form_of_what_follows() -> None:
    """Every happening after every way into every canonical form, with the conversation's own numbers."""
    core = Core("api", REAL)
    first = replace(core.conversation(core.first), epoch=0, seq=1, turn=1)
    todo, known = deque([first]), set[tuple[Conversation, What]]()
    while todo:
        real = todo.popleft()
        short = canonical(real)
        for what in HAPPENINGS:
            event = event_of(short, what)
            expected, found = _follows(real, _renamed(event, real), what), _remembered(short, event, what)
            assert canonical(found.conversation or short) == canonical(expected.conversation or real)
            assert _seen(found, short) == _seen(expected, real)
            if expected.conversation is not None and (short, what) not in known:
                known.add((short, what))
                todo.append(expected.conversation)
    assert len(known) > 100


def _follows(conversation: Conversation, event: Event, what: What) -> Decision:
    return decide(Snapshot(conversation, CUSTOMER), event, RULES, LATER if what.late else START)


_remembered = cache(_follows)


def _renamed(event: Event, real: Conversation) -> Event:
    """The same event under the conversation's own numbers."""
    number = real.handoff.number if real.handoff else NEVER
    names: dict[str, dict[int, int]] = {
        "epoch": {EPOCH: real.epoch, OLDER_EPOCH: real.epoch - 1},
        "turn": {TURN: real.turn, OLDER_TURN: real.turn - 1},
        "upto": {QUESTION: real.asked or NEVER, OLDER_QUESTION: NEVER + 1},
        "handoff": {HANDOFF: number, OLDER_HANDOFF: number - 1},
    }
    given_: dict[str, Any] = {f: names[f][getattr(event, f)] for f in names if hasattr(event, f)}
    return replace(event, **given_)


def _seen(decision: Decision, before: Conversation) -> object:
    """Everything that the check looks at, numbers taken relative to where they began."""
    after = decision.conversation or before
    return (
        decision.outcome.kind is decision.outcome.kind.RECORDED,
        after.epoch - before.epoch,
        after.turn - before.turn,
        [(entry.kind, entry.author) for entry in decision.entries],
        [
            (type(effect), effect.epoch - before.epoch, getattr(effect, "page", None))
            for effect in decision.effects
        ],
        [(timer.kind, timer.due is not None) for timer in decision.timers],
        [(row.action, row.before, row.after) for row in decision.audit],
    )
