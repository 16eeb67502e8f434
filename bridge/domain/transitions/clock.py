"""What follows when a timer is due, or when something could not be delivered at all.

A timer is only an alarm: each transition looks at the state first, so an alarm that rings twice or
too late does nothing.
"""

from datetime import datetime

from bridge.domain.callback import CallbackState
from bridge.domain.events import (
    OF_THE_OWNER,
    DeliveryFailed,
    Outcome,
    OutcomeKind,
    TimerDue,
    TimerKind,
    ZoneRulesChanged,
)
from bridge.domain.model import UNDELIVERABLE, Author, Entry, Handoff, Mode
from bridge.domain.tenant import Tenant
from bridge.domain.text import cut, one_line
from bridge.domain.transitions.change import UNKNOWN, Change, Decision, Snapshot
from bridge.domain.transitions.handoff import fall_back, give_up, lapse, move_to_desk, nudge, page_again
from bridge.domain.transitions.keeping import due, follow_the_zone, missed, remind
from bridge.domain.transitions.times import rest_pages

NOT_DELIVERED = "Could not be delivered to the customer"
A_LINE_NOT_SHOWN = "A line could not be shown here, it is in the transcript"
QUOTED = 80
"""Characters of a message that could not be delivered."""
MOST_UNDELIVERED = 20


def timer_due(snapshot: Snapshot, event: TimerDue, tenant: Tenant, now: datetime) -> Decision:
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    rings = _of_the_owner if event.kind in OF_THE_OWNER else _of_the_callback
    return change.done() if rings(change, event) else _nothing(change)


def _of_the_owner(change: Change, event: TimerDue) -> bool:
    """False where the alarm means nothing any more."""
    handoff = change.conv.open_handoff
    if handoff is None or change.conv.epoch != event.epoch:
        return False
    if change.conv.mode is Mode.HUMAN:
        return _of_a_claim(change, event, handoff)
    if event.kind is TimerKind.REPEAT_PAGE:
        page_again(change, actor="timer:repeat_page")
    elif event.kind is TimerKind.FALLBACK:
        fall_back(change)
    elif event.kind is TimerKind.GIVE_UP and handoff.gave_up_at is None:
        _nobody_came(change)
    else:
        return False
    return True


def _of_a_claim(change: Change, event: TimerDue, handoff: Handoff) -> bool:
    """A claim that was renewed since the alarm was set is neither silent nor over."""
    lease, at = handoff.lease_until, max(change.now, event.due or change.now)
    pages = change.tenant.pages
    if event.kind is not TimerKind.LEASE:
        return False
    if lease is None or lease <= at:
        lapse(change)
    elif lease - pages.claim_lease + pages.nudge_after <= at:
        nudge(change)
    else:
        return False
    return True


def _nobody_came(change: Change) -> None:
    promise = change.conv.promise
    if promise is None or promise.state is not CallbackState.DUE:
        give_up(change, actor="timer:give_up", reason="nobody claimed in time")
        return
    change.set_handoff(gave_up_at=change.now)
    rest_pages(change)
    missed(change, reason="nobody claimed in time")


def _of_the_callback(change: Change, event: TimerDue) -> bool:
    """Fenced by the callback's number: one that was moved or cancelled has no alarm any more."""
    promise = change.conv.promise
    if promise is None or promise.number != event.epoch or promise.state is not CallbackState.BOOKED:
        return False
    come = promise.at <= max(change.now, event.due or change.now)
    if event.kind is TimerKind.REMINDER and not come:
        remind(change)
    elif event.kind is TimerKind.CALLBACK and come:
        due(change)
    else:
        return False
    return True


def zone_rules_changed(
    snapshot: Snapshot, event: ZoneRulesChanged, tenant: Tenant, now: datetime
) -> Decision:
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    if change.conv.promise is None or not follow_the_zone(change, snapshot.taken or ()):
        return Decision(Outcome(OutcomeKind.IGNORED, epoch=change.conv.epoch))
    return change.done()


def delivery_failed(snapshot: Snapshot, event: DeliveryFailed, tenant: Tenant, now: datetime) -> Decision:
    """Nobody believes a message arrived that did not: it is audited, and the desk is told."""
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    if not event.to_desk and event.seq in snapshot.conversation.withdrawn:
        return Decision(Outcome(OutcomeKind.IGNORED, epoch=snapshot.conversation.epoch))
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    whose = "the desk" if event.to_desk else "the customer"
    what = f"message {event.seq} to {whose}" if event.seq else "the card"
    change.audit("undeliverable", actor="dispatcher", reason=f"{what}: {event.why}")
    if event.seq and change.conv.open_handoff and not _tells_of_another(event, snapshot.entry):
        _tell_the_desk(change, event, snapshot.entry)
    if not event.seq:
        _page_elsewhere(change, event.why)
    return change.done()


def _tells_of_another(event: DeliveryFailed, entry: Entry | None) -> bool:
    """A note of trouble that did not arrive itself: a note about that would fare no better."""
    return event.to_desk and entry is not None and entry.reason == UNDELIVERABLE


def _tell_the_desk(change: Change, event: DeliveryFailed, entry: Entry | None) -> None:
    """An agent's message can be sent again by a press."""
    handoff = change.conv.open_handoff
    words, about = A_LINE_NOT_SHOWN if event.to_desk else NOT_DELIVERED, 0
    words = f"{words} ({event.why})"
    if handoff and not event.to_desk and entry and entry.seq == event.seq and entry.author is Author.AGENT:
        about = entry.seq
        words = f"{words}: “{cut(one_line(entry.text), QUOTED)}”"
        others = tuple(seq for seq in handoff.undelivered if seq != about)
        change.set_handoff(undelivered=(*others, about)[-MOST_UNDELIVERED:])
    note = change.note(words, author=Author.SYSTEM, name="", reason=UNDELIVERABLE, about=about)
    change.post_note(note)


def _page_elsewhere(change: Change, why: str) -> None:
    """A page that reached nobody: another desk is called, and where there is none the customer is told."""
    handoff = change.conv.open_handoff
    if handoff is None or change.conv.mode is not Mode.WAITING:
        return
    fallback = change.tenant.pages.fallback or change.tenant.routing.desk
    if handoff.desk != fallback:
        move_to_desk(change, fallback, reason=f"the desk {handoff.desk} can not be reached")
    elif handoff.gave_up_at is None:
        give_up(change, actor="dispatcher", reason="the desk can not be reached")


def _nothing(change: Change) -> Decision:
    """Recorded all the same, so that the timer which rang is taken away."""
    return change.done(Outcome(OutcomeKind.IGNORED, epoch=change.conv.epoch))
