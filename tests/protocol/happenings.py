"""What can happen to a conversation, named shortly, and the event of the core that each stands for.

The fixed numbers are those of a conversation in canonical form (`core`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from bridge.domain import events
from bridge.domain.answer import Answer, ToolFailure
from bridge.domain.events import OF_THE_OWNER, Event, Opening, TimerKind
from bridge.domain.model import Conversation
from bridge.domain.signals import Signal
from tests.domain.play import ANA, BEN, START

EPOCH, OLDER_EPOCH = 7, 6
TURN, OLDER_TURN = 7, 6
SEQ, QUESTION, OLDER_QUESTION, NO_MESSAGE = 100, 50, 40, 0
HANDOFF, OLDER_HANDOFF = 2, 1
DESK, OTHER_DESK = "support", "sales"
"""The tenant's own, which stands in where the other can't be reached, and the other."""

IN_TIME, NEWER_MESSAGE, TURN_CLOSED, OWNER_CHANGED = range(4)
"""How late an answer is: what moved on since the AI was asked."""

RESULTS = (
    Answer("The assistant's answer.", 0.95),
    Answer("The assistant's guess.", 0.3),
    ToolFailure("HTTP 500"),
)
SURE, UNSURE, FAILED = range(3)


class What(NamedTuple):
    name: str
    who: int = 0
    """The agent, or which timer rings."""
    lateness: int = IN_TIME
    result: int = SURE
    stale: bool = False
    """Pressed on a card of an older epoch, or an alarm set under one."""
    older: bool = False
    """Pressed on the card of an older handoff."""
    late: bool = False
    """The lease's time has passed."""


def event_of(conversation: Conversation, what: What) -> Event:
    ids: dict[str, Any] = {"tenant": conversation.tenant, "conversation": conversation.id}
    if what.name in _CUSTOMER:
        opening = Opening(conversation.channel, conversation.external, conversation.customer)
        return _CUSTOMER[what.name](opening=opening, **ids)
    if what.name == "answer":
        return _answer(ids, what)
    if what.name == "ring":
        kind = tuple(TimerKind)[what.who]
        promise = conversation.callback
        number = conversation.epoch if kind in OF_THE_OWNER else promise.number if promise else OLDER_EPOCH
        return events.TimerDue(kind=kind, epoch=OLDER_EPOCH if what.stale else number, **ids)
    if what.name == "chooses":
        slots = conversation.times.slots if conversation.times else (START,)
        return events.CallbackChosen(slot=slots[0], **ids)
    if what.name == "undeliverable":
        return events.DeliveryFailed(seq=0, why="the desk is gone", **ids)
    agent = (ANA, BEN)[what.who]
    if what.name == "elsewhere":
        return events.AgentWroteElsewhere(agent=agent, text="By another route.", at=START, **ids)
    ids |= {"agent": agent, "handoff": OLDER_HANDOFF if what.older else HANDOFF}
    other = (BEN, ANA)[what.who]
    if what.name == "transfer":
        ids |= {"to": other}
    elif what.name == "pass on":
        at = conversation.handoff.desk if conversation.handoff else DESK
        ids |= {"to_desk": DESK if at == OTHER_DESK else OTHER_DESK}
    elif what.name == "take over":
        ids |= {"owner": other.id}
    if what.name == "line":
        return events.AgentWrote(text="A person's line.", at=START, **ids)
    return _PRESSES[what.name](epoch=OLDER_EPOCH if what.stale else conversation.epoch, **ids)


def _answer(ids: dict[str, Any], what: What) -> Event:
    return events.AnswerArrived(
        epoch=OLDER_EPOCH if what.lateness == OWNER_CHANGED else EPOCH,
        turn=OLDER_TURN if what.lateness >= TURN_CLOSED else TURN,
        upto=OLDER_QUESTION if what.lateness >= NEWER_MESSAGE else QUESTION,
        result=RESULTS[what.result],
        **ids,
    )


def _wrote(**fields: Any) -> Event:
    return events.CustomerWrote(text="Where is my order?", at=START, **fields)


def _wants_a_person(**fields: Any) -> Event:
    signals = (Signal("person_request", "a person, please"),)
    return events.CustomerWrote(text="A person, please.", at=START, signals=signals, **fields)


def _accepts(**fields: Any) -> Event:
    return events.OfferAnswered(accepted=True, **fields)


def _declines(**fields: Any) -> Event:
    return events.OfferAnswered(accepted=False, **fields)


_CUSTOMER: dict[str, Callable[..., Event]] = {
    "writes": _wrote,
    "wants a person": _wants_a_person,
    "accepts": _accepts,
    "declines": _declines,
    "closes": events.CustomerClosed,
    "asks for times": events.TimesAsked,
    "cancels": events.CallbackCancelled,
}
_PRESSES: dict[str, Callable[..., Event]] = {
    "claim": events.ClaimPressed,
    "send": events.SendSuggestedPressed,
    "release": events.ReleasePressed,
    "transfer": events.TransferPressed,
    "pass on": events.TransferPressed,
    "take over": events.TakeOverPressed,
}
PRESSES = tuple(_PRESSES)
