"""What follows when an agent sends one of the AI's drafts, or what could not be delivered once more."""

from datetime import datetime

from bridge.domain.events import RetryPressed, SendDraftPressed
from bridge.domain.model import Author, EntryKind
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import Decision, Snapshot, refused
from bridge.domain.transitions.desk import begin, handoff_of, not_theirs, reply, stale
from bridge.domain.transitions.handoff import claim, renew_lease


def send_draft_pressed(
    snapshot: Snapshot, event: SendDraftPressed, tenant: Tenant, now: datetime
) -> Decision:
    """Each draft once. The epoch counts where the press would claim: the owner's own press is never stale."""
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    owned, draft = change.conv.owner is not None, snapshot.entry
    refusal = not_theirs(change, event.agent) or (None if owned else stale(change, event.epoch))
    if refusal:
        return refusal
    if draft is None or draft.seq != event.seq or draft.kind is not EntryKind.DRAFT:
        return refused("nothing_to_send", "Nothing done: there is no such draft.", change.conv)
    if draft.seq in handoff_of(change).drafts_sent:
        return refused("nothing_to_send", "Nothing done: this draft was sent already.", change.conv)
    text = (draft.text if event.text is None else event.text).strip()
    if not text:
        return refused("nothing_to_send", "Write a reply first.", change.conv)
    if not owned:
        claim(change, event.agent, reason="sent the assistant's draft")
    change.post_note(reply(change, event.agent, text, draft=draft.seq))
    change.set_handoff(drafts_sent=(*handoff_of(change).drafts_sent, draft.seq))
    edited = text != draft.text.strip()
    change.audit("reply", actor=event.agent.id, reason="edited draft" if edited else "the assistant's draft")
    return change.done()


def retry_pressed(snapshot: Snapshot, event: RetryPressed, tenant: Tenant, now: datetime) -> Decision:
    """By the owner; once for each time that it failed."""
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    if refusal := not_theirs(change, event.agent):
        return refusal
    if change.conv.owner is None:
        return refused("not_owner", "Nothing done: claim the conversation first.", change.conv)
    undelivered = handoff_of(change).undelivered
    if event.seq not in undelivered or not tenant.traits(change.conv.channel).push:
        return refused("nothing_to_send", "Nothing done: it is not waiting to be sent again.", change.conv)
    change.set_handoff(undelivered=tuple(seq for seq in undelivered if seq != event.seq))
    change.send_again(event.seq)
    change.note("Sent again.", author=Author.AGENT, name=event.agent.name, reason="retry", about=event.seq)
    renew_lease(change)
    change.audit("retry", actor=event.agent.id, reason=f"message {event.seq} to the customer")
    return change.done()
