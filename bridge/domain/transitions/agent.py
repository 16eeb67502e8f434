"""What follows when an agent presses a button of the card: claim, send, release."""

from datetime import datetime

from bridge.domain.events import ClaimPressed, ReleasePressed, SendSuggestedPressed, TranscriptOpened
from bridge.domain.model import Ending
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import UNKNOWN, Change, Decision, Snapshot, refused
from bridge.domain.transitions.desk import begin, handoff_of, refusal, reply
from bridge.domain.transitions.handoff import claim, end_handoff, end_stretch
from bridge.domain.transitions.keeping import after_release


def claim_pressed(snapshot: Snapshot, event: ClaimPressed, tenant: Tenant, now: datetime) -> Decision:
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    owner = change.conv.owner
    if owner is not None and owner.id == event.agent.id:
        return refused("owned", "You have this conversation already.", change.conv)
    if refused_ := refusal(change, event.epoch, event.agent):
        return refused_
    claim(change, event.agent, reason="pressed Claim")
    return change.done()


def send_suggested_pressed(
    snapshot: Snapshot, event: SendSuggestedPressed, tenant: Tenant, now: datetime
) -> Decision:
    """Sends the suggested reply or the edited text; one press claims and sends when nobody owns it."""
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    if refused_ := refusal(change, event.epoch, event.agent):
        return refused_
    handoff = handoff_of(change)
    edited = event.text is not None
    suggestion = None if handoff.suggestion_sent else handoff.suggestion
    text = (event.text if event.text is not None else suggestion.text if suggestion else "").strip()
    if not text:
        why = "Write a reply first." if edited else "The suggested reply was already sent."
        return refused("nothing_to_send", why, change.conv)
    if change.conv.owner is None:
        claim(change, event.agent, reason="pressed Send suggested")
    reply(change, event.agent, text)
    change.set_handoff(suggestion_sent=True)
    change.audit("reply", actor=event.agent.id, reason="edited reply" if edited else "suggested reply")
    change.sync_card()
    return change.done()


def release_pressed(snapshot: Snapshot, event: ReleasePressed, tenant: Tenant, now: datetime) -> Decision:
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    if refused_ := refusal(change, event.epoch, event.agent):
        return refused_
    was_there = change.conv.owner is not None
    if change.conv.promise is None:
        change.set(times=None)
    end_stretch(change, note=event.note)
    reason = "released with a note" if event.note else "pressed Release"
    end_handoff(
        change,
        Ending.RELEASED,
        by=event.agent.id,
        ended_by=event.agent.name,
        reason=f"{reason}: {event.outcome}" if event.outcome else reason,
        outcome=event.outcome,
    )
    change.tell("released", agent=event.agent.name if was_there else "")
    after_release(change)
    return change.done()


def transcript_opened(snapshot: Snapshot, event: TranscriptOpened, tenant: Tenant, now: datetime) -> Decision:
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    change.audit("transcript_opened", actor=event.by, reason=f"handoff {event.handoff}")
    return change.done()
