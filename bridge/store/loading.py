"""Reads what a batch's events concern: the first half of the recorder's transaction.

Turns the rows of `lookups` into the domain's values. What this process wrote itself is not unsealed again:
it is known by its sealed text (`memory`). The walk goes on in `batch`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.domain.callback import Taken
from bridge.domain.effects import Held
from bridge.domain.events import (
    CustomerEvent,
    Event,
    Opening,
    Outcome,
    OutcomeKind,
    asks_what_is_held,
    entry_named,
)
from bridge.domain.ids import CustomerId, EventKey, TenantId
from bridge.domain.model import Entry, desk_of_callback
from bridge.domain.transitions.change import Snapshot
from bridge.ports import UNCERTAIN, Conflict, Key
from bridge.store.chain import Head
from bridge.store.lookups import CONVERSATION, CUSTOMER, WHAT, Wanted
from bridge.store.mapping import clear_text, entry_from
from bridge.store.memory import Memory, Owner, StoredCustomer
from bridge.store.sealing import Keyring

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """What the store keeps of a conversation beside the domain's own state."""

    epoch: int
    handoff: int
    """The number of its newest handoff; 0 when there was none."""
    callback: int
    """The number of its newest callback, likewise."""
    head: Head


@dataclass(slots=True)
class Loaded:
    snapshots: dict[Key, Snapshot] = field(default_factory=dict)
    repeats: dict[tuple[TenantId, EventKey], Outcome] = field(default_factory=dict)
    conversations: dict[Key, StoredConversation] = field(default_factory=dict)
    customers: dict[Owner, StoredCustomer] = field(default_factory=dict)
    hashes: dict[tuple[TenantId, EventKey], str] = field(default_factory=dict)
    """Of the keys of the batch's events."""
    entries: dict[tuple[Key, int], Entry] = field(default_factory=dict)
    """Those that the batch's events name, and that are there."""


class Loading:
    """One batch: what it wants, and what came back."""

    def __init__(self, events: Sequence[Event], keyring: Keyring, memory: Memory) -> None:
        self._events = events
        self._keyring = keyring
        self._memory = memory
        self._openings = _openings(events)
        self._keys = {Key(e.tenant, e.conversation) for e in events}
        self._hashes = {(e.tenant, e.key): keyring.lookup(e.tenant, e.key) for e in events if e.key}

    def wanted(self) -> Wanted | None:
        """None where there is nothing to look up."""
        if not self._keys:
            return None
        conversations = sorted((key.tenant, key.conversation, self._opener(key)) for key in self._keys)
        return Wanted(conversations, sorted({(key[0], hash_) for key, hash_ in self._hashes.items()}))

    def read(self, rows: Iterable[Row]) -> Loaded:
        loaded = Loaded(hashes=self._hashes)
        events = {(tenant, hash_): (tenant, key) for (tenant, key), hash_ in self._hashes.items()}
        for row in rows:
            what = row[WHAT]
            if what == CONVERSATION:
                self._take_conversation(loaded, row)
            elif what == CUSTOMER:
                self._take_customer(loaded, row)
            else:
                first = Outcome(OutcomeKind.REPEATED, seq=row["seq"], epoch=row["epoch"])
                loaded.repeats[events[row["tenant_id"], row["id"]]] = first
        for key in self._keys - loaded.snapshots.keys():
            if self._memory.knows(key):
                self._memory.forget(key)
                raise Conflict("a conversation is no longer there")
            known = loaded.customers.get((key.tenant, CustomerId(self._opener(key))))
            loaded.snapshots[key] = Snapshot(None, known.customer if known else None)
        return loaded

    def desks(self, loaded: Loaded) -> Sequence[tuple[str, str]]:
        """(tenant, desk) of callbacks that are on offer or promised here: their places must be known."""
        return sorted({(key.tenant, clear_text(desk)) for key, desk in _desks(loaded)})

    def take_places(self, loaded: Loaded, rows: Iterable[Row]) -> None:
        """What is booked at those desks."""
        taken: defaultdict[tuple[str, str], list[Taken]] = defaultdict(list)
        for row in rows:
            place = Taken(row["slot_at"], row["until"], row["place"])
            taken[row["tenant_id"], row["desk"]].append(place)
        for key, desk in _desks(loaded):
            places = tuple(taken[key.tenant, clear_text(desk)])
            loaded.snapshots[key] = replace(loaded.snapshots[key], taken=places)

    def entries(self, loaded: Loaded) -> Sequence[tuple[str, str, int]]:
        """(tenant, conversation, seq) of what the events name, where it can be there and be read."""
        named = {(Key(e.tenant, e.conversation), seq) for e in self._events if (seq := entry_named(e))}
        return sorted(
            (key.tenant, key.conversation, seq)
            for key, seq in named
            if (known := loaded.snapshots[key].conversation) and 0 < seq <= known.seq
        )

    def take_entries(self, loaded: Loaded, rows: Iterable[Row]) -> None:
        for row in rows:
            key = Key(row["tenant_id"], row["conversation_id"])
            conversation = loaded.snapshots[key].conversation
            assert conversation is not None
            seal = loaded.customers[key.tenant, conversation.customer].seal
            if seal is not None:
                loaded.entries[key, row["seq"]] = entry_from(row, seal)

    def holders(self, loaded: Loaded) -> Sequence[tuple[str, str]]:
        """(tenant, conversation) of which it must be known what waits in the outbox."""
        keys = {Key(e.tenant, e.conversation) for e in self._events if asks_what_is_held(e)}
        return sorted((k.tenant, k.conversation) for k in keys if loaded.snapshots[k].conversation)

    def take_held(self, loaded: Loaded, rows: Iterable[Row]) -> None:
        for row in sorted(rows, key=lambda row: int(row["number"])):
            key = Key(row["tenant_id"], row["conversation_id"])
            held = Held(row["number"], row["due_at"], row["why"].startswith(UNCERTAIN))
            snapshot = loaded.snapshots[key]
            loaded.snapshots[key] = replace(snapshot, held=(*snapshot.held, held))

    def _opener(self, key: Key) -> str:
        """Of a conversation that is known to be there nobody need be looked up who might open it."""
        opening = self._openings.get(key)
        return opening.customer if opening and not self._memory.knows(key) else ""

    def _take_conversation(self, loaded: Loaded, row: Row) -> None:
        customer = self._take_customer(loaded, row)
        conversation = self._memory.conversation(row, customer.seal)
        key = Key(conversation.tenant, conversation.id)
        if not conversation.external and key in self._openings:
            conversation = replace(conversation, external=self._openings[key].external)
        loaded.snapshots[key] = Snapshot(conversation, customer.customer)
        loaded.conversations[key] = StoredConversation(
            conversation.epoch,
            conversation.handoff.number if conversation.handoff else 0,
            conversation.callback.number if conversation.callback else 0,
            Head(row["audit_n"], row["audit_head"]),
        )

    def _take_customer(self, loaded: Loaded, row: Row) -> StoredCustomer:
        owner = (TenantId(row["owner_tenant_id"]), CustomerId(row["owner_id"]))
        known = loaded.customers.get(owner)
        if known is None:
            known = loaded.customers[owner] = self._memory.customer(owner, row, self._keyring)
        return known


def _desks(loaded: Loaded) -> list[tuple[Key, str]]:
    found = [(key, desk_of_callback(snapshot.conversation)) for key, snapshot in loaded.snapshots.items()]
    return [(key, desk) for key, desk in found if desk]


def _openings(events: Sequence[Event]) -> dict[Key, Opening]:
    openings: dict[Key, Opening] = {}
    for event in events:
        if isinstance(event, CustomerEvent) and event.opening is not None:
            openings.setdefault(Key(event.tenant, event.conversation), event.opening)
    return openings
