"""The card: one handoff as an agent must grasp it in ten seconds. One pure function from state to card.

Desks turn a `Card` into their platform's form and add nothing that is not on it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bridge.domain.ids import HandoffId, handoff_id
from bridge.domain.languages import language_name
from bridge.domain.model import (
    Agent,
    Callback,
    CallbackState,
    Conversation,
    Customer,
    Ending,
    Fired,
    Handoff,
    Mode,
    ReleaseOutcome,
    Suggestion,
    Transfer,
    Trigger,
)
from bridge.domain.text import cut, one_line
from bridge.domain.work import OUTCOMES

CardState = Literal["waiting", "claimed", "released", "closed", "moved"]
"""`moved`: it stands at another desk now, and this is the card that was left behind."""
ButtonName = Literal["claim", "send_suggested", "edit_suggested", "release"]
VerbName = Literal[ButtonName, "transfer", "take_over"]

REASONS = {
    Trigger.PERSON_REQUEST: "Asked for a person",
    Trigger.POLICY: "Policy",
    Trigger.CUSTOMER: "Valued customer",
    Trigger.TOOL_FAILURE: "Tool failure",
    Trigger.ASSISTANT_REQUEST: "The assistant asked",
    Trigger.BUYING_INTENT: "Ready to buy",
    Trigger.CONFIDENCE: "Unsure answer",
    Trigger.CALLBACK: "Callback due",
    Trigger.TAKEN_OVER: "Answered elsewhere",
}


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    handoff: HandoffId
    epoch: int
    state: CardState
    who: str
    """The customer's name, or what is known in its place."""
    reason: str
    """Why it was escalated, in three words."""
    want: str
    tried: str
    facts: tuple[Fact, ...]
    also: tuple[str, ...]
    """The other triggers that fired."""
    suggestion: Suggestion | None
    owner: Agent | None
    since: datetime
    """Since when the state is what it is."""
    lease_until: datetime | None
    pages: int
    ended_by: str
    lapsed_from: str
    buttons: tuple[ButtonName, ...]
    transcript: str = ""
    """The address of the transcript, made when the card is sent."""
    mention: tuple[Agent, ...] = ()
    """Whom this page calls by name, worked out when it is sent; empty for all who read the desk."""
    callback: Callback | None = None
    """The callback that is promised to the customer."""
    outcome: ReleaseOutcome | None = None
    """What who released it said of it; in words: `OUTCOMES`."""
    transferred: Transfer | None = None
    """How it came here, or to its owner, when it was passed on last."""
    moved_to: str = ""
    """The desk where it is now, when that is another one."""
    can: tuple[VerbName, ...] = ()
    """What can be done with it: by the owner, or by anybody while nobody has it. `take_over` is for all but
    the owner."""

    @property
    def headline(self) -> str:
        """One line for a phone's notification: who, what, why."""
        return f"{self.who}: {self.want} ({self.reason})"

    @property
    def calling(self) -> str:
        """One line that says why the desk is called again."""
        promise, passed = self.callback, self.transferred
        if self.owner is not None:
            return f"{self.who} is waiting for {cut(one_line(self.owner.name), 60)}."
        if self.lapsed_from:
            whose = cut(one_line(self.lapsed_from), 60)
            return f"{whose}'s claim ran out. {self.who} is waiting for a person again."
        if passed is not None and passed.to_desk:
            why = f": {cut(one_line(passed.reason), 120)}" if passed.reason else ""
            return f"{self.who} is passed on by {cut(one_line(passed.by), 60)}{why}."
        if promise is not None:
            soon = "now" if promise.state is CallbackState.DUE else "soon"
            return f"Callback {soon}: {self.who}, promised for {_when(promise)}."
        return f"Page {self.pages}: still waiting for a person: {self.who}."


def draw(
    conversation: Conversation, customer: Customer, handoff: Handoff, *, transcript: str = "", at: str = ""
) -> Card:
    """As it stands at its desk, or at another one where it was before: `at`."""
    moved = bool(at) and at != handoff.desk
    state = "moved" if moved else _state(conversation, handoff)
    first = handoff.triggers[0]
    usable = None if handoff.suggestion_sent else handoff.suggestion
    return Card(
        handoff=handoff_id(conversation.id, handoff.number),
        epoch=conversation.epoch,
        state=state,
        who=cut(one_line(customer.profile.name), 60) or "Unknown customer",
        reason=reason(first),
        want=handoff.want,
        tried=handoff.tried,
        facts=facts(conversation, customer),
        also=_also(conversation, handoff),
        suggestion=usable if handoff.open and not moved else None,
        owner=handoff.owner if state == "claimed" else None,
        since=_since(handoff, state),
        lease_until=handoff.lease_until if state == "claimed" else None,
        pages=handoff.pages,
        ended_by=handoff.ended_by,
        lapsed_from=handoff.lapsed_from,
        buttons=_buttons(state, usable),
        transcript=transcript,
        callback=conversation.promise,
        outcome=handoff.outcome,
        transferred=_came(handoff, state),
        moved_to=handoff.desk if moved else "",
        can=_can(state, usable),
    )


def _also(conversation: Conversation, handoff: Handoff) -> tuple[str, ...]:
    """A callback that is due comes first: somebody waits for it now."""
    first, *rest = handoff.triggers
    promise, due = conversation.promise, REASONS[Trigger.CALLBACK]
    chips = [due] if promise and promise.state is CallbackState.DUE else []
    chips += [reason(fired) for fired in rest]
    return tuple(chip for chip in dict.fromkeys(chips) if chip != reason(first))


def reason(fired: Fired) -> str:
    """A trigger in three words."""
    if fired.trigger is Trigger.POLICY and fired.group:
        return fired.group.replace("_", " ").capitalize()
    if fired.trigger is Trigger.PERSON_REQUEST and fired.group == "frustration":
        return "Frustrated"
    return REASONS[fired.trigger]


def facts(conversation: Conversation, customer: Customer) -> tuple[Fact, ...]:
    """What is known of the customer; nothing is shown for what is not known."""
    profile = customer.profile
    value = profile.lifetime_value
    known = (
        ("Callback", promised(conversation)),
        ("Channel", conversation.channel),
        ("Language", language_name(conversation.language)),
        ("History", history(customer)),
        ("Account", profile.account),
        ("Lifetime value", f"{value:,.0f}" if value is not None else ""),
        ("Tags", ", ".join(profile.tags)),
        ("Cart", f"{conversation.cart_value:,.2f}" if conversation.cart_value else ""),
        ("Email", profile.email),
        ("Phone", profile.phone),
    )
    return tuple(Fact(label, cut(one_line(text), 80)) for label, text in known if text)


def promised(conversation: Conversation) -> str:
    """The promised callback in words: when, on whose clocks, and how else the customer is reached."""
    promise = conversation.promise
    if promise is None:
        return ""
    now = "now, promised for " if promise.state is CallbackState.DUE else ""
    return f"{now}{_when(promise)}{f', {promise.reach}' if promise.reach else ''}"


def _when(promise: Callback) -> str:
    return f"{datetime.fromisoformat(promise.local):%a %d %b %H:%M} ({promise.zone})"


def history(customer: Customer) -> str:
    if customer.conversations == 0 or customer.last_at is None:
        return "First conversation"
    many = "1 before" if customer.conversations == 1 else f"{customer.conversations} before"
    last = f"last {customer.last_at:%d %b %Y}"
    return f"{many}, {last}, {customer.last_ending}" if customer.last_ending else f"{many}, {last}"


def _state(conversation: Conversation, handoff: Handoff) -> CardState:
    if handoff.ending is Ending.RELEASED:
        return "released"
    if handoff.ending is Ending.CLOSED:
        return "closed"
    return "claimed" if conversation.mode is Mode.HUMAN else "waiting"


def _came(handoff: Handoff, state: CardState) -> Transfer | None:
    """How it was passed on last; not any more once somebody else has taken it from whom it was passed to."""
    passed, owner = handoff.transferred, handoff.owner
    theirs = passed is None or bool(passed.to_desk) or owner is None or owner.name == passed.to
    return passed if theirs or state != "claimed" else None


def _since(handoff: Handoff, state: CardState) -> datetime:
    if state == "claimed":
        return handoff.claimed_at or handoff.at
    if state == "moved":
        return handoff.transferred.at if handoff.transferred else handoff.at
    return handoff.at if state == "waiting" else handoff.ended_at or handoff.at


def _buttons(state: CardState, suggestion: Suggestion | None) -> tuple[ButtonName, ...]:
    send: tuple[ButtonName, ...] = ("send_suggested", "edit_suggested") if suggestion else ()
    if state == "waiting":
        return ("claim", *send, "release")
    return (*send, "release") if state == "claimed" else ()


def _can(state: CardState, suggestion: Suggestion | None) -> tuple[VerbName, ...]:
    more: dict[CardState, tuple[VerbName, ...]] = {
        "waiting": ("transfer",),
        "claimed": ("transfer", "take_over"),
    }
    return (*_buttons(state, suggestion), *more.get(state, ()))


__all__ = ["OUTCOMES", "ButtonName", "Card", "CardState", "Fact", "VerbName", "draw"]
