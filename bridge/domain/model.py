"""What is known: a customer, their conversation, its handoffs, and the numbered entries in it.

All values are frozen; a transition makes new ones. Nothing here knows how it is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.answer import (
    Answer,
    Citation,
    HandoffWish,
    HumanStretch,
    Intent,
    Said,
    ToolCall,
    ToolFailure,
    Turn,
)
from bridge.domain.callback import Callback, CallbackState, Times
from bridge.domain.ids import ConversationId, CustomerId, HandoffId, TenantId, handoff_id
from bridge.domain.signals import Signal
from bridge.domain.work import File, Line, LineState, ReleaseOutcome, Replaces, Transfer

__all__ = [
    "Agent",
    "Answer",
    "Author",
    "Callback",
    "CallbackState",
    "Citation",
    "Conversation",
    "Customer",
    "Ending",
    "Entry",
    "EntryKind",
    "File",
    "Fired",
    "Handoff",
    "HandoffWish",
    "HumanStretch",
    "Intent",
    "Line",
    "LineState",
    "Mode",
    "Offer",
    "Profile",
    "ReleaseOutcome",
    "Replaces",
    "Said",
    "Signal",
    "ShownTimes",
    "State",
    "Suggestion",
    "Times",
    "ToolCall",
    "ToolFailure",
    "Transfer",
    "Trigger",
    "Turn",
    "TurnRecord",
]


class Mode(StrEnum):
    """Who speaks to the customer: the AI, nobody yet, one person, or nobody any more."""

    ASSISTANT = "assistant"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


class Author(StrEnum):
    CUSTOMER = "customer"
    ASSISTANT = "assistant"
    AGENT = "agent"
    SYSTEM = "system"


class Trigger(StrEnum):
    """Why a conversation goes to a person, in order of precedence."""

    PERSON_REQUEST = "person_request"
    POLICY = "policy"
    CUSTOMER = "customer"
    TOOL_FAILURE = "tool_failure"
    ASSISTANT_REQUEST = "assistant_request"
    BUYING_INTENT = "buying_intent"
    CONFIDENCE = "confidence"
    CALLBACK = "callback"
    """The time of a callback that was promised has come."""
    TAKEN_OVER = "taken_over"
    """A person spoke to the customer by another route, and so took ownership."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger that fired, and the evidence: the customer's words, a figure, an error."""

    trigger: Trigger
    evidence: str
    group: str = ""
    """The policy group (refund, legal, …), or which of several rules of the trigger it was."""


@dataclass(frozen=True, slots=True)
class Agent:
    id: str
    """`<desk kind>:<the platform's id>`, such as `slack:U024BE7LH`."""
    name: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a channel says about a customer; `verified` only when the tenant itself signed it.

    Unverified, only name, email, language and time zone count: they are claims.
    """

    verified: bool = False
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    timezone: str = ""
    tags: tuple[str, ...] = ()
    lifetime_value: float | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    id: CustomerId
    profile: Profile = Profile()
    conversations: int = 0
    """How many conversations before the present one."""
    began_at: datetime | None = None
    """When the present one began."""
    last_at: datetime | None = None
    """When the one before the present one began."""
    last_ending: str = ""
    """How their last handoff ended, in words for the card."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    text: str
    confidence: float | None = None
    """The AI's, when the draft is the AI's; None for a template."""
    drafted_by: str = "template"
    """`template` or `assistant`."""


class Ending(StrEnum):
    RELEASED = "released"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Handoff:
    """One request for a person, from the page to its end; the claim is its owner and lease."""

    number: int
    desk: str
    at: datetime
    triggers: tuple[Fired, ...]
    want: str
    tried: str
    suggestion: Suggestion | None = None
    suggestion_sent: bool = False
    pages: int = 1
    line_from: int = 0
    """How many pages there were before its present desk's line was called from the beginning."""
    owner: Agent | None = None
    claimed_at: datetime | None = None
    lease_until: datetime | None = None
    replied_at: datetime | None = None
    """When a person first wrote to the customer."""
    gave_up_at: datetime | None = None
    """When the customer was told that nobody has come."""
    told_away: str = ""
    """That the customer was told nobody is here: when somebody will be (ISO 8601), or `away`."""
    lapsed_from: str = ""
    """Whose claim ran out, when it is waiting again for that reason."""
    ending: Ending | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    outcome: ReleaseOutcome | None = None
    """What who released it said of it."""
    human_since: datetime | None = None
    """Since when a person has it without a break, whoever of them."""
    transferred: Transfer | None = None
    been_at: tuple[str, ...] = ()
    """Desks that it stood at before: their cards say where it went."""
    drafts_sent: tuple[int, ...] = ()
    """Drafts of the AI that an agent sent, by seq."""
    undelivered: tuple[int, ...] = ()
    """Agents' messages that could not be delivered at all, by seq."""

    @property
    def open(self) -> bool:
        return self.ending is None


@dataclass(frozen=True, slots=True)
class Offer:
    """A person was offered and the customer has not chosen yet."""

    triggers: tuple[Fired, ...]
    suggestion: Suggestion | None = None
    want: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    tenant: TenantId
    id: ConversationId
    channel: str
    external: str
    """The channel's own id of this conversation: what the customer's side is addressed by."""
    customer: CustomerId
    opened_at: datetime
    mode: Mode = Mode.ASSISTANT
    epoch: int = 0
    """The fencing number of the owner: rises at every change of owner."""
    seq: int = 0
    """The number of the newest entry."""
    effects: int = 0
    """How many effects have been recorded."""
    turn: int = 1
    """The open turn's number; rises when a turn is decided."""
    asked: int = 0
    """The newest customer message of the open turn, by seq; 0 when nothing is being asked."""
    question: str = ""
    """The open turn's messages, as one text (bounded)."""
    topic: str = ""
    """What the customer last asked about, other than for a person (bounded)."""
    signals: tuple[Signal, ...] = ()
    """What was detected in the open turn."""
    language: str = "en"
    answers: int = 0
    """How many answers of the AI reached the customer."""
    offer: Offer | None = None
    cart_value: float | None = None
    cart_acted: bool = False
    """A handoff has acted on this value of the cart; it does not fire again."""
    bypass_done: bool = False
    """A person has been there for this customer's standing; the customer trigger rests."""
    handoff: Handoff | None = None
    """The newest handoff, open or ended."""
    times: Times | None = None
    """Times for a callback that are on offer."""
    callback: Callback | None = None
    """The newest callback, whatever became of it."""
    lines: tuple[Line, ...] = ()
    """The newest lines of the newest handoff's thread."""
    withdrawn: tuple[int, ...] = ()
    """Messages that were taken back before they were sent, the newest ones, by seq."""
    stretch: HumanStretch | None = None
    """The newest human stretch, told to the AI."""

    @property
    def open_handoff(self) -> Handoff | None:
        return self.handoff if self.handoff is not None and self.handoff.open else None

    @property
    def handoff_id(self) -> HandoffId | None:
        return handoff_id(self.id, self.handoff.number) if self.handoff else None

    @property
    def promise(self) -> Callback | None:
        """The callback that is to be kept."""
        return self.callback if self.callback is not None and self.callback.active else None

    @property
    def owner(self) -> Agent | None:
        return self.handoff.owner if self.mode is Mode.HUMAN and self.handoff else None


def desk_of_callback(conversation: Conversation | None) -> str:
    """The desk that a callback is promised at, or would be: its places must be known for a booking."""
    if conversation is None:
        return ""
    if conversation.promise is not None:
        return conversation.promise.desk
    return conversation.times.desk if conversation.times else ""


class EntryKind(StrEnum):
    MESSAGE = "message"
    """Between the customer and whoever speaks for the company."""
    STATE = "state"
    """What the customer's side shows: mode, agent, offer."""
    NOTE = "note"
    """Internal: stays on the desk."""
    DRAFT = "draft"
    """What the AI said and what was not sent, with the reason."""


@dataclass(frozen=True, slots=True)
class ShownTimes:
    """Callback times as the customer's side shows them: ISO 8601 with the offset of the customer's zone."""

    slots: tuple[str, ...]
    timezone: str
    booked: str = ""
    chosen: str = ""
    """Picked, and waiting for a way to reach the customer: nothing is promised yet."""
    language: str = ""
    zones: Mapping[str, str] = field(default_factory=dict)
    """What the zone is called in that language, as the notices call it: by the offset that a time has."""


@dataclass(frozen=True, slots=True)
class State:
    mode: Mode
    agent: str = ""
    offer: bool = False
    callback: ShownTimes | None = None
    away: bool = False
    """Waiting, and nobody is there: said as it is, not as "one moment"."""


UNDELIVERABLE = "undeliverable"
"""The reason of a note that says what did not arrive."""
CALLBACK_NOTE = "callback"
CALLS_THE_OWNER = (UNDELIVERABLE, CALLBACK_NOTE)
"""Reasons of notes that name the owner in the thread."""
AWAY = "away"
"""What a customer was told where nobody knows when somebody is back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered row of a conversation."""

    seq: int
    kind: EntryKind
    author: Author
    name: str
    text: str
    at: datetime
    id: str = ""
    """The sender's own id: of a customer's message, given back to them; of an agent's line, the desk's."""
    reason: str = ""
    """Why a draft was not sent; what kind of note it is."""
    state: State | None = None
    turn: int = 0
    citations: tuple[Citation, ...] = ()
    """Where an answer of the AI comes from."""
    files: tuple[File, ...] = ()
    about: int = 0
    """By seq, the message that a note is about; of an agent's message, the draft that it was."""
    replaces: Replaces | None = None
    """A correction: `text` says so in words, for sides that can't change what they have shown."""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """How one turn was decided: the material of the transcript, of replay and of tuning."""

    number: int
    decision: str
    """answer, offer, handoff, clarify or closed."""
    at: datetime
    seq: int
    """The newest customer message that it covers."""
    triggers: tuple[Fired, ...] = ()
    signals: tuple[Signal, ...] = ()
    confidence: float | None = None
    threshold: float | None = None
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    citations: tuple[Citation, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    """What else the rules looked at (cart value, tags), for replay."""
