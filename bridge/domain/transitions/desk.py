"""What every press and line of an agent begins with: whose handoff it is, and whether they may."""

from datetime import datetime

from bridge.domain.events import DeskEvent
from bridge.domain.model import Agent, Author, Ending, Entry, File, Handoff
from bridge.domain.tenant import Tenant
from bridge.domain.transitions.change import UNKNOWN, Change, Decision, Snapshot, refused
from bridge.domain.transitions.handoff import renew_lease


def begin(snapshot: Snapshot, event: DeskEvent, tenant: Tenant, now: datetime) -> Change | Decision:
    """The change to make, or the refusal where the handoff is unknown or not the newest."""
    conversation, customer = snapshot.conversation, snapshot.customer
    if conversation is None or customer is None or conversation.handoff is None:
        return UNKNOWN
    handoff = conversation.handoff
    if event.handoff > handoff.number or event.handoff < 1:
        return UNKNOWN
    if event.desk and event.desk not in (handoff.desk, *handoff.been_at):
        return UNKNOWN
    if event.handoff < handoff.number or not handoff.open:
        return refused("ended", _how_it_ended(handoff, event), conversation)
    if event.desk and event.desk != handoff.desk:
        return refused("stale", f"Nothing done: this went to the {handoff.desk} desk.", conversation)
    return Change(conversation, customer, tenant, now)


def refusal(change: Change, epoch: int, agent: Agent) -> Decision | None:
    """Somebody else's, or pressed on a card that is no longer true."""
    return not_theirs(change, agent) or stale(change, epoch)


def not_theirs(change: Change, agent: Agent, code: str = "owned") -> Decision | None:
    """Somebody else has it."""
    owner = change.conv.owner
    if owner is None or owner.id == agent.id:
        return None
    return refused(code, f"Nothing done: {owner.name} has this conversation.", change.conv)


def stale(change: Change, epoch: int) -> Decision | None:
    if change.conv.epoch == epoch:
        return None
    why = "Nothing done: the card had changed. Look at the new one and press again."
    return refused("stale", why, change.conv)


def reply(
    change: Change, agent: Agent, text: str, files: tuple[File, ...] = (), *, line: str = "", draft: int = 0
) -> Entry:
    """The owner speaks to the customer: by a line of the thread, or with one of the AI's drafts, by seq."""
    entry = change.say(Author.AGENT, text, name=agent.name, files=files, id=line, about=draft)
    if handoff_of(change).replied_at is None:
        change.set_handoff(replied_at=change.now)
    renew_lease(change)
    return entry


def handoff_of(change: Change) -> Handoff:
    assert change.conv.handoff is not None
    return change.conv.handoff


def _how_it_ended(handoff: Handoff, event: DeskEvent) -> str:
    if event.handoff == handoff.number and handoff.ended_by:
        done = "released" if handoff.ending is Ending.RELEASED else "closed"
        return f"Nothing done: this handoff was {done} by {handoff.ended_by}."
    return "Nothing done: this handoff has ended."
