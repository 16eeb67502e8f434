"""What follows when a timer is due, or when something could not be delivered at all.

A timer is only an alarm: each transition looks at the state first, so an alarm that rings twice or
too late does nothing.
"""

from datetime import datetime

from bridge.domain.events import DeliveryFailed, Outcome, OutcomeKind, TimerDue, TimerKind
from bridge.domain.model import Author, Mode
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import UNKNOWN, Change, Decision, Snapshot
from bridge.domain.transitions.handoff import give_up, lapse, move_to_desk, page_again


def timer_due(snapshot: Snapshot, event: TimerDue, tenant: Tenant, now: datetime) -> Decision:
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    handoff = change.conv.open_handoff
    if handoff is None or change.conv.epoch != event.epoch:
        return _nothing(change)
    waiting = change.conv.mode is Mode.WAITING
    if event.kind is TimerKind.LEASE and change.conv.mode is Mode.HUMAN:
        if handoff.lease_until is not None and handoff.lease_until > max(now, event.due or now):
            return _nothing(change)
        lapse(change)
    elif event.kind is TimerKind.REPEAT_PAGE and waiting:
        page_again(change, actor="timer:repeat_page")
    elif event.kind is TimerKind.GIVE_UP and waiting and handoff.gave_up_at is None:
        give_up(change, actor="timer:give_up", reason="nobody claimed in time")
    else:
        return _nothing(change)
    return change.done()


def delivery_failed(snapshot: Snapshot, event: DeliveryFailed, tenant: Tenant, now: datetime) -> Decision:
    """Nobody believes a message arrived that did not: it is audited, and the desk is told."""
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    what = f"message {event.seq} to the customer" if event.seq else "the card"
    change.audit("undeliverable", actor="dispatcher", reason=f"{what}: {event.why}")
    if event.seq and change.conv.open_handoff:
        note = change.note(
            f"Could not be delivered to the customer: {event.why}",
            author=Author.SYSTEM,
            name="",
            reason="undeliverable",
        )
        change.post_note(note)
    if not event.seq:
        _page_elsewhere(change, event.why)
    return change.done()


def _page_elsewhere(change: Change, why: str) -> None:
    """A page that reached nobody: another desk is called, and where there is none the customer is told."""
    handoff = change.conv.open_handoff
    if handoff is None or change.conv.mode is not Mode.WAITING:
        return
    fallback = change.tenant.routing.desk
    if handoff.desk != fallback:
        move_to_desk(change, fallback, reason=f"the desk {handoff.desk} can not be reached")
    elif handoff.gave_up_at is None:
        give_up(change, actor="dispatcher", reason="the desk can not be reached")


def _nothing(change: Change) -> Decision:
    """Recorded all the same, so that the timer which rang is taken away."""
    return change.done(Outcome(OutcomeKind.IGNORED, epoch=change.conv.epoch))
