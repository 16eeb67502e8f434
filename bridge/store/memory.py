"""What this process wrote, so that it need not be unsealed to be read again.

A value is known by its sealed text: each sealing has a nonce of its own, so the same text stands for the
same value whoever wrote the row, and a row that anybody changed has another. So nothing here can be out of
date, with any number of replicas. Bounded; what was not used longest is forgotten first.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bridge.domain.ids import CustomerId, TenantId
from bridge.domain.model import Conversation, Customer
from bridge.ports import Key
from bridge.store.mapping import conversation_from, customer_from
from bridge.store.sealing import Keyring, Seal

Row = Mapping[Any, Any]
Owner = tuple[TenantId, CustomerId]
V = TypeVar("V")

MOST = 10_000
"""Conversations, and as many customers: some 20 MB."""


@dataclass(frozen=True, slots=True)
class StoredCustomer:
    customer: Customer
    revision: int
    sealed_key: bytes | None
    seal: Seal | None
    """None when the customer was erased."""


class Kept(Generic[V]):
    """A bounded table of the values used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, name: Hashable) -> V | None:
        found = self._values.get(name)
        if found is not None:
            self._values.move_to_end(name)
        return found

    def __contains__(self, name: Hashable) -> bool:
        return name in self._values

    def put(self, name: Hashable, value: V) -> None:
        self._values[name] = value
        self._values.move_to_end(name)
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def drop(self, name: Hashable) -> None:
        self._values.pop(name, None)


class Memory:
    def __init__(self, most: int = MOST) -> None:
        self._conversations: Kept[tuple[bytes, Conversation]] = Kept(most)
        self._customers: Kept[tuple[bytes, StoredCustomer]] = Kept(most)

    def conversation(self, row: Row, seal: Seal | None) -> Conversation:
        name, memo = (row["tenant_id"], row["id"]), row["memo"]
        known = self._conversations.get(name)
        if known is not None and known[0] == memo and known[1].epoch == row["epoch"]:
            return known[1]
        conversation = conversation_from(row, seal)
        if memo is not None:
            self._conversations.put(name, (memo, conversation))
        return conversation

    def knows(self, key: Key) -> bool:
        """Whether this conversation was there."""
        return (key.tenant, key.conversation) in self._conversations

    def forget(self, key: Key) -> None:
        self._conversations.drop((key.tenant, key.conversation))

    def wrote(self, key: Key, row: Row, conversation: Conversation) -> None:
        """After the commit: the conversation as its row holds it."""
        self._conversations.put((key.tenant, key.conversation), (row["memo"], conversation))

    def customer(self, owner: Owner, row: Row, keyring: Keyring) -> StoredCustomer:
        """The customer of a joined row; an erased one is a stranger again."""
        profile, revision = row["owner_sealed_profile"], row["owner_revision"]
        known = self._customers.get(owner)
        if known is not None and known[0] == profile and known[1].revision == revision:
            return known[1]
        sealed_key = row["owner_sealed_key"]
        seal = keyring.customer(*owner, sealed_key) if sealed_key is not None else None
        columns = {
            "tenant_id": owner[0],
            "id": owner[1],
            "sealed_profile": profile,
            **{n: row[f"owner_{n}"] for n in ("conversations", "began_at", "last_at", "last_ending")},
        }
        stored = StoredCustomer(customer_from(columns, seal), revision, sealed_key, seal)
        if profile is not None:
            self._customers.put(owner, (profile, stored))
        return stored
