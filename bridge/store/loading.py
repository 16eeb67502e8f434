"""Loads what a batch's events concern: the first half of the recorder's transaction.

At most four statements whatever the number of events: conversations (locked, in the order of their
keys) with their customers; customers of conversations that are new; booked places, where callback times
are on offer; events recorded before. On SQLite the whole transaction is the lock. The walk goes on in
`batch`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.callback import Taken
from bridge.domain.events import CustomerEvent, Event, Opening, Outcome, OutcomeKind
from bridge.domain.ids import CustomerId, EventKey, TenantId
from bridge.domain.model import Customer, desk_of_callback
from bridge.domain.transitions.change import Snapshot
from bridge.ports import Key
from bridge.store.chain import Head
from bridge.store.mapping import clear_text, conversation_from, customer_from
from bridge.store.sealing import Keyring, Seal
from bridge.store.statements import OWNER, Statements

Owner = tuple[TenantId, CustomerId]


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """What the store keeps of a conversation beside the domain's own state."""

    epoch: int
    handoff: int
    """The number of its newest handoff; 0 when there was none."""
    callback: int
    """The number of its newest callback, likewise."""
    head: Head


@dataclass(frozen=True, slots=True)
class StoredCustomer:
    customer: Customer
    revision: int
    sealed_key: bytes | None
    seal: Seal | None
    """None when the customer was erased."""


@dataclass(slots=True)
class Loaded:
    snapshots: dict[Key, Snapshot] = field(default_factory=dict)
    repeats: dict[tuple[TenantId, EventKey], Outcome] = field(default_factory=dict)
    conversations: dict[Key, StoredConversation] = field(default_factory=dict)
    customers: dict[Owner, StoredCustomer] = field(default_factory=dict)


async def load(
    connection: AsyncConnection, statements: Statements, keyring: Keyring, events: Sequence[Event]
) -> Loaded:
    loaded = Loaded()
    openings = _openings(events)
    keys = sorted({(e.tenant, e.conversation) for e in events})
    if keys:
        for row in await statements.conversations.rows(connection, keys):
            _take_conversation(loaded, row, keyring, openings)
    new = {key: opening for key, opening in openings.items() if key not in loaded.snapshots}
    owners = sorted({(key.tenant, opening.customer) for key, opening in new.items()} - set(loaded.customers))
    if owners:
        for row in await statements.customers.rows(connection, owners):
            _take_customer(loaded, row, keyring)
    for event in events:
        key = Key(event.tenant, event.conversation)
        if key not in loaded.snapshots:
            whose = (key.tenant, new[key].customer) if key in new else None
            known = loaded.customers.get(whose) if whose else None
            loaded.snapshots[key] = Snapshot(None, known.customer if known else None)
    await _find_taken(loaded, connection, statements)
    await _find_repeats(loaded, connection, statements, keyring, events)
    return loaded


async def _find_taken(loaded: Loaded, connection: AsyncConnection, statements: Statements) -> None:
    """The booked places of desks whose times are on offer here: what a booking in this batch must know."""
    desks = {
        key: desk
        for key, snapshot in loaded.snapshots.items()
        if (desk := desk_of_callback(snapshot.conversation))
    }
    if not desks:
        return
    taken: defaultdict[tuple[str, str], list[Taken]] = defaultdict(list)
    wanted = sorted({(key.tenant, clear_text(desk)) for key, desk in desks.items()})
    for row in await statements.taken.rows(connection, wanted):
        place = Taken(row["slot_at"], row["until"], row["place"])
        taken[row["tenant_id"], row["desk"]].append(place)
    for key, desk in desks.items():
        places = tuple(taken[key.tenant, clear_text(desk)])
        loaded.snapshots[key] = replace(loaded.snapshots[key], taken=places)


def _openings(events: Sequence[Event]) -> dict[Key, Opening]:
    openings: dict[Key, Opening] = {}
    for event in events:
        if isinstance(event, CustomerEvent) and event.opening is not None:
            openings.setdefault(Key(event.tenant, event.conversation), event.opening)
    return openings


def _take_conversation(
    loaded: Loaded, row: Mapping[Any, Any], keyring: Keyring, openings: Mapping[Key, Opening]
) -> None:
    customer = _take_customer(loaded, row, keyring)
    conversation = conversation_from(row, customer.seal)
    key = Key(conversation.tenant, conversation.id)
    if not conversation.external and key in openings:
        conversation = replace(conversation, external=openings[key].external)
    loaded.snapshots[key] = Snapshot(conversation, customer.customer)
    loaded.conversations[key] = StoredConversation(
        conversation.epoch,
        conversation.handoff.number if conversation.handoff else 0,
        conversation.callback.number if conversation.callback else 0,
        Head(row["audit_n"], row["audit_head"]),
    )


def _take_customer(loaded: Loaded, row: Mapping[Any, Any], keyring: Keyring) -> StoredCustomer:
    columns = owner_columns(row)
    tenant, sealed_key = TenantId(columns["tenant_id"]), columns["sealed_key"]
    owner = (tenant, CustomerId(columns["id"]))
    known = loaded.customers.get(owner)
    if known is None:
        seal = customer_seal(keyring, columns)
        customer = customer_from(columns, seal)
        known = StoredCustomer(customer, columns["revision"], sealed_key, seal)
        loaded.customers[owner] = known
    return known


def owner_columns(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The customer's part of a joined row, under the columns' own names."""
    return {name.removeprefix(OWNER): value for name, value in row.items() if name.startswith(OWNER)}


def customer_seal(keyring: Keyring, row: Mapping[Any, Any]) -> Seal | None:
    """The seal of a customer's row; None when the customer was erased."""
    if row["sealed_key"] is None:
        return None
    return keyring.customer(row["tenant_id"], row["id"], row["sealed_key"])


async def _find_repeats(
    loaded: Loaded,
    connection: AsyncConnection,
    statements: Statements,
    keyring: Keyring,
    events: Sequence[Event],
) -> None:
    hashes = {(e.tenant, keyring.lookup(e.tenant, e.key)): e.key for e in events if e.key}
    if not hashes:
        return
    for row in await statements.repeats.rows(connection, sorted(hashes)):
        tenant = TenantId(row["tenant_id"])
        first = Outcome(OutcomeKind.REPEATED, seq=row["seq"], epoch=row["epoch"])
        loaded.repeats[tenant, hashes[tenant, row["key_hash"]]] = first
