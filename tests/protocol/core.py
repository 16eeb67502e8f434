"""The real `decide`, asked about conversations in canonical form, each question once.

A conversation's counters only ever rise, and the core compares them for being the same. So after every
decision they are renamed (`canonical`), which makes the conversations few and the check finite. It must
never decide anything itself. The walk goes on in `state`.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from bridge.domain.decide import Decision, Snapshot, decide
from bridge.domain.effects import AskAnswerer, SendToCustomer, SyncCard
from bridge.domain.events import NO_KEY, Opening, SessionOpened, TimerKind
from bridge.domain.ids import ConversationId, CustomerId, TenantId
from bridge.domain.model import (
    Agent,
    Author,
    CallbackState,
    Conversation,
    Customer,
    EntryKind,
    Mode,
)
from bridge.domain.tenant import Tenant
from tests.domain.play import ANA, BEN, START
from tests.protocol.canonical import RULES, canonical
from tests.protocol.foils import Foil
from tests.protocol.happenings import EPOCH, NO_MESSAGE, PRESSES, TURN, What, event_of
from tests.protocol.properties import Broken, broken_by, unchanged

AGENTS = (ANA, BEN)
TIMERS = tuple(TimerKind)
LEASE = TIMERS.index(TimerKind.LEASE)
CALLBACK_ALARM = TIMERS.index(TimerKind.CALLBACK)
REMINDER = TIMERS.index(TimerKind.REMINDER)
KEPT_BY = (LEASE, CALLBACK_ALARM, REMINDER)
"""Timers that do more than call the desk."""
CUSTOMER = Customer(CustomerId("c" * 32), began_at=START)
MANY = 400
"""Conversations that ownership can tell apart; there are some thirty."""
LATER = START + timedelta(days=1)
"""When alarms ring: every lease has run out by then."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the moves and properties need to know of a conversation."""

    mode: Mode
    owner: int
    """An agent's place in AGENTS, or -1."""
    asking: bool
    offered: bool
    times: bool
    """Times for a callback are on offer."""
    booked: bool
    """A callback is promised, and its time has not come."""
    handed_off: bool
    """There is an open handoff."""
    swapped: int
    """The same conversation with the agents' names exchanged."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What one decision changed, as far as ownership is concerned."""

    conversation: int
    owner_moved: bool
    turn_moved: bool
    asked_moved: bool
    new_handoff: bool
    moved_desk: bool
    asks: int
    sends: tuple[tuple[int, bool, bool], ...]
    """(author, fenced, under the current epoch) of each message that must be carried to the customer."""
    pages: tuple[bool, ...]
    """One for each update of the newest handoff's card: whether it calls the desk."""
    timers: tuple[tuple[int, bool], ...]
    said: frozenset[Author]
    broken: Broken


class Core:
    """`channel` is `web` (the commit is the delivery) or `api` (messages are carried)."""

    def __init__(self, channel: str, foil: Foil, rules: Tenant = RULES) -> None:
        self._foil = foil
        self._rules = rules
        self._ids: dict[Conversation, int] = {}
        self._known: list[Conversation] = []
        self._facts: dict[int, Facts] = {}
        self._decided: dict[tuple[int, What], Consequence] = {}
        self._obeyed: dict[int, tuple[What, ...]] = {}
        self.push = RULES.channels[channel].push
        opened = SessionOpened(
            tenant=TenantId("acme"),
            conversation=ConversationId("a" * 32),
            key=NO_KEY,
            opening=Opening(channel, "ext-1", CUSTOMER.id),
        )
        first = decide(Snapshot(None, None), opened, rules, START).conversation
        assert first is not None
        self.first = self._intern(canonical(first))

    def facts(self, conversation: int) -> Facts:
        found = self._facts.get(conversation)
        if found is None:
            found = self._facts[conversation] = self._look(conversation)
        return found

    def conversation(self, number: int) -> Conversation:
        return self._known[number]

    def decide(self, conversation: int, what: What) -> Consequence:
        found = self._decided.get((conversation, what))
        if found is None:
            found = self._decided[conversation, what] = self._decide(conversation, what)
        return found

    def obeyed(self, conversation: int) -> tuple[What, ...]:
        """The presses on older cards, and the old alarms, that change something: there must be none."""
        found = self._obeyed.get(conversation)
        if found is None:
            found = tuple(what for what in STALE if not self._changes_nothing(conversation, what))
            self._obeyed[conversation] = found
        return found

    def _changes_nothing(self, conversation: int, what: What) -> bool:
        before, (_, decision) = self._known[conversation], self._put(conversation, what)
        return unchanged(decision) and canonical(decision.conversation or before) == before

    def _put(self, conversation: int, what: What) -> tuple[Conversation, Decision]:
        before = self._foil.before(self._known[conversation], what)
        event = self._foil.event(before, event_of(before, what))
        now = LATER if what.late else START
        return before, self._foil.decision(decide(Snapshot(before, CUSTOMER), event, self._rules, now))

    def _decide(self, conversation: int, what: What) -> Consequence:
        before = self._known[conversation]
        _, decision = self._put(conversation, what)
        after = decision.conversation or before
        number = after.handoff.number if after.handoff else 0
        return Consequence(
            conversation=self._intern(canonical(after)),
            owner_moved=after.epoch != EPOCH,
            turn_moved=after.turn != TURN,
            asked_moved=after.asked != before.asked,
            new_handoff=after.handoff_id != before.handoff_id,
            moved_desk=_desk(after) != _desk(before),
            asks=sum(isinstance(effect, AskAnswerer) for effect in decision.effects),
            sends=_sends(decision, after),
            pages=tuple(
                effect.page
                for effect in decision.effects
                if isinstance(effect, SyncCard) and effect.handoff == number and not effect.desk
            ),
            timers=tuple((TIMERS.index(t.kind), t.due is not None) for t in decision.timers),
            said=frozenset(e.author for e in decision.entries if e.kind is EntryKind.MESSAGE),
            broken=broken_by(before, what, decision, push=self.push),
        )

    def _intern(self, conversation: Conversation) -> int:
        found = self._ids.get(conversation)
        if found is None:
            assert len(self._known) < MANY, f"something here has no canonical form yet: {conversation}"
            found = self._ids[conversation] = len(self._known)
            self._known.append(conversation)
        return found

    def _look(self, number: int) -> Facts:
        conversation = self._known[number]
        handoff, owner = conversation.handoff, conversation.owner
        swapped = number
        if owner is not None and handoff is not None:
            other = AGENTS[1 - AGENTS.index(owner)]
            swapped = self._intern(replace(conversation, handoff=replace(handoff, owner=other)))
        return Facts(
            mode=conversation.mode,
            owner=AGENTS.index(owner) if owner else -1,
            asking=conversation.asked != NO_MESSAGE,
            offered=conversation.offer is not None,
            times=conversation.times is not None,
            booked=conversation.promise is not None and conversation.promise.state is CallbackState.BOOKED,
            handed_off=conversation.open_handoff is not None,
            swapped=swapped,
        )


_PRESSES = tuple(
    What(name, agent, stale=True, older=older)
    for name in PRESSES
    for agent in range(len(AGENTS))
    for older in (False, True)
)
_RINGS = tuple(What("ring", index, stale=True, late=True) for index in range(len(TIMERS)))
_EARLY = What("ring", LEASE)
"""The lease was renewed since the alarm was set."""
STALE = (*_PRESSES, *_RINGS, _EARLY)
"""What must change nothing in any conversation."""


def _desk(conversation: Conversation) -> str:
    return conversation.handoff.desk if conversation.handoff else ""


def _sends(decision: Decision, after: Conversation) -> tuple[tuple[int, bool, bool], ...]:
    """The bridge's own notices are left out: they are nobody's words and pass in every mode."""
    authors = {entry.seq: entry.author for entry in decision.entries}
    return tuple(
        (int(authors[effect.seq] is Author.AGENT), effect.fenced, effect.epoch == after.epoch)
        for effect in decision.effects
        if isinstance(effect, SendToCustomer) and authors[effect.seq] is not Author.SYSTEM
    )


__all__ = [
    "AGENTS",
    "CALLBACK_ALARM",
    "KEPT_BY",
    "LEASE",
    "REMINDER",
    "TIMERS",
    "Agent",
    "Consequence",
    "Core",
    "Facts",
]
