"""The consequences of one event, gathered: next state, entries, effects, timers, audit.

A `Change` lives for one call of a transition and ends as a frozen `Decision`. Its methods keep what
must never come apart together: a change of owner raises the epoch, is audited, tells the customer's
side and takes the old owner's timers away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from bridge.domain.effects import (
    AskAnswerer,
    AuditRow,
    Effect,
    PostNote,
    SendToCustomer,
    SyncCard,
    TimerSet,
)
from bridge.domain.events import Outcome, OutcomeKind, TimerKind
from bridge.domain.model import (
    Author,
    Citation,
    Conversation,
    Customer,
    Entry,
    EntryKind,
    Handoff,
    Mode,
    State,
    TurnRecord,
)
from bridge.domain.tenant import NoticeName, Tenant


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was loaded under the lock; None for what does not exist yet."""

    conversation: Conversation | None
    customer: Customer | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that one event changes; recorded whole or not at all."""

    outcome: Outcome
    conversation: Conversation | None = None
    customer: Customer | None = None
    """Set when the customer's row is new or changed."""
    entries: tuple[Entry, ...] = ()
    turns: tuple[TurnRecord, ...] = ()
    effects: tuple[Effect, ...] = ()
    timers: tuple[TimerSet, ...] = ()
    audit: tuple[AuditRow, ...] = ()


def refused(code: str, why: str, conversation: Conversation | None = None) -> Decision:
    epoch = conversation.epoch if conversation else 0
    return Decision(Outcome(OutcomeKind.REFUSED, code=code, why=why, epoch=epoch))


UNKNOWN = Decision(Outcome(OutcomeKind.UNKNOWN))


class Change:
    def __init__(self, conversation: Conversation, customer: Customer, tenant: Tenant, now: datetime) -> None:
        self.conv = conversation
        self.customer = customer
        self.tenant = tenant
        self.now = now
        self._known_customer = customer
        self._entries: list[Entry] = []
        self._turns: list[TurnRecord] = []
        self._effects: list[Effect] = []
        self._timers: list[TimerSet] = []
        self._audit: list[AuditRow] = []

    # state

    def set(self, **changes: Any) -> None:
        self.conv = _changed(self.conv, changes)

    def set_handoff(self, **changes: Any) -> Handoff:
        assert self.conv.handoff is not None
        handoff = replace(self.conv.handoff, **changes)
        self.set(handoff=handoff)
        return handoff

    def change_owner(
        self,
        mode: Mode,
        *,
        owner: str,
        actor: str,
        action: str,
        reason: str,
        handoff: Handoff | None = None,
    ) -> None:
        """The one place where a conversation changes hands. `owner` is the new one, for the audit.

        `handoff` is the handoff as it is from now on, where that changes as well.
        """
        before = owner_name(self.conv)
        if handoff is not None:
            self.set(handoff=handoff)
        self.set(mode=mode, epoch=self.conv.epoch + 1, offer=None)
        for kind in TimerKind:
            self.timer(kind, None)
        self._audit.append(AuditRow(action, actor, reason, before, owner, self.conv.epoch, self.conv.seq))
        self.show_state()

    def audit(self, action: str, *, actor: str, reason: str) -> None:
        """Something that must be provable and leaves the owner as it is."""
        owner = owner_name(self.conv)
        self._audit.append(AuditRow(action, actor, reason, owner, owner, self.conv.epoch, self.conv.seq))

    # entries

    def hear(self, text: str, *, name: str, at: datetime, id: str) -> Entry:
        """The customer's own message."""
        return self._enter(EntryKind.MESSAGE, Author.CUSTOMER, name, text, at=at, id=id)

    def say(
        self,
        author: Author,
        text: str,
        *,
        name: str = "",
        deliver: bool = True,
        citations: tuple[Citation, ...] = (),
    ) -> Entry:
        """A message to the customer."""
        entry = self._enter(EntryKind.MESSAGE, author, name, text, citations=citations)
        if deliver and self.tenant.traits(self.conv.channel).push:
            self._send(entry, fenced=author is Author.ASSISTANT)
        return entry

    def tell(self, notice: NoticeName, *, author: Author = Author.SYSTEM, **facts: str) -> Entry:
        """A notice in the tenant's words and the customer's language."""
        words = self.tenant.voice.notice(notice, self.conv.language, **facts)
        name = self.tenant.name if author is Author.ASSISTANT else ""
        return self.say(author, words, name=name)

    def show_state(self) -> None:
        """The mode, the agent and an open offer, for the customer's side."""
        handoff, offered = self.conv.handoff, self.conv.offer is not None
        agent = handoff.owner.name if handoff and handoff.owner else ""
        state = State(self.conv.mode, agent if self.conv.mode is Mode.HUMAN else "", offered)
        entry = self._enter(EntryKind.STATE, Author.SYSTEM, "", "", state=state)
        traits = self.tenant.traits(self.conv.channel)
        if traits.push and traits.states:
            self._send(entry, fenced=False)

    def note(self, text: str, *, author: Author, name: str, reason: str) -> Entry:
        return self._enter(EntryKind.NOTE, author, name, text, reason=reason)

    def draft(self, text: str, reason: str) -> Entry | None:
        """Keeps what the AI said and is not sent."""
        if not text.strip():
            return None
        return self._enter(EntryKind.DRAFT, Author.ASSISTANT, self.tenant.name, text, reason=reason)

    def record_turn(self, turn: TurnRecord) -> None:
        self._turns.append(turn)

    # effects and timers

    def ask(self) -> None:
        self._effects.append(
            AskAnswerer(
                number=self._next_effect(),
                epoch=self.conv.epoch,
                turn=self.conv.turn,
                upto=self.conv.asked,
                due=self.now + self.tenant.gather,
            )
        )

    def sync_card(self, *, page: bool = False) -> None:
        assert self.conv.handoff is not None
        self._effects.append(
            SyncCard(
                number=self._next_effect(),
                epoch=self.conv.epoch,
                handoff=self.conv.handoff.number,
                page=page,
            )
        )

    def post_note(self, entry: Entry) -> None:
        assert self.conv.handoff is not None
        self._effects.append(
            PostNote(
                number=self._next_effect(),
                epoch=self.conv.epoch,
                handoff=self.conv.handoff.number,
                seq=entry.seq,
            )
        )

    def timer(self, kind: TimerKind, after: timedelta | None) -> None:
        due = None if after is None else self.now + after
        self._timers = [t for t in self._timers if t.kind is not kind]
        self._timers.append(TimerSet(kind, due, self.conv.epoch))

    def done(self, outcome: Outcome | None = None) -> Decision:
        if outcome is None:
            outcome = Outcome(OutcomeKind.RECORDED, seq=self.conv.seq, epoch=self.conv.epoch)
        changed = self.customer is not self._known_customer
        return Decision(
            outcome,
            self.conv,
            self.customer if changed else None,
            tuple(self._entries),
            tuple(self._turns),
            tuple(self._effects),
            tuple(self._timers),
            tuple(self._audit),
        )

    def _enter(
        self,
        kind: EntryKind,
        author: Author,
        name: str,
        text: str,
        *,
        at: datetime | None = None,
        id: str = "",
        reason: str = "",
        state: State | None = None,
        citations: tuple[Citation, ...] = (),
    ) -> Entry:
        seq = self.conv.seq + 1
        turn = self.conv.turn
        entry = Entry(seq, kind, author, name, text, at or self.now, id, reason, state, turn, citations)
        self.set(seq=seq)
        self._entries.append(entry)
        return entry

    def _send(self, entry: Entry, *, fenced: bool) -> None:
        self._effects.append(
            SendToCustomer(number=self._next_effect(), epoch=self.conv.epoch, seq=entry.seq, fenced=fenced)
        )

    def _next_effect(self) -> int:
        self.set(effects=self.conv.effects + 1)
        return self.conv.effects


_NAMES = [field.name for field in fields(Conversation)]
_PLACES = {name: place for place, name in enumerate(_NAMES)}
_values = attrgetter(*_NAMES)


def _changed(conversation: Conversation, changes: dict[str, Any]) -> Conversation:
    """As `dataclasses.replace`, which takes twice as long over so many fields: every message does this
    several times."""
    values = list(_values(conversation))
    for name, value in changes.items():
        values[_PLACES[name]] = value
    return Conversation(*values)


def owner_name(conversation: Conversation) -> str:
    """Who owns a conversation, as the audit names it: assistant, desk:<name>, an agent's id, nobody."""
    handoff = conversation.handoff
    if conversation.mode is Mode.HUMAN and handoff and handoff.owner:
        return handoff.owner.id
    if conversation.mode is Mode.WAITING and handoff:
        return f"desk:{handoff.desk}"
    return "nobody" if conversation.mode is Mode.CLOSED else "assistant"


def joined(texts: Sequence[str], limit: int = 2000) -> str:
    """Messages of one turn as one text, the newest kept when it is too long."""
    return "\n".join(text for text in texts if text)[-limit:]
