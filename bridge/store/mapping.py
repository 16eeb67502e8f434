"""Domain values to rows and back. Pure; what is a customer's own goes into a row sealed or not at all.

A conversation's hot fields stand in columns; all the rest of it is one sealed `memo`, so that a new
field of the domain needs no migration. Every function here has its twin: `x_row` and `x_from`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bridge.domain.effects import AskAnswerer, Effect, PostNote, SendToCustomer, SyncCard
from bridge.domain.ids import ConversationId, CustomerId, TenantId
from bridge.domain.model import (
    Author,
    Callback,
    Conversation,
    Customer,
    Entry,
    EntryKind,
    Handoff,
    Mode,
    Profile,
    TurnRecord,
)
from bridge.ports import UNCERTAIN, Key, Recorded
from bridge.store.codec import Record, from_bytes, record, to_bytes
from bridge.store.sealing import Seal

Columns = dict[str, Any]
Fields = Mapping[Any, Any]

_MEMO = Record(
    Conversation,
    elsewhere=(
        *("tenant", "id", "channel", "customer", "opened_at"),
        *("mode", "epoch", "seq", "effects", "turn", "language"),
    ),
)
_BODY = Record(Entry, elsewhere=("seq", "kind", "author", "at", "turn"))
_DETAILS = Record(TurnRecord, elsewhere=("number", "decision", "at", "seq", "confidence", "threshold"))
_HANDOFF = Record(Handoff)
_EFFECTS: dict[str, tuple[type[Effect], Record[Any]]] = {
    name: (cls, Record(cls, elsewhere=("number", "epoch")))
    for name, cls in (
        ("send_to_customer", SendToCustomer),
        ("ask_answerer", AskAnswerer),
        ("sync_card", SyncCard),
        ("post_note", PostNote),
    )
}
_KINDS = {cls: name for name, (cls, _) in _EFFECTS.items()}
_UNSTORABLE = re.compile("[\u0000\ud800-\udfff]")


def kind_of(effect: type[Effect]) -> str:
    """The name of an effect in the outbox."""
    return _KINDS[effect]


def clear_text(text: str) -> str:
    """A text for a column in clear: without what PostgreSQL refuses (NUL, halves of characters)."""
    return _UNSTORABLE.sub("\ufffd", text)


def row_name(key: Key, number: int) -> str:
    """What a sealed value is bound to where rows are numbered within a conversation."""
    return f"{key.conversation}.{number}"


# ---- customer and conversation ------------------------------------------------------------------


def customer_row(tenant: TenantId, customer: Customer, seal: Seal) -> Columns:
    profile = to_bytes(record(Profile).dump(customer.profile))
    return {
        "tenant_id": tenant,
        "id": customer.id,
        "sealed_profile": seal.seal(profile, tenant, "customer.sealed_profile", customer.id),
        "conversations": customer.conversations,
        "began_at": customer.began_at,
        "last_at": customer.last_at,
        "last_ending": clear_text(customer.last_ending),
        "erased_at": None,
    }


def customer_from(row: Fields, seal: Seal | None) -> Customer:
    """An erased customer is a stranger again."""
    tenant, sealed = row["tenant_id"], row["sealed_profile"]
    profile = Profile()
    if seal is not None and sealed is not None:
        stored = seal.open(sealed, tenant, "customer.sealed_profile", row["id"])
        profile = record(Profile).load(from_bytes(stored))
    return Customer(
        CustomerId(row["id"]),
        profile,
        row["conversations"],
        row["began_at"],
        row["last_at"],
        row["last_ending"],
    )


def conversation_row(conversation: Conversation, seal: Seal) -> Columns:
    memo = to_bytes(_MEMO.dump(conversation))
    tenant = conversation.tenant
    return {
        "tenant_id": tenant,
        "id": conversation.id,
        "channel": conversation.channel,
        "customer_id": conversation.customer,
        "mode": conversation.mode.value,
        "epoch": conversation.epoch,
        "seq": conversation.seq,
        "effects": conversation.effects,
        "turn": conversation.turn,
        "opened_at": conversation.opened_at,
        "language": conversation.language,
        "memo": seal.seal(memo, tenant, "conversation.memo", conversation.id),
    }


def conversation_from(row: Fields, seal: Seal | None) -> Conversation:
    """Where the customer was erased, only what stands in clear is left."""
    tenant, memo = row["tenant_id"], row["memo"]
    stored: Fields = {"external": ""}
    if seal is not None and memo is not None:
        stored = from_bytes(seal.open(memo, tenant, "conversation.memo", row["id"]))
    return _MEMO.load(
        stored,
        tenant=TenantId(tenant),
        id=ConversationId(row["id"]),
        channel=row["channel"],
        customer=CustomerId(row["customer_id"]),
        opened_at=row["opened_at"],
        mode=Mode(row["mode"]),
        epoch=row["epoch"],
        seq=row["seq"],
        effects=row["effects"],
        turn=row["turn"],
        language=row["language"],
    )


# ---- what a conversation consists of --------------------------------------------------------------


def entry_row(key: Key, entry: Entry, seal: Seal) -> Columns:
    body = to_bytes(_BODY.dump(entry))
    return {
        "tenant_id": key.tenant,
        "conversation_id": key.conversation,
        "seq": entry.seq,
        "kind": entry.kind.value,
        "author": entry.author.value,
        "at": entry.at,
        "turn": entry.turn,
        "body": seal.seal(body, key.tenant, "entry.body", row_name(key, entry.seq)),
    }


def entry_from(row: Fields, seal: Seal) -> Entry:
    key = Key(row["tenant_id"], row["conversation_id"])
    body = seal.open(row["body"], key.tenant, "entry.body", row_name(key, row["seq"]))
    return _BODY.load(
        from_bytes(body),
        seq=row["seq"],
        kind=EntryKind(row["kind"]),
        author=Author(row["author"]),
        at=row["at"],
        turn=row["turn"],
    )


def turn_row(key: Key, turn: TurnRecord, seal: Seal) -> Columns:
    details = to_bytes(_DETAILS.dump(turn))
    return {
        "tenant_id": key.tenant,
        "conversation_id": key.conversation,
        "number": turn.number,
        "decision": turn.decision,
        "at": turn.at,
        "seq": turn.seq,
        "confidence": turn.confidence,
        "threshold": turn.threshold,
        "triggers": [[fired.trigger.value, clear_text(fired.group)] for fired in turn.triggers],
        "details": seal.seal(details, key.tenant, "turn.details", row_name(key, turn.number)),
    }


def turn_from(row: Fields, seal: Seal) -> TurnRecord:
    key = Key(row["tenant_id"], row["conversation_id"])
    details = seal.open(row["details"], key.tenant, "turn.details", row_name(key, row["number"]))
    return _DETAILS.load(
        from_bytes(details),
        number=row["number"],
        decision=row["decision"],
        at=row["at"],
        seq=row["seq"],
        confidence=row["confidence"],
        threshold=row["threshold"],
    )


def handoff_row(key: Key, handoff: Handoff, seal: Seal) -> Columns:
    details = to_bytes(_HANDOFF.dump(handoff))
    return {
        "tenant_id": key.tenant,
        "conversation_id": key.conversation,
        "number": handoff.number,
        "desk": handoff.desk,
        "at": handoff.at,
        "claimed_at": handoff.claimed_at,
        "replied_at": handoff.replied_at,
        "ended_at": handoff.ended_at,
        "ending": handoff.ending.value if handoff.ending else "",
        "owner": clear_text(handoff.owner.id) if handoff.owner else "",
        "pages": handoff.pages,
        "trigger": handoff.triggers[0].trigger.value,
        "outcome": handoff.outcome.value if handoff.outcome else "",
        "details": seal.seal(details, key.tenant, "handoff.details", row_name(key, handoff.number)),
    }


def handoff_from(row: Fields, seal: Seal) -> Handoff:
    key = Key(row["tenant_id"], row["conversation_id"])
    details = seal.open(row["details"], key.tenant, "handoff.details", row_name(key, row["number"]))
    return _HANDOFF.load(from_bytes(details))


def callback_row(key: Key, callback: Callback) -> Columns:
    return {
        "tenant_id": key.tenant,
        "conversation_id": key.conversation,
        "number": callback.number,
        "desk": clear_text(callback.desk),
        "slot_at": callback.at,
        "until": callback.until,
        "zone": callback.zone,
        "local": callback.local,
        "place": callback.place,
        "state": callback.state.value,
        "booked_at": callback.booked_at,
        "settled_at": callback.settled_at,
    }


# ---- effects ----------------------------------------------------------------------------------------


def effect_row(key: Key, effect: Effect, worker: str, now: datetime) -> Columns:
    """Born leased to the process that records it."""
    kind = kind_of(type(effect))
    due = effect.due if isinstance(effect, AskAnswerer) else now
    return {
        "tenant_id": key.tenant,
        "conversation_id": key.conversation,
        "number": effect.number,
        "kind": kind,
        "epoch": effect.epoch,
        "args": _EFFECTS[kind][1].dump(effect),
        "status": "pending",
        "attempts": 0,
        "at": now,
        "due_at": due,
        "worker": worker,
        "why": "",
    }


def recorded_from(row: Fields) -> Recorded:
    _, args = _EFFECTS[row["kind"]]
    effect = args.load(row["args"], number=row["number"], epoch=row["epoch"])
    return Recorded(
        TenantId(row["tenant_id"]),
        ConversationId(row["conversation_id"]),
        effect,
        row["attempts"],
        row["due_at"],
        row["why"].startswith(UNCERTAIN),
    )
