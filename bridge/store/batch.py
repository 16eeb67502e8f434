"""The rows of one commit, gathered from the decisions of a batch. Runs no statement.

Several events may concern one conversation: the last state of it is written, and every entry, turn,
effect and audit row in the order in which they were decided. The walk goes on in `recording`.
"""

import os
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from bridge.domain.effects import TimerSet
from bridge.domain.events import TimerDue, TimerKind
from bridge.domain.ids import TenantId
from bridge.domain.model import Callback, Conversation, Customer, Handoff
from bridge.ports import Key, Step
from bridge.store import mapping
from bridge.store.chain import Chain, Head
from bridge.store.loading import Loaded
from bridge.store.memory import Owner
from bridge.store.sealing import Keyring, Seal

Columns = dict[str, Any]

LINK_LIVES = timedelta(days=30)
LINK_BYTES = 32
ALWAYS = datetime.max.replace(tzinfo=UTC), 2**31 - 1
"""Takes a timer away whenever it is due and whoever set it."""


class Batch:
    def __init__(self, loaded: Loaded, keyring: Keyring, worker: str, now: datetime) -> None:
        self._loaded = loaded
        self._keyring = keyring
        self._worker = worker
        self._now = now
        self._conversations: dict[Key, Conversation] = {}
        self._customers: dict[Owner, Customer] = {}
        self._handoffs: dict[tuple[Key, int], Handoff] = {}
        self._timers: dict[tuple[Key, TimerKind], TimerSet] = {}
        self._callbacks: dict[tuple[Key, int], Callback] = {}
        self._chains: dict[Key, Chain] = {}
        self._fresh: dict[Owner, bytes] = {}
        self._rows: dict[str, list[Columns]] = {
            name: [] for name in ("entries", "turns", "effects", "audit", "inbox")
        }
        self.links: dict[tuple[Key, int], str] = {}
        """The transcript links of new handoffs: they stand nowhere else in clear."""
        self.known: list[tuple[Key, Columns, Conversation]] = []
        """The conversations as written, for who remembers them."""

    def add(self, step: Step) -> None:
        decision, conversation = step.decision, step.decision.conversation
        if conversation is None:
            return
        key = Key(conversation.tenant, conversation.id)
        owner = (conversation.tenant, conversation.customer)
        self._conversations[key] = conversation
        if decision.customer is not None:
            self._customers[owner] = decision.customer
        if conversation.handoff is not None:
            self._handoffs[key, conversation.handoff.number] = conversation.handoff
        for timer in decision.timers:
            self._timers[key, timer.kind] = timer
        for callback in decision.callbacks:
            self._callbacks[key, callback.number] = callback
        seal, rows = self._seal(owner), self._rows
        rows["entries"] += [mapping.entry_row(key, entry, seal) for entry in decision.entries]
        rows["turns"] += [mapping.turn_row(key, turn, seal) for turn in decision.turns]
        rows["effects"] += [mapping.effect_row(key, e, self._worker, self._now) for e in decision.effects]
        if decision.audit:
            chain = self._chain(key)
            rows["audit"] += [chain.add(row, self._now) for row in decision.audit]
        if step.event.key:
            rows["inbox"].append(self._inbox_row(key, step))

    def rows(self, rung: Sequence[TimerDue]) -> dict[str, list[Columns]]:
        """Everything that is to be written, by part (`statements.PARTS`)."""
        new_customers, customers = self._customer_rows()
        new_conversations, conversations = self._conversation_rows()
        new_handoffs, handoffs = self._handoff_rows()
        new_callbacks, callbacks = self._callback_rows()
        timers_away, timers = self._timer_rows(rung)
        return {
            "new_customers": new_customers,
            "customers": customers,
            "new_conversations": new_conversations,
            "conversations": conversations,
            "new_handoffs": new_handoffs,
            "handoffs": handoffs,
            "new_callbacks": new_callbacks,
            "callbacks": callbacks,
            **self._rows,
            "unanchored": self._unanchored(),
            "timers_away": timers_away,
            "timers": timers,
        }

    # (rows of what was new to the database, of what was known)

    def _customer_rows(self) -> tuple[list[Columns], list[Columns]]:
        """A new row always brings a key of its own."""
        new, known = [], []
        for owner, customer in sorted(self._customers.items()):
            row = mapping.customer_row(owner[0], customer, self._seal(owner))
            stored = self._loaded.customers.get(owner)
            row["sealed_key"] = self._fresh.get(owner) or (stored and stored.sealed_key)
            row["revision"] = stored.revision + 1 if stored else 1
            if stored:
                known.append(row | {"seen": stored.revision})
            else:
                new.append(row)
        return new, known

    def _conversation_rows(self) -> tuple[list[Columns], list[Columns]]:
        new, known = [], []
        for key, conversation in sorted(self._conversations.items(), key=_by_name):
            head = self._head(key)
            row = mapping.conversation_row(conversation, self._seal((key.tenant, conversation.customer)))
            row["audit_n"], row["audit_head"] = head.n, head.hash
            stored = self._loaded.conversations.get(key)
            if stored:
                row["seen"] = stored.epoch
                known.append(row)
            else:
                new.append(row)
            self.known.append((key, row, conversation))
        return new, known

    def _handoff_rows(self) -> tuple[list[Columns], list[Columns]]:
        """A new handoff gets its transcript link; what did not change is not written."""
        new, known = [], []
        for (key, number), handoff in self._handoffs.items():
            seal = self._seal((key.tenant, self._conversations[key].customer))
            stored = self._loaded.conversations.get(key)
            if stored is None or number > stored.handoff:
                token, link = _link(key, number, seal, self._now)
                self.links[key, number] = token
                new.append(mapping.handoff_row(key, handoff, seal) | link)
            elif handoff != self._loaded_handoff(key):
                known.append(mapping.handoff_row(key, handoff, seal))
        return new, known

    def _timer_rows(self, rung: Sequence[TimerDue]) -> tuple[list[Columns], list[Columns]]:
        """(taken away, set): of several settings of one timer the last counts.

        An alarm that rang is over, unless it was set anew: then the new setting stands.
        """
        away = {(Key(e.tenant, e.conversation), e.kind): (self._now, e.epoch) for e in rung}
        kept = []
        for place, timer in sorted(self._timers.items(), key=_by_name):
            if timer.due is None:
                away[place] = ALWAYS
            else:
                away.pop(place, None)
                kept.append(_timer(*place, timer.due, timer.epoch))
        return [_timer(*place, *upto) for place, upto in sorted(away.items(), key=_by_name)], kept

    def _callback_rows(self) -> tuple[list[Columns], list[Columns]]:
        new, known = [], []
        for (key, number), callback in sorted(self._callbacks.items(), key=_by_name):
            row = mapping.callback_row(key, callback)
            stored = self._loaded.conversations.get(key)
            if stored is None or number > stored.callback:
                new.append(row)
            else:
                known.append(row)
        return new, known

    def _unanchored(self) -> list[Columns]:
        """Streams that grew, in one order for every replica."""
        ends = {(row["tenant_id"], row["stream"]): row["n"] for row in self._rows["audit"]}
        return [{"tenant_id": tenant, "stream": s, "n": n} for (tenant, s), n in sorted(ends.items())]

    def _loaded_handoff(self, key: Key) -> Handoff | None:
        before = self._loaded.snapshots[key].conversation
        return before.handoff if before else None

    def _seal(self, owner: Owner) -> Seal:
        """The customer's seal. A new customer, or one who was erased and comes again, gets a new key."""
        stored = self._loaded.customers.get(owner)
        if stored is not None and stored.seal is not None:
            return stored.seal
        tenant, customer = owner
        if owner not in self._fresh:
            self._fresh[owner] = self._keyring.new_customer_key(tenant, customer)
            if stored is not None:
                self._customers.setdefault(owner, stored.customer)
        return self._keyring.customer(tenant, customer, self._fresh[owner])

    def _head(self, key: Key) -> Head:
        if chain := self._chains.get(key):
            return chain.head
        stored = self._loaded.conversations.get(key)
        return stored.head if stored else Head()

    def _chain(self, key: Key) -> Chain:
        chain = self._chains.get(key)
        if chain is None:
            secret = self._keyring.audit_key(key.tenant)
            chain = self._chains[key] = Chain(secret, key.tenant, key.conversation, self._head(key))
        return chain

    def _inbox_row(self, key: Key, step: Step) -> Columns:
        outcome = step.decision.outcome
        return {
            "tenant_id": key.tenant,
            "key_hash": self._loaded.hashes[key.tenant, step.event.key],
            "conversation_id": key.conversation,
            "seq": outcome.seq,
            "epoch": outcome.epoch,
            "at": self._now,
        }


def _timer(key: Key, kind: TimerKind, due: datetime, epoch: int) -> Columns:
    """A timer's row; of one that is taken away `due` and `epoch` are the newest that may go."""
    return {
        "tenant_id": key.tenant,
        "conversation_id": key.conversation,
        "kind": kind.value,
        "due_at": due,
        "epoch": epoch,
    }


def link_hash(token: str) -> bytes:
    """What a transcript link is found by; the link itself is nowhere in clear."""
    return sha256(token.encode("utf-8", "replace")).digest()


def link_tenant(token: str) -> TenantId | None:
    """The tenant that a link names: a look-up never crosses tenants."""
    tenant, _, secret = token.rpartition(".")
    well_formed = tenant and secret and token == mapping.clear_text(token)
    return TenantId(tenant) if well_formed else None


def _link(key: Key, number: int, seal: Seal, now: datetime) -> tuple[str, Columns]:
    secret = urlsafe_b64encode(os.urandom(LINK_BYTES)).rstrip(b"=").decode()
    token = f"{key.tenant}.{secret}"
    name = mapping.row_name(key, number)
    return token, {
        "link_hash": link_hash(token),
        "link_sealed": seal.seal(token.encode(), key.tenant, "handoff.link_sealed", name),
        "link_expires_at": now + LINK_LIVES,
        "revoked": False,
    }


def _by_name(item: tuple[Any, Any]) -> Any:
    return _names(item[0])


def _names(key: Any) -> tuple[str, ...]:
    if isinstance(key, Key):
        return (key.tenant, key.conversation)
    return (*_names(key[0]), str(key[1]))
