"""Everything that can happen to a conversation. Each event is one fact, with its de-duplication key.

Signals and language are detected before the event is queued and ride on it: nothing slow happens
under the lock.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bridge.domain.answer import Answer, ToolFailure
from bridge.domain.ids import ConversationId, CustomerId, EventKey, TenantId
from bridge.domain.model import Agent, File, Profile, ReleaseOutcome
from bridge.domain.signals import Signal

NO_KEY = EventKey("")


@dataclass(frozen=True, slots=True)
class Opening:
    """What is needed to begin a conversation that is not known yet, or to learn more of its customer."""

    channel: str
    external: str
    customer: CustomerId
    profile: Profile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    tenant: TenantId
    conversation: ConversationId
    key: EventKey = NO_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEvent(Event):
    opening: Opening | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(CustomerEvent):
    """A web chat was opened; nothing is said yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote(CustomerEvent):
    text: str
    at: datetime
    id: str = ""
    signals: tuple[Signal, ...] = ()
    language: str = ""
    """The detected language, one of the tenant's; empty = undecided."""
    reply: Literal["yes", "no"] | None = None
    """The text read as an answer to an offer."""
    cart_value: float | None = None
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CartChanged(CustomerEvent):
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAnswered(CustomerEvent):
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAsked(CustomerEvent):
    """The always-visible "talk to a person" was pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(CustomerEvent):
    """Another bot, which spoke with the customer until now, gives its conversation to a person."""

    reason: str = ""
    """In the bot's words."""
    want: str = ""
    """What the customer wants, as far as the bot knows."""
    transcript: str = ""
    """What was said before, for the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackChosen(CustomerEvent):
    """One of the times on offer was picked; where one is booked already, it is moved."""

    slot: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesAsked(CustomerEvent):
    """The customer wants to see times: while they wait for a person, or to move their callback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCancelled(CustomerEvent):
    """By the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRulesChanged(Event):
    """The rules of the zone that a callback was promised in have changed: its instant may be another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerClosed(CustomerEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWroteElsewhere(CustomerEvent):
    """A person answered the customer by another route; the channel tells us of it."""

    agent: Agent
    text: str
    at: datetime
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerArrived(Event):
    epoch: int
    turn: int
    upto: int
    """The newest message that the AI had seen, by seq."""
    result: Answer | ToolFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent(Event):
    handoff: int
    agent: Agent
    desk: str = ""
    """Where it comes from, if known before the handoff is: another desk's handoff is unknown there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPressed(DeskEvent):
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSuggestedPressed(DeskEvent):
    """Sends the suggested reply, or `text` in its place; claims first when nobody owns it."""

    epoch: int
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePressed(DeskEvent):
    epoch: int
    note: str = ""
    """For the assistant."""
    outcome: ReleaseOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseExplained(DeskEvent):
    """How a handoff came out, said after its release by who released it: no release waits for that."""

    outcome: ReleaseOutcome | None = None
    note: str = ""
    """For the assistant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPressed(DeskEvent):
    """To a colleague, who has it from then on, or to another desk, which is called: exactly one of them."""

    epoch: int
    to: Agent | None = None
    to_desk: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverPressed(DeskEvent):
    """Takes a colleague's conversation, after a confirmation that named them."""

    epoch: int
    owner: str
    """The id of the owner as the asker saw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDraftPressed(DeskEvent):
    """Sends the AI's draft `seq`, or `text` in its place, once; claims first when nobody has it."""

    epoch: int
    seq: int
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPressed(DeskEvent):
    """The owner's message `seq`, which could not be delivered, is sent once more."""

    epoch: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWrote(DeskEvent):
    """A line in the handoff's thread. Whether it goes to the customer is decided, not assumed."""

    text: str
    at: datetime
    line: str = ""
    """The platform's id of it; empty: it can't be edited later."""
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEdited(DeskEvent):
    """A line says something else now. Report only real changes of its words."""

    line: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDeleted(DeskEvent):
    line: str
    at: datetime


class TimerKind(StrEnum):
    REPEAT_PAGE = "repeat_page"
    GIVE_UP = "give_up"
    FALLBACK = "fallback"
    LEASE = "lease"
    """Of a claim: rings once for a silent owner, and again when the claim runs out."""
    REMINDER = "reminder"
    CALLBACK = "callback"


OF_THE_OWNER = (
    TimerKind.REPEAT_PAGE,
    TimerKind.GIVE_UP,
    TimerKind.FALLBACK,
    TimerKind.LEASE,
)
"""Taken away when the owner changes, and fenced by the epoch. The others belong to a callback, which stays
whoever owns the conversation; they are fenced by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerDue(Event):
    kind: TimerKind
    epoch: int
    """Of a callback's timers: the callback's number."""
    due: datetime | None = None
    """When it was due: the clock may have been set back since it rang."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed(Event):
    """A message to the customer, a line for the desk, or a card can not be delivered at all."""

    seq: int
    """The entry that was to be sent; 0 = the card."""
    why: str
    to_desk: bool = False
    """The entry was to be shown in the handoff's thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptOpened(Event):
    """Somebody opened a handoff's transcript by its link: this is audited."""

    handoff: int
    by: str
    """Where from, without personal data: `link`, or an agent's id when it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDeleted(Event):
    """Somebody deleted a handoff's card at its desk: it is posted again."""

    handoff: int
    desk: str


class OutcomeKind(StrEnum):
    RECORDED = "recorded"
    REPEATED = "repeated"
    """Seen before: `seq` is that of the first time; nothing changed."""
    UNKNOWN = "unknown"
    """No such conversation or handoff in this tenant."""
    REFUSED = "refused"
    """Understood and not done: `why` says it in one sentence, for the person who pressed."""
    IGNORED = "ignored"
    """Too late to matter."""


@dataclass(frozen=True, slots=True)
class Outcome:
    kind: OutcomeKind
    seq: int = 0
    epoch: int = 0
    code: str = ""
    """For refusals: stale, owned, not_owner, nothing_to_send, no_offer, ended, same_desk, unknown_desk,
    too_late; of callbacks: not_offered, taken, no_callback. For what was done: note, not_owner (kept inside),
    corrected, replaced, withdrawn, not_delivered (files)."""
    why: str = ""
    """For the person, in private, whenever it is not empty: also of what was done."""
    note: bool = False
    """An agent's line was kept inside as a note."""

    @property
    def done(self) -> bool:
        return self.kind in (OutcomeKind.RECORDED, OutcomeKind.REPEATED)


def asks_what_is_held(event: Event) -> bool:
    """Whether the messages that wait in the outbox must be known to decide the event."""
    return isinstance(event, AgentEdited | AgentDeleted)


def entry_named(event: Event) -> int:
    """The entry, by seq, that must be known to decide the event; 0 = none."""
    return event.seq if isinstance(event, SendDraftPressed | DeliveryFailed) else 0
