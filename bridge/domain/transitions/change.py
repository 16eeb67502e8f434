"""The consequences of one event, gathered: next state, entries, effects, timers, audit.

A `Change` lives for one call of a transition and ends as a frozen `Decision`. Its methods keep what
must never come apart together: a change of owner raises the epoch, is audited, tells the customer's
side and takes the old owner's timers away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from bridge.domain.backing import Facts, Ground, Unbacked, missing
from bridge.domain.callback import Callback, Taken
from bridge.domain.effects import (
    AskAnswerer,
    AuditRow,
    Effect,
    Held,
    PostNote,
    SendToCustomer,
    SyncCard,
    TimerSet,
)
from bridge.domain.events import OF_THE_OWNER, Outcome, OutcomeKind, TimerKind
from bridge.domain.localtime import known_zone
from bridge.domain.model import (
    Author,
    Citation,
    Conversation,
    Customer,
    Entry,
    EntryKind,
    File,
    Handoff,
    Mode,
    Replaces,
    ShownTimes,
    State,
    TurnRecord,
)
from bridge.domain.notices import Moment, NoticeFact, NoticeName
from bridge.domain.tenant import Tenant, Voice


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was loaded under the lock; None for what does not exist yet."""

    conversation: Conversation | None
    customer: Customer | None
    taken: tuple[Taken, ...] | None = None
    """The places that are booked at the desk whose times are on offer; None where they were not looked up."""
    entry: Entry | None = None
    """The entry that the event names (`entry_named`), if it names one that is there."""
    held: tuple[Held, ...] = ()
    """For an edit or a deletion: the conversation's messages to the customer that are in the outbox still, in
    their order."""


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
    callbacks: tuple[Callback, ...] = ()
    """Those that are new or changed."""


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
        self._callbacks: dict[int, Callback] = {}
        self._told: list[tuple[NoticeName, Facts]] = []

    # state

    def set(self, **changes: Any) -> None:
        self.conv = _changed(self.conv, changes)

    def set_handoff(self, **changes: Any) -> Handoff:
        assert self.conv.handoff is not None
        handoff = replace(self.conv.handoff, **changes)
        self.set(handoff=handoff)
        return handoff

    def set_callback(self, callback: Callback) -> None:
        """The conversation's callback as it is from now on: a stored row of its own."""
        self.set(callback=callback)
        self._callbacks[callback.number] = callback

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
        for kind in OF_THE_OWNER:
            self.timer(kind, None)
        self._audit.append(AuditRow(action, actor, reason, before, owner, self.conv.epoch, self.conv.seq))
        self.show_state()

    def audit(self, action: str, *, actor: str, reason: str) -> None:
        """Something that must be provable and leaves the owner as it is."""
        owner = owner_name(self.conv)
        self._audit.append(AuditRow(action, actor, reason, owner, owner, self.conv.epoch, self.conv.seq))

    # entries

    def hear(self, text: str, *, name: str, at: datetime, id: str, files: tuple[File, ...] = ()) -> Entry:
        """The customer's own message."""
        return self._enter(EntryKind.MESSAGE, Author.CUSTOMER, name, text, at=at, id=id, files=files)

    def say(
        self,
        author: Author,
        text: str,
        *,
        name: str = "",
        deliver: bool = True,
        citations: tuple[Citation, ...] = (),
        files: tuple[File, ...] = (),
        replaces: Replaces | None = None,
        id: str = "",
        about: int = 0,
    ) -> Entry:
        """A message to the customer."""
        entry = self._enter(
            EntryKind.MESSAGE,
            author,
            name,
            text,
            citations=citations,
            files=files,
            replaces=replaces,
            id=id,
            about=about,
        )
        if deliver and self.tenant.traits(self.conv.channel).push:
            self._send(entry, fenced=author is Author.ASSISTANT)
        return entry

    def tell(self, notice: NoticeName, *, author: Author = Author.SYSTEM, **facts: NoticeFact) -> Entry:
        """A notice in the tenant's words and the customer's language. What it states must be recorded with
        it: `done` refuses it otherwise."""
        self._told.append((notice, facts))
        words = self.tenant.voice.notice(notice, self.conv.language, **facts)
        name = self.tenant.name if author is Author.ASSISTANT else ""
        return self.say(author, words, name=name)

    def amend(self, notice: NoticeName, seq: int, text: str, *, name: str, id: str) -> Entry:
        """What an agent's message says from now on, where it was sent already; empty: taken back."""
        self._told.append((notice, {}))
        words = self.tenant.voice.notice(notice, self.conv.language)
        said = f"{words} {text}".strip()
        return self.say(Author.AGENT, said, name=name, replaces=Replaces(seq, text), id=id)

    def send_again(self, seq: int) -> None:
        """An agent's message that could not be delivered, by an effect of its own."""
        self._effects.append(
            SendToCustomer(number=self._next_effect(), epoch=self.conv.epoch, seq=seq, fenced=False)
        )

    def show_state(self) -> None:
        """The mode, the agent, an open offer and callback times, for the customer's side."""
        handoff, offered = self.conv.handoff, self.conv.offer is not None
        agent = handoff.owner.name if handoff and handoff.owner else ""
        away = bool(handoff and (handoff.told_away or handoff.gave_up_at)) and self.conv.mode is Mode.WAITING
        human = agent if self.conv.mode is Mode.HUMAN else ""
        state = State(self.conv.mode, human, offered, shown_times(self.conv, self.tenant.voice), away)
        entry = self._enter(EntryKind.STATE, Author.SYSTEM, "", "", state=state)
        traits = self.tenant.traits(self.conv.channel)
        if traits.push and traits.states:
            self._send(entry, fenced=False)

    def note(
        self,
        text: str,
        *,
        author: Author,
        name: str,
        reason: str,
        about: int = 0,
        files: tuple[File, ...] = (),
        id: str = "",
    ) -> Entry:
        return self._enter(EntryKind.NOTE, author, name, text, reason=reason, about=about, files=files, id=id)

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

    def sync_card(self, *, page: bool = False, desk: str = "") -> None:
        """`desk`: one that it stood at before."""
        assert self.conv.handoff is not None
        self._effects.append(
            SyncCard(
                number=self._next_effect(),
                epoch=self.conv.epoch,
                handoff=self.conv.handoff.number,
                page=page,
                desk=desk,
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

    def callback_timer(self, kind: TimerKind, due: datetime | None) -> None:
        assert self.conv.callback is not None
        self._timers = [t for t in self._timers if t.kind is not kind]
        self._timers.append(TimerSet(kind, due, self.conv.callback.number))

    def done(self, outcome: Outcome | None = None) -> Decision:
        if outcome is None:
            outcome = Outcome(OutcomeKind.RECORDED, seq=self.conv.seq, epoch=self.conv.epoch)
        self._refuse_what_is_not_backed()
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
            tuple(self._callbacks.values()),
        )

    def _refuse_what_is_not_backed(self) -> None:
        """Raises Unbacked: a promise without its row is a defect, and better not recorded at all."""
        paged = {e.handoff for e in self._effects if isinstance(e, SyncCard) and e.page}
        for notice, facts in self._told:
            if why := missing(notice, Ground(self.conv, paged, facts)):
                raise Unbacked(f"{notice}: {why}")

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
        files: tuple[File, ...] = (),
        about: int = 0,
        replaces: Replaces | None = None,
    ) -> Entry:
        seq, turn, when = self.conv.seq + 1, self.conv.turn, at or self.now
        entry = Entry(
            seq, kind, author, name, text, when, id, reason, state, turn, citations, files, about, replaces
        )
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


def shown_times(conversation: Conversation, voice: Voice) -> ShownTimes | None:
    """Times on offer and the booked one, on the customer's clocks; None where there is neither."""
    times, promise = conversation.times, conversation.promise
    if times is None and promise is None:
        return None
    zone = times.zone if times else promise.zone if promise else "UTC"
    zones: dict[str, str] = {}

    def shown(at: datetime) -> str:
        local = at.astimezone(known_zone(zone) or UTC)
        if (offset := local.isoformat()[-6:]) not in zones:
            zones[offset] = voice.zone(Moment(at, zone), conversation.language)
        return local.isoformat(timespec="seconds")

    return ShownTimes(
        slots=tuple(shown(at) for at in times.slots) if times else (),
        timezone=zone,
        booked=shown(promise.at) if promise else "",
        chosen=shown(times.chosen) if times and times.chosen else "",
        language=conversation.language,
        zones=zones,
    )


def joined(texts: Sequence[str], limit: int = 2000) -> str:
    """Messages of one turn as one text, the newest kept when it is too long."""
    return "\n".join(text for text in texts if text)[-limit:]
