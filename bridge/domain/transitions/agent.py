"""What follows when an agent presses a button or writes in a handoff's thread."""

from datetime import datetime

from bridge.domain.events import (
    AgentWrote,
    ClaimPressed,
    DeskEvent,
    Outcome,
    OutcomeKind,
    ReleasePressed,
    SendSuggestedPressed,
    TranscriptOpened,
)
from bridge.domain.model import Agent, Author, Ending, Handoff
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import UNKNOWN, Change, Decision, Snapshot, refused
from bridge.domain.transitions.handoff import claim, end_handoff, end_stretch, renew_lease
from bridge.domain.transitions.keeping import after_release

NOTE_MARK = "//"


def claim_pressed(snapshot: Snapshot, event: ClaimPressed, tenant: Tenant, now: datetime) -> Decision:
    change = _change(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    owner = change.conv.owner
    if owner is not None and owner.id == event.agent.id:
        return refused("owned", "You have this conversation already.", change.conv)
    if refusal := _refusal(change, event.epoch, event.agent):
        return refusal
    claim(change, event.agent, reason="pressed Claim")
    return change.done()


def send_suggested_pressed(
    snapshot: Snapshot, event: SendSuggestedPressed, tenant: Tenant, now: datetime
) -> Decision:
    """Sends the suggested reply or the edited text; one press claims and sends when nobody owns it."""
    change = _change(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    if refusal := _refusal(change, event.epoch, event.agent):
        return refusal
    handoff = _handoff(change)
    edited = event.text is not None
    suggestion = None if handoff.suggestion_sent else handoff.suggestion
    text = (event.text if event.text is not None else suggestion.text if suggestion else "").strip()
    if not text:
        why = "Write a reply first." if edited else "The suggested reply was already sent."
        return refused("nothing_to_send", why, change.conv)
    if change.conv.owner is None:
        claim(change, event.agent, reason="pressed Send suggested")
    _reply(change, event.agent, text)
    change.set_handoff(suggestion_sent=True)
    change.audit("reply", actor=event.agent.id, reason="edited reply" if edited else "suggested reply")
    change.sync_card()
    return change.done()


def release_pressed(snapshot: Snapshot, event: ReleasePressed, tenant: Tenant, now: datetime) -> Decision:
    change = _change(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    if refusal := _refusal(change, event.epoch, event.agent):
        return refusal
    was_there = change.conv.owner is not None
    if change.conv.promise is None:
        change.set(times=None)
    end_stretch(change, note=event.note)
    end_handoff(
        change,
        Ending.RELEASED,
        by=event.agent.id,
        ended_by=event.agent.name,
        reason="released with a note" if event.note else "pressed Release",
    )
    change.tell("released", agent=event.agent.name if was_there else "")
    after_release(change)
    return change.done()


def wrote(snapshot: Snapshot, event: AgentWrote, tenant: Tenant, now: datetime) -> Decision:
    """Only the owner's plain lines go to the customer; notes and everybody else's stay inside."""
    change = _change(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    owner = change.conv.owner
    if event.text.lstrip().startswith(NOTE_MARK):
        text = event.text.lstrip().removeprefix(NOTE_MARK).strip()
        return _kept_inside(change, event, text, code="note", why="")
    if owner is None or owner.id != event.agent.id:
        return _kept_inside(change, event, event.text, code="not_owner", why=_why_inside(owner))
    said, noted = _parted(event.text)
    if noted:
        change.note(noted, author=Author.AGENT, name=event.agent.name, reason="note")
    _reply(change, event.agent, said)
    change.audit("reply", actor=event.agent.id, reason="wrote in the thread")
    return change.done()


def _parted(text: str) -> tuple[str, str]:
    """What goes to the customer, and the lines marked as notes among it.

    A message that begins with the mark is a note as a whole: its other lines are never sent by accident.
    """
    lines = text.splitlines()
    marked = [line for line in lines if line.lstrip().startswith(NOTE_MARK)]
    said = "\n".join(line for line in lines if line not in marked) if marked else text
    return said.strip(), "\n".join(line.lstrip().removeprefix(NOTE_MARK).strip() for line in marked)


def transcript_opened(snapshot: Snapshot, event: TranscriptOpened, tenant: Tenant, now: datetime) -> Decision:
    if snapshot.conversation is None or snapshot.customer is None:
        return UNKNOWN
    change = Change(snapshot.conversation, snapshot.customer, tenant, now)
    change.audit("transcript_opened", actor=event.by, reason=f"handoff {event.handoff}")
    return change.done()


def _kept_inside(change: Change, event: AgentWrote, text: str, *, code: str, why: str) -> Decision:
    if text:
        change.note(text, author=Author.AGENT, name=event.agent.name, reason=code)
    outcome = Outcome(
        OutcomeKind.RECORDED,
        seq=change.conv.seq,
        epoch=change.conv.epoch,
        code=code,
        why=why,
        note=True,
    )
    return change.done(outcome)


def _why_inside(owner: Agent | None) -> str:
    if owner is None:
        return "Not sent: claim the conversation first. Your line stays in this thread."
    return f"Not sent: {owner.name} has this conversation. Your line stays in this thread."


def _reply(change: Change, agent: Agent, text: str) -> None:
    change.say(Author.AGENT, text, name=agent.name)
    handoff = _handoff(change)
    if handoff.replied_at is None:
        change.set_handoff(replied_at=change.now)
    renew_lease(change)


def _change(snapshot: Snapshot, event: DeskEvent, tenant: Tenant, now: datetime) -> Change | Decision:
    """The change to make, or the refusal where the handoff is unknown or not the newest."""
    conversation, customer = snapshot.conversation, snapshot.customer
    if conversation is None or customer is None or conversation.handoff is None:
        return UNKNOWN
    if event.handoff > conversation.handoff.number or event.handoff < 1:
        return UNKNOWN
    if event.desk and event.desk != conversation.handoff.desk:
        return UNKNOWN
    if event.handoff < conversation.handoff.number or not conversation.handoff.open:
        return refused("ended", _how_it_ended(conversation.handoff, event), conversation)
    return Change(conversation, customer, tenant, now)


def _how_it_ended(handoff: Handoff, event: DeskEvent) -> str:
    if event.handoff == handoff.number and handoff.ended_by:
        done = "released" if handoff.ending is Ending.RELEASED else "closed"
        return f"Nothing done: this handoff was {done} by {handoff.ended_by}."
    return "Nothing done: this handoff has ended."


def _refusal(change: Change, epoch: int, agent: Agent) -> Decision | None:
    """Somebody else's, or pressed on a card that is no longer true."""
    conv, owner = change.conv, change.conv.owner
    if owner is not None and owner.id != agent.id:
        return refused("owned", f"Nothing done: {owner.name} has this conversation.", conv)
    if conv.epoch != epoch:
        why = "Nothing done: the card had changed. Look at the new one and press again."
        return refused("stale", why, conv)
    return None


def _handoff(change: Change) -> Handoff:
    assert change.conv.handoff is not None
    return change.conv.handoff
