"""What follows when an agent presses a button of the card: claim, send, release."""

from dataclasses import replace
from datetime import datetime

from bridge.domain.events import (
    CardDeleted,
    ClaimPressed,
    Outcome,
    OutcomeKind,
    ReleaseExplained,
    ReleasePressed,
    SendSuggestedPressed,
    TranscriptOpened,
)
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


def release_explained(snapshot: Snapshot, event: ReleaseExplained, tenant: Tenant, now: datetime) -> Decision:
    """Kept with the handoff; the note is told to the assistant with its next question."""
    conversation, customer = snapshot.conversation, snapshot.customer
    handoff = conversation.handoff if conversation else None
    if conversation is None or customer is None or handoff is None or event.handoff > handoff.number:
        return UNKNOWN
    if event.handoff < handoff.number:
        return refused("ended", "Nothing done: the customer was handed off again since.", conversation)
    if handoff.ending is not Ending.RELEASED or handoff.ended_by != event.agent.name:
        why = "Nothing done: only who released it says how it came out."
        return refused("not_owner", why, conversation)
    note = event.note.strip()
    if event.outcome is None and not note:
        return Change(conversation, customer, tenant, now).done()
    change = Change(conversation, customer, tenant, now)
    change.set_handoff(outcome=event.outcome or handoff.outcome)
    if note and conversation.stretch is not None:
        change.set(stretch=replace(conversation.stretch, note=note))
    said = ([f"{event.outcome}"] if event.outcome else []) + (["a note to the assistant"] if note else [])
    change.audit("outcome", actor=event.agent.id, reason=", ".join(said))
    change.sync_card()
    return change.done()


def card_deleted(snapshot: Snapshot, event: CardDeleted, tenant: Tenant, now: datetime) -> Decision:
    """An open handoff is never without its card; an ended one's is let go."""
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    handoff = change.conv.open_handoff
    if handoff is None or (handoff.number, handoff.desk) != (event.handoff, event.desk):
        return change.done(Outcome(OutcomeKind.IGNORED))
    change.sync_card()
    return change.done()


def transcript_opened(snapshot: Snapshot, event: TranscriptOpened, tenant: Tenant, now: datetime) -> Decision:
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    change.audit("transcript_opened", actor=event.by, reason=f"handoff {event.handoff}")
    return change.done()
