"""What follows when a conversation is passed on, or taken from a colleague.

The words of a reason stand in a note, which can be erased; the audit names the note.
"""

from datetime import datetime

from bridge.domain.events import TakeOverPressed, TransferPressed
from bridge.domain.model import Agent, Author, Entry, Mode, Transfer
from bridge.domain.tenant import Tenant
from bridge.domain.text import cut, one_line
from bridge.domain.transitions.change import Change, Decision, Snapshot, refused
from bridge.domain.transitions.desk import begin, handoff_of, not_theirs, stale
from bridge.domain.transitions.handoff import (
    call_out_at,
    due_again,
    end_stretch,
    give,
    kept_by_the_next,
    say_away,
    wait,
)

LONGEST_REASON = 1_000


def transfer_pressed(snapshot: Snapshot, event: TransferPressed, tenant: Tenant, now: datetime) -> Decision:
    """By the owner; to another desk also by anybody while nobody has it."""
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    if refused_ := not_theirs(change, event.agent, "not_owner") or stale(change, event.epoch):
        return refused_
    if event.to is None:
        return _to_desk(change, event, event.to_desk)
    if event.to_desk:
        return refused("unknown_desk", "Nothing done: say a colleague or a desk, not both.", change.conv)
    return _to_colleague(change, event, event.to)


def take_over_pressed(snapshot: Snapshot, event: TakeOverPressed, tenant: Tenant, now: datetime) -> Decision:
    """Only from the owner whom the asker saw: whoever came in between keeps it."""
    change = begin(snapshot, event, tenant, now)
    if isinstance(change, Decision):
        return change
    owner = change.conv.owner
    if owner is None:
        return stale(change, event.epoch) or refused(
            "stale", "Nothing done: nobody has this conversation. Claim it.", change.conv
        )
    if owner.id == event.agent.id:
        return refused("owned", "You have this conversation already.", change.conv)
    if owner.id != event.owner or change.conv.epoch != event.epoch:
        why = f"Nothing done: {owner.name} has this conversation now. Look at the card and press again."
        return refused("stale", why, change.conv)
    _pass_on(change, owner, event.agent, actor=event.agent, action="taken_over", reason="took it over")
    words = f"{event.agent.name} has taken this over from {owner.name}."
    change.post_note(change.note(words, author=Author.AGENT, name=event.agent.name, reason="taken_over"))
    return change.done()


def _to_colleague(change: Change, event: TransferPressed, to: Agent) -> Decision:
    owner = change.conv.owner
    if owner is None:
        why = "Nothing done: claim the conversation first, or transfer it to a desk."
        return refused("not_owner", why, change.conv)
    if to.id == owner.id:
        return refused("owned", "You have this conversation already.", change.conv)
    note, reason = _explain(change, event, to=to.name)
    _pass_on(change, owner, to, actor=owner, action="transferred", reason=reason, page=True)
    change.post_note(note)
    return change.done()


def _to_desk(change: Change, event: TransferPressed, desk: str) -> Decision:
    handoff, owner, tenant = handoff_of(change), change.conv.owner, change.tenant
    if desk == handoff.desk:
        return refused("same_desk", f"Nothing done: it is at the {desk} desk already.", change.conv)
    if desk not in tenant.desks:
        return refused("unknown_desk", "Nothing done: there is no such desk.", change.conv)
    note, reason = _explain(change, event, to_desk=desk)
    if owner is not None:
        end_stretch(change, note="")
        due_again(change, handoff, owner, actor=event.agent.id)
    call_out_at(change, desk, actor=event.agent.id, action="transferred", reason=reason)
    change.post_note(note)
    if not tenant.rota(desk).on_call(change.now):
        say_away(change)
        return change.done()
    if owner is not None:
        change.tell("passed_on", agent=owner.name)
    wait(change)
    return change.done()


def _pass_on(
    change: Change, owner: Agent, to: Agent, *, actor: Agent, action: str, reason: str, page: bool = False
) -> None:
    """From one person to another: the customer is never without one."""
    assert change.conv.mode is Mode.HUMAN
    kept_by_the_next(change, handoff_of(change), owner, to)
    give(change, to, actor=actor.id, action=action, reason=reason, page=page)


def _explain(change: Change, event: TransferPressed, *, to: str = "", to_desk: str = "") -> tuple[Entry, str]:
    """The note and the card say why; gives the note and what the audit says."""
    reason = cut(one_line(event.reason), LONGEST_REASON)
    handoff, by = handoff_of(change), event.agent
    change.set_handoff(transferred=Transfer(by.name, handoff.desk, to, to_desk, reason, change.now))
    whither = to or f"the {to_desk} desk"
    words = f"{by.name} has passed this on to {whither}" + (f": {reason}" if reason else ".")
    note = change.note(words, author=Author.AGENT, name=by.name, reason="transferred")
    return note, f"the reason is entry {note.seq}" if reason else "no reason given"
