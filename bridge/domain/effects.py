"""What must leave after the commit. An effect carries no content: it is read from what was recorded."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.events import TimerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    number: int
    """Of the conversation's effects: with the conversation's id it is the effect's key."""
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendToCustomer(Effect):
    """Brings entry `seq` to the customer's channel."""

    seq: int
    fenced: bool
    """The AI's words: withheld when the epoch has moved on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAnswerer(Effect):
    turn: int
    upto: int
    due: datetime
    """Not before: messages that arrive in a burst are one turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncCard(Effect):
    """Makes the handoff's card say what is true at the moment of sending."""

    handoff: int
    page: bool = False
    """Calls the desk: the first post, a repeated page, a claim that ran out."""
    desk: str = ""
    """One that the handoff stood at before: its card says where it went. Empty = where it is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostNote(Effect):
    """Shows entry `seq` in the handoff's thread."""

    handoff: int
    seq: int


@dataclass(frozen=True, slots=True)
class Held:
    """A message to the customer that is in the outbox still: it may be on the wire, or rest until `due`."""

    number: int
    due: datetime
    uncertain: bool = False
    """It was tried, and nobody knows whether it arrived."""


@dataclass(frozen=True, slots=True)
class TimerSet:
    """One timer a conversation and kind; `due` None takes it away."""

    kind: TimerKind
    due: datetime | None
    epoch: int
    """Of a callback's timers: the callback's number."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what, why, and from whom to whom the conversation went. Ids only, never bodies."""

    action: str
    actor: str
    reason: str
    before: str
    after: str
    epoch: int
    seq: int
