"""Programs that lack one safeguard each: the check must find what goes wrong in them.

A check that has never failed proves nothing. Each foil leaves the real code as it is and takes one thing
away in front of it or behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bridge.domain.decide import Decision
from bridge.domain.effects import SyncCard
from bridge.domain.events import (
    AnswerArrived,
    ClaimPressed,
    Event,
    ReleasePressed,
    SendSuggestedPressed,
    TakeOverPressed,
    TimerKind,
    TransferPressed,
)
from bridge.domain.model import Conversation, Mode
from tests.protocol.happenings import EPOCH, OLDER_EPOCH, What


def _same(conversation: Conversation, what: What) -> Conversation:
    return conversation


def _as_it_comes(conversation: Conversation, event: Event) -> Event:
    return event


def _whole(decision: Decision) -> Decision:
    return decision


@dataclass(frozen=True, slots=True)
class Foil:
    why: str = ""
    scope: str = ""
    breaks: tuple[str, ...] = ()
    """The properties whose breach must be found, in the scope of that name."""
    before: Callable[[Conversation, What], Conversation] = _same
    event: Callable[[Conversation, Event], Event] = _as_it_comes
    decision: Callable[[Decision], Decision] = _whole
    guards_epoch: bool = True
    """The dispatcher compares the epoch before it sends."""
    checks_first: bool = False
    """An answer is found to be in time, and sent later without another look."""
    in_turn: bool = True
    """A message waits for an earlier one that another process has."""
    sweeps: bool = True
    """What a dead process left is taken over."""


def _without_turn(conversation: Conversation, event: Event) -> Event:
    if isinstance(event, AnswerArrived) and event.epoch == conversation.epoch:
        return replace(event, turn=conversation.turn, upto=conversation.asked)
    return event


def _without_notice(decision: Decision) -> Decision:
    kept = tuple(entry for entry in decision.entries if not entry.text.startswith("[waiting"))
    return replace(decision, entries=kept)


def _without_page(decision: Decision) -> Decision:
    kept = tuple(effect for effect in decision.effects if not isinstance(effect, SyncCard))
    return replace(decision, effects=kept)


def _without_alarm(decision: Decision) -> Decision:
    kept = tuple(timer for timer in decision.timers if timer.kind is not TimerKind.CALLBACK)
    return replace(decision, timers=kept)


def _without_claim_rows(decision: Decision) -> Decision:
    return replace(decision, audit=tuple(row for row in decision.audit if row.action != "claim"))


PRESSED = ClaimPressed | SendSuggestedPressed | ReleasePressed | TransferPressed | TakeOverPressed


def _any_card(conversation: Conversation, event: Event) -> Event:
    if isinstance(event, PRESSED):
        return replace(event, epoch=conversation.epoch)
    return event


def _read_before_the_lock(conversation: Conversation, what: What) -> Conversation:
    """A second claim sees the conversation as it was before the first one's commit."""
    if what.name != "claim" or conversation.mode is not Mode.HUMAN or conversation.handoff is None:
        return conversation
    handoff = replace(conversation.handoff, owner=None)
    epoch = OLDER_EPOCH if what.stale else EPOCH
    return replace(conversation, mode=Mode.WAITING, epoch=epoch, handoff=handoff)


REAL = Foil()

FOILS = {
    "epoch-guard": Foil(
        "the dispatcher sends what was recorded, whoever owns the conversation by now",
        scope="webhook, one process",
        breaks=("silence-after-claim",),
        guards_epoch=False,
    ),
    "commit-check": Foil(
        "check, then send: ownership is read first and the answer is sent later",
        scope="web chat, one process",
        breaks=("silence-after-claim",),
        checks_first=True,
    ),
    "turn-check": Foil(
        "an answer counts as in time when the epoch is right, whatever was written since",
        scope="web chat, two replicas",
        breaks=("one-answer",),
        event=_without_turn,
    ),
    "handoff-notice": Foil(
        "the desk is paged and the customer is told nothing",
        scope="web chat, one process",
        breaks=("told",),
        decision=_without_notice,
    ),
    "page": Foil(
        "the customer is told of a person and nobody is called",
        scope="web chat, one process",
        breaks=("paged",),
        decision=_without_page,
    ),
    "press-epoch": Foil(
        "a button counts whatever card it was pressed on",
        scope="web chat, one process",
        breaks=("stale-press",),
        event=_any_card,
    ),
    "row-lock": Foil(
        "a claim is decided on what was read before another one's commit",
        scope="web chat, one process",
        breaks=("one-owner",),
        before=_read_before_the_lock,
    ),
    "callback-alarm": Foil(
        "a callback is promised and nothing will ring at its time",
        scope="callbacks, one process",
        breaks=("kept",),
        decision=_without_alarm,
    ),
    "audit-row": Foil(
        "claims are not audited",
        scope="web chat, one process",
        breaks=("audited",),
        decision=_without_claim_rows,
    ),
    "lane-order": Foil(
        "each process sends what it has, whatever another one has on the wire",
        scope="webhook, two replicas",
        breaks=("silence-after-claim", "order"),
        in_turn=False,
    ),
    "sweeper": Foil(
        "nobody takes over what a dead process left",
        scope="web chat, two replicas",
        breaks=("progress",),
        sweeps=False,
    ),
}

__all__ = ["FOILS", "Foil", "REAL"]
