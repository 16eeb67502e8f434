"""What this process has just recorded, so that it need not be read to be delivered or shown.

Kept are the conversations recorded last, with their newest entries, links and cards. It is a memory of
what was committed, never of what is about to be. It may be older than the store when another process has
recorded something since: the fan-out's hints say so (`elsewhere`), it is trusted for seconds only, and what
must not be decided on an older state is read whatever is known (the AI's words, unless they come straight
from their own commit).
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Protocol

from bridge.domain.effects import AskAnswerer, PostNote, SendToCustomer, SyncCard
from bridge.domain.ids import ConversationId, TenantId
from bridge.domain.model import Entry, EntryKind
from bridge.domain.transitions.change import Snapshot
from bridge.fanout import conversation_of, is_desk
from bridge.ports import CardRef, Delivery, Key, Outbox, Recorded, Settled, Step
from bridge.recorder import Committed

SHOWN_TO_CUSTOMERS = (EntryKind.MESSAGE, EntryKind.STATE)
MESSAGES = 50
"""As many as the AI is given."""
MOST = 2_000
"""Conversations."""
MOST_TEXT = 16_000_000
"""Characters of messages in all: some 30 MB."""
ENTRIES = 16
"""Of one conversation: what is not carried by then has waited, and is read."""
FRESH = 5.0
"""Seconds for which a state from memory is good enough to draw a card from; then it is read."""


@dataclass(slots=True)
class _Known:
    """One conversation as it was recorded last."""

    snapshot: Snapshot
    seq: int
    at: float
    messages: deque[Entry] = field(default_factory=lambda: deque(maxlen=MESSAGES))
    whole: bool = False
    """No message is missing before these."""
    entries: OrderedDict[int, Entry] = field(default_factory=OrderedDict)
    """The newest ones, by seq."""
    cards: dict[tuple[int, str], CardRef | None] = field(default_factory=dict)
    """By the handoff's number and a desk: where its card stands there; None: it has none yet."""
    links: dict[int, str] = field(default_factory=dict)
    text: int = 0
    """Characters of `messages`."""


class Reads(Protocol):
    """What a customer may see of their conversation, as it is stored."""

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int
    ) -> Sequence[Entry]: ...


class Recent:
    """Stands before the outbox, for carriers and askers (`load`), and before a customer's own reads
    (`entries`)."""

    def __init__(self, outbox: Outbox, reads: Reads) -> None:
        self._outbox = outbox
        self._reads = reads
        self._known: OrderedDict[Key, _Known] = OrderedDict()
        self._doubtful: set[Key] = set()
        self._text = 0

    # what happened

    def committed(self, committed: Committed) -> Sequence[Recorded]:
        """Takes note of a commit; gives its effects, on their way straight from it."""
        for step in committed.steps:
            self._take(step)
        for (key, number), token in committed.written.links.items():
            if known := self._known.get(key):
                known.links[number] = token
                conversation = known.snapshot.conversation
                if conversation and conversation.handoff and conversation.handoff.number == number:
                    known.cards[number, conversation.handoff.desk] = None
        for effect in committed.effects:
            key = Key(effect.tenant, effect.conversation)
            if effect.conversation in committed.written.shared or key in self._doubtful:
                self.forget(effect.tenant, effect.conversation)
        self._make_room()
        return [replace(effect, straight=True) for effect in committed.effects]

    def doubt(self, key: Key) -> None:
        """Something may be committed that nobody here knows of: until `trust`, what is stored counts."""
        self._doubtful.add(key)
        self.forget(key.tenant, key.conversation)

    def trust(self, key: Key) -> None:
        self._doubtful.discard(key)

    def settled(self, settled: Settled) -> None:
        """A card was posted: it is known before its place can be read back."""
        recorded = settled.recorded
        known = self._known.get(Key(recorded.tenant, recorded.conversation))
        if known and settled.card and isinstance(recorded.effect, SyncCard | PostNote):
            known.cards[recorded.effect.handoff, settled.card.desk] = settled.card

    def elsewhere(self, topic: str) -> None:
        """Another process has recorded something: of a conversation, or nobody knows of what."""
        if (key := conversation_of(topic)) is not None:
            self.forget(*key)
        elif not is_desk(topic):
            self._known.clear()
            self._text = 0

    def forget(self, tenant: TenantId, conversation: ConversationId) -> None:
        if known := self._known.pop(Key(tenant, conversation), None):
            self._text -= known.text

    # what is needed

    async def load(self, recorded: Recorded) -> Delivery | None:
        known = self._known.get(Key(recorded.tenant, recorded.conversation))
        delivery = _remembered(recorded, known) if known else None
        return delivery or await self._read(recorded)

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int
    ) -> Sequence[Entry]:
        known = self._known.get(Key(tenant, conversation))
        if known is not None and monotonic() - known.at <= FRESH:
            new = range(after + 1, known.seq + 1)
            if len(new) <= limit and all(seq in known.entries for seq in new):
                found = [known.entries[seq] for seq in new]
                return [entry for entry in found if entry.kind in SHOWN_TO_CUSTOMERS]
        return await self._reads.entries(tenant, conversation, after, limit)

    async def _read(self, recorded: Recorded) -> Delivery | None:
        delivery = await self._outbox.load(recorded)
        if delivery is not None and isinstance(recorded.effect, AskAnswerer):
            self._learn(Key(recorded.tenant, recorded.conversation), recorded.effect, delivery)
        return delivery

    def _learn(self, key: Key, effect: AskAnswerer, delivery: Delivery) -> None:
        """The messages before the question need not be read again for the next one."""
        conversation = delivery.snapshot.conversation
        if conversation is None or delivery.behind or conversation.seq != effect.upto:
            return
        known = self._known.get(key)
        if known is None or known.seq == conversation.seq:
            known = known or _Known(delivery.snapshot, conversation.seq, monotonic())
            known.whole = True
            self._text -= known.text
            known.messages = deque(delivery.messages, MESSAGES)
            known.text = sum(len(entry.text) for entry in known.messages)
            self._text += known.text
            self._known[key] = known

    def _take(self, step: Step) -> None:
        conversation = step.decision.conversation
        if conversation is None:
            return
        key, entries = Key(conversation.tenant, conversation.id), step.decision.entries
        before = conversation.seq - len(entries)
        known = self._known.pop(key, None)
        snapshot, now = Snapshot(conversation, step.customer), monotonic()
        if known is None or known.seq != before:
            self._text -= known.text if known else 0
            known = _Known(snapshot, before, now, whole=before == 0)
        known.snapshot, known.seq, known.at = snapshot, conversation.seq, now
        for entry in entries:
            known.entries[entry.seq] = entry
            if len(known.entries) > ENTRIES:
                known.entries.popitem(last=False)
            if entry.kind is EntryKind.MESSAGE:
                self._remember(known, entry)
        self._known[key] = known

    def _remember(self, known: _Known, entry: Entry) -> None:
        grown = len(entry.text)
        if len(known.messages) == MESSAGES:
            grown -= len(known.messages[0].text)
            known.whole = True
        known.messages.append(entry)
        known.text += grown
        self._text += grown

    def _make_room(self) -> None:
        while len(self._known) > MOST or (self._text > MOST_TEXT and self._known):
            _, known = self._known.popitem(last=False)
            self._text -= known.text


def _remembered(recorded: Recorded, known: _Known) -> Delivery | None:
    """None where memory does not suffice."""
    if recorded.attempts or monotonic() - known.at > FRESH:
        return None
    effect = recorded.effect
    match effect:
        case AskAnswerer():
            said = tuple(entry for entry in known.messages if entry.seq <= effect.upto)
            return Delivery(known.snapshot, messages=said) if known.whole else None
        case SendToCustomer():
            entry = known.entries.get(effect.seq)
            fresh = recorded.straight or not effect.fenced
            return Delivery(known.snapshot, entry=entry) if entry and fresh else None
        case SyncCard():
            return _card(known, effect, None)
        case PostNote():
            entry = known.entries.get(effect.seq)
            return _card(known, effect, entry) if entry else None
    return None


def _card(known: _Known, effect: SyncCard | PostNote, entry: Entry | None) -> Delivery | None:
    """Of the newest handoff only: an older one's state is not in memory."""
    conversation, number = known.snapshot.conversation, effect.handoff
    handoff = conversation.handoff if conversation else None
    if handoff is None or number != handoff.number or number not in known.links:
        return None
    at = (number, effect.desk if isinstance(effect, SyncCard) and effect.desk else handoff.desk)
    if at not in known.cards:
        return None
    return Delivery(known.snapshot, entry=entry, card=known.cards[at], transcript=known.links[number])
