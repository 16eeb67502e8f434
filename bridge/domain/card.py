"""The card: one handoff as an agent must grasp it in ten seconds. One pure function from state to card.

Desks turn a `Card` into their platform's form and add nothing that is not on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bridge.domain.ids import HandoffId, handoff_id
from bridge.domain.languages import language_name
from bridge.domain.model import (
    AWAY,
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
class Told:
    """What the customer was told while nobody has it, as it is stored."""

    that: str
    back: datetime | None = None
    """When somebody is back, by what they were told."""
    times: bool = False
    """Times for a callback are on offer."""

    def words(self, when: Callable[[datetime], str]) -> str:
        """`when` shows a moment as the desk's platform does."""
        back = f" {when(self.back)}" if self.back else ""
        return f"The customer was told that {self.that}{back}{', and offered times' if self.times else ''}"


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
    told: Told | None = None
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
    def due(self) -> bool:
        """A callback is due: somebody waits for it now."""
        return self.callback is not None and self.callback.state is CallbackState.DUE

    @property
    def urgent(self) -> bool:
        """Called before in vain; who has a time to come is not kept waiting."""
        again = self.pages > 1 and self.callback is None
        return self.state == "waiting" and (self.due or again or bool(self.lapsed_from))

    @property
    def nobody(self) -> str:
        return "Nobody has this now" if self.lapsed_from else "Nobody has this yet"

    @property
    def calling(self) -> str:
        """One line that says why the desk is called again."""
        who, passed = self.who, self.transferred
        if self.owner is not None:
            return f"{who} is waiting for {cut(one_line(self.owner.name), 60)}."
        if self.lapsed_from:
            whose = cut(one_line(self.lapsed_from), 60)
            again = self._callback("") or f" {who} is waiting for a person again."
            return f"{whose}'s claim ran out.{again}"
        if passed is not None and passed.to_desk and not self.due:
            why = f": {cut(one_line(passed.reason), 120)}" if passed.reason else ""
            return f"{who} is passed on by {cut(one_line(passed.by), 60)}{why}.{self._callback('')}"
        return self._callback(" soon").strip() or f"Page {self.pages}: {who} is still waiting for a person."

    def _callback(self, soon: str) -> str:
        """`soon`: what a callback is called before its time. Empty where none is promised."""
        promise = self.callback
        if promise is None:
            return ""
        reach = f", or reach them at {one_line(promise.reach)}" if promise.reach else ""
        when = " now" if self.due else soon
        return f" Callback{when}: {self.who}, promised for {promise.on_their_clock}{reach}."


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
        also=_also(handoff),
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
        told=_told(conversation, handoff) if state == "waiting" else None,
        moved_to=handoff.desk if moved else "",
        can=_can(state, usable),
    )


def _also(handoff: Handoff) -> tuple[str, ...]:
    first, *rest = handoff.triggers
    return tuple(chip for chip in dict.fromkeys(map(reason, rest)) if chip != reason(first))


def _told(conversation: Conversation, handoff: Handoff) -> Told | None:
    """Only what a stored row says. A booked callback was told as well: it stands on the card itself."""
    if conversation.promise is not None:
        return None
    callback, times = conversation.callback, conversation.times is not None
    if handoff.gave_up_at is not None:
        missed = callback is not None and callback.state is CallbackState.MISSED
        missed = missed and callback is not None and callback.settled_at == handoff.gave_up_at
        return Told("nobody kept their callback" if missed else "nobody is free yet", times=times)
    if not handoff.told_away:
        return None
    if handoff.told_away == AWAY:
        return Told("nobody is here", times=times)
    return Told("somebody is back", datetime.fromisoformat(handoff.told_away), times)


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
    value, promise = profile.lifetime_value, conversation.promise
    reach = one_line(promise.reach) if promise else ""
    elsewhere = reach not in (one_line(profile.email), one_line(profile.phone))
    known = (
        ("Reach at", reach if elsewhere else ""),
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


def promised(promise: Callback | None) -> tuple[Fact, ...]:
    """The promised callback as a fact: when, and on whose clocks."""
    if promise is None:
        return ()
    now = "now, promised for " if promise.state is CallbackState.DUE else ""
    return (Fact("Callback", f"{now}{promise.on_their_clock}"),)


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


__all__ = ["OUTCOMES", "ButtonName", "Card", "CardState", "Fact", "Told", "VerbName", "draw"]
