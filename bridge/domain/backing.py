"""What must be recorded for a notice to be true. A notice without it is refused before it can be said.

Every notice of the bridge to a customer states something: that somebody was called, has joined, will get
back at a time. Each is checked against what the same commit records, when the decision is complete.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from bridge.domain.callback import CallbackState
from bridge.domain.model import AWAY, Conversation, Ending, Handoff, LineState, Mode
from bridge.domain.notices import Moment, NoticeFact, NoticeName

Facts = Mapping[str, NoticeFact]


class Unbacked(Exception):
    """A notice would state what no row backs."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What one decision records, as far as notices are concerned."""

    conversation: Conversation
    paged: Collection[int]
    """Handoffs whose desk this decision calls."""
    facts: Facts


def missing(notice: NoticeName, ground: Ground) -> str:
    """What is missing for the notice to be true, in words for a developer; empty when nothing is."""
    return BACKING[notice](ground)


def _waiting(ground: Ground) -> str:
    handoff = ground.conversation.open_handoff
    if ground.conversation.mode is not Mode.WAITING or handoff is None:
        return "no handoff waits"
    return "" if handoff.number in ground.paged else "nobody is called"


def _away(ground: Ground) -> str:
    handoff = ground.conversation.open_handoff
    if ground.conversation.mode is not Mode.WAITING or handoff is None:
        return "no handoff waits"
    start = ground.facts.get("start")
    told = start.at.isoformat() if isinstance(start, Moment) else AWAY
    return "" if handoff.told_away == told else "when somebody is back is not on the handoff"


def _joined(ground: Ground) -> str:
    owner = ground.conversation.owner
    return "" if owner and owner.name == ground.facts.get("agent") else "nobody of that name owns it"


def _released(ground: Ground) -> str:
    handoff, stretch = ground.conversation.handoff, ground.conversation.stretch
    if ground.conversation.mode is not Mode.ASSISTANT or not handoff or handoff.ending is not Ending.RELEASED:
        return "nothing was released"
    agent = ground.facts.get("agent")
    return "" if not agent or (stretch and stretch.agent == agent) else "nobody of that name was there"


def _lapsed(ground: Ground) -> str:
    handoff = ground.conversation.open_handoff
    if handoff is None or handoff.owner is not None or handoff.lapsed_from != ground.facts.get("agent"):
        return "no claim of theirs ran out"
    return _waiting(ground)


def _passed_on(ground: Ground) -> str:
    handoff = ground.conversation.open_handoff
    passed = handoff.transferred if handoff and handoff.owner is None else None
    if passed is None or not passed.to_desk or passed.by != ground.facts.get("agent"):
        return "nobody of that name has passed it on"
    return _waiting(ground)


def _changed(state: LineState) -> Callable[[Ground], str]:
    def check(ground: Ground) -> str:
        changed = any(line.state is state for line in ground.conversation.lines)
        return "" if changed else f"no line is {state}"

    return check


def _offer(ground: Ground) -> str:
    return "" if ground.conversation.offer else "nothing is on offer"


def _nothing_stated(ground: Ground) -> str:
    return "" if ground.conversation.mode is Mode.ASSISTANT else "the assistant is not there"


def _gave_up(ground: Ground) -> str:
    handoff = ground.conversation.open_handoff
    return "" if handoff and handoff.gave_up_at else "nothing says that nobody came"


def _closed(ground: Ground) -> str:
    return "" if ground.conversation.mode is Mode.CLOSED else "it is not closed"


def _times(ground: Ground) -> str:
    times, said = ground.conversation.times, ground.facts.get("times")
    if times is None or not times.slots:
        return "no times are on offer"
    listed = tuple(each.at for each in said if isinstance(each, Moment)) if isinstance(said, tuple) else ()
    return "" if not listed or listed == times.slots else "other times are on offer"


def _no_times(ground: Ground) -> str:
    return "" if ground.conversation.times is None else "there are times on offer"


def _ask_reach(ground: Ground) -> str:
    times, when = ground.conversation.times, ground.facts.get("when")
    chosen = times.chosen if times else None
    return "" if chosen and isinstance(when, Moment) and when.at == chosen else "no time is chosen"


def _callback(*states: CallbackState) -> Callable[[Ground], str]:
    def check(ground: Ground) -> str:
        callback, when = ground.conversation.callback, ground.facts.get("when")
        if callback is None or callback.state not in states:
            return f"no callback is {' or '.join(states)}"
        return (
            "" if isinstance(when, Moment) and when.at == callback.at else "the callback is at another time"
        )

    return check


def _due(ground: Ground) -> str:
    return _callback(CallbackState.DUE)(ground) or _waiting(ground)


def _settled(ground: Ground) -> str:
    callback = ground.conversation.callback
    if callback and callback.by and callback.by != ground.facts.get("agent"):
        return "somebody else kept it"
    return _callback(CallbackState.KEPT)(ground)


BACKING: Mapping[NoticeName, Callable[[Ground], str]] = {
    "waiting": _waiting,
    "waiting_off_duty": _away,
    "joined": _joined,
    "released": _released,
    "offer": _offer,
    "clarify": _nothing_stated,
    "gave_up": _gave_up,
    "lapsed": _lapsed,
    "passed_on": _passed_on,
    "correction": _changed(LineState.CORRECTED),
    "withdrawn": _changed(LineState.WITHDRAWN),
    "closed": _closed,
    "times": _times,
    "times_gone": _times,
    "no_times": _no_times,
    "ask_reach": _ask_reach,
    "booked": _callback(CallbackState.BOOKED),
    "cancelled": _callback(CallbackState.CANCELLED),
    "callback_due": _due,
    "callback_missed": _callback(CallbackState.MISSED),
    "callback_settled": _settled,
}

__all__ = ["BACKING", "Ground", "Handoff", "Unbacked", "missing"]
