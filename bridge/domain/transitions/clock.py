"""What follows when a timer is due, or when something could not be delivered at all.

A timer is only an alarm: each transition looks at the state first, so an alarm that rings twice or
too late does nothing.
"""

from datetime import datetime

from bridge.domain.events import DeliveryFailed, Outcome, OutcomeKind, TimerDue, TimerKind
from bridge.domain.model import Author, Mode
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import UNKNOWN, Change, Decision, Snapshot
from bridge.domain.transitions.handoff import lapse


def timer_due(snapshot: Snapshot, event: TimerDue, tenant: Tenant, now: datetime) -> Decision:
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    handoff = change.conv.open_handoff
    if handoff is None or change.conv.epoch != event.epoch:
        return _nothing(change)
    waiting = change.conv.mode is Mode.WAITING
    if event.kind is TimerKind.LEASE and change.conv.mode is Mode.HUMAN:
        if handoff.lease_until is not None and handoff.lease_until > now:
            return _nothing(change)
        lapse(change)
    elif event.kind is TimerKind.REPEAT_PAGE and waiting:
        _page_again(change)
    elif event.kind is TimerKind.GIVE_UP and waiting and handoff.gave_up_at is None:
        change.set_handoff(gave_up_at=now)
        change.tell("gave_up")
        change.audit("gave_up", actor="timer:give_up", reason="nobody claimed in time")
        change.sync_card()
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
    return change.done()


def _nothing(change: Change) -> Decision:
    """Recorded all the same, so that the timer which rang is taken away."""
    return change.done(Outcome(OutcomeKind.IGNORED, epoch=change.conv.epoch))


def _page_again(change: Change) -> None:
    """Repeats the page until somebody claims or the limit is reached."""
    handoff = change.conv.open_handoff
    assert handoff is not None
    pages = change.tenant.pages
    change.set_handoff(pages=handoff.pages + 1)
    change.audit("page", actor="timer:repeat_page", reason=f"page {handoff.pages + 1}")
    change.sync_card(page=True)
    if handoff.gave_up_at is None:
        change.timer(TimerKind.REPEAT_PAGE, pages.repeat_after)
