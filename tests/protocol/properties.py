"""What must never happen, as predicates: over one decision, over one state, over the whole graph.

Each is a sentence for people and a name for the command line. Those over moves (what reaches the
customer, and when) are found where the move is made, in `machinery`.
"""

from bridge.domain.decide import Decision
from bridge.domain.effects import SendToCustomer, SyncCard
from bridge.domain.events import OutcomeKind
from bridge.domain.model import Agent, Author, Conversation, EntryKind, Mode
from bridge.domain.transitions.change import owner_name
from tests.domain.play import ANA, BEN
from tests.protocol.happenings import EPOCH, PRESSES, What

ONE_OWNER = "one-owner"
SILENCE = "silence-after-claim"
ONE_ANSWER = "one-answer"
ORDER = "order"
PAGED = "paged"
TOLD = "told"
STALE_PRESS = "stale-press"
AUDITED = "audited"
KEPT = "kept"
PROGRESS = "progress"

PROPERTIES = {
    ONE_OWNER: "There are never two owners, and only the owner's words go to the customer",
    SILENCE: "After a claim nothing of the assistant's reaches the customer until hand-back, but what was "
    "on the wire, and that before the agent's first words",
    ONE_ANSWER: "There are never two answers to one turn",
    ORDER: "What was said reaches the customer in the order in which it was recorded",
    PAGED: "Every waiting conversation has its page pending, delivered, or dead with an alarm",
    TOLD: "The customer is told of a handoff in the commit that makes it",
    STALE_PRESS: "A press on an older card, or an old alarm, changes nothing",
    AUDITED: "Every change of owner has its audit row: who, why, from and to",
    KEPT: "A callback that is promised has its alarm until its time",
    PROGRESS: "From everywhere there is a way on to an answer or a person",
}

Broken = tuple[str, ...]


def broken_by(before: Conversation, what: What, decision: Decision, *, push: bool) -> Broken:
    """The properties that one decision breaks by itself."""
    checks = {
        ONE_OWNER: _one_owner(before, what, decision),
        SILENCE: _silent(before, decision),
        TOLD: _told(decision, push=push),
        AUDITED: _audited(before, decision),
    }
    return tuple(name for name, holds in checks.items() if not holds)


def unchanged(decision: Decision) -> bool:
    """Nothing was said, sent or audited, whatever the outcome; the state is compared by the caller."""
    return not (decision.entries or decision.effects or decision.audit)


def _one_owner(before: Conversation, what: What, decision: Decision) -> bool:
    after = decision.conversation or before
    if (after.mode is Mode.HUMAN) != (after.owner is not None):
        return False
    pressed = what.name in (*PRESSES, "line")
    agent = (ANA, BEN)[what.who] if pressed else None
    if what.name in PRESSES and decision.outcome.kind is OutcomeKind.RECORDED:
        return _may(before, what, agent)
    spoke = any(e.kind is EntryKind.MESSAGE and e.author is Author.AGENT for e in decision.entries)
    return not (pressed and spoke) or after.owner == agent


def _may(before: Conversation, what: What, agent: Agent | None) -> bool:
    """To take over is to take from the one who was named; all else is the owner's, or nobody's yet."""
    if what.name == "take over":
        return before.owner not in (None, agent)
    return before.owner == agent or (before.owner is None and what.name != "transfer")


def _silent(before: Conversation, decision: Decision) -> bool:
    spoke = any(e.kind is EntryKind.MESSAGE and e.author is Author.ASSISTANT for e in decision.entries)
    return not spoke or before.mode in (Mode.ASSISTANT, Mode.CLOSED)


def _told(decision: Decision, *, push: bool) -> bool:
    """A handoff that somebody takes in the same commit needs no notice: the person is there."""
    actions = [row.action for row in decision.audit]
    if "handoff" not in actions or "claim" in actions:
        return True
    told = ("[waiting", "[callback_due")
    notices = [e.seq for e in decision.entries if e.text.startswith(told)]
    carried = [e.seq for e in decision.effects if isinstance(e, SendToCustomer) and e.seq in notices]
    paged = any(isinstance(e, SyncCard) and e.page for e in decision.effects)
    return bool(notices) and paged and (not push or carried == notices)


def _audited(before: Conversation, decision: Decision) -> bool:
    after, owner = decision.conversation or before, owner_name(before)
    for row in decision.audit:
        if row.before != owner or not (row.actor and row.reason):
            return False
        owner = row.after
    moved = sum(row.before != row.after for row in decision.audit)
    return owner == owner_name(after) and after.epoch - EPOCH == moved
