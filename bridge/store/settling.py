"""What became of effects: done and withheld ones leave the outbox, a card's place is remembered, the
rest waits or is parked. Runs inside the recorder's transaction, in three statements at most.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.effects import PostNote, SyncCard
from bridge.ports import Settled
from bridge.store.mapping import clear_text
from bridge.store.statements import Statements

ENDED = ("done", "withheld")
WHY_KEPT = 500
"""Characters of a reason."""


async def settle(
    connection: AsyncConnection, statements: Statements, settled: Sequence[Settled], now: datetime
) -> None:
    results = sorted(settled, key=_place)
    done = [_key(result) for result in results if result.status in ENDED]
    waiting = [_waiting(result, now) for result in results if result.status not in ENDED]
    cards = [card for result in results if (card := _card(result, now))]
    if cards:
        await connection.execute(statements.upsert_cards, cards)
    if done:
        await connection.execute(statements.delete_effects, done)
    if waiting:
        await connection.execute(statements.update_effects, waiting)


def _place(result: Settled) -> tuple[str, str, int]:
    """One order for every replica, so that two of them never wait for each other."""
    return result.recorded.tenant, result.recorded.conversation, result.recorded.effect.number


def _key(result: Settled) -> dict[str, Any]:
    tenant, conversation, number = _place(result)
    return {"key_tenant_id": tenant, "key_conversation_id": conversation, "key_number": number}


def _waiting(result: Settled, now: datetime) -> dict[str, Any]:
    return _key(result) | {
        "status": "pending" if result.status == "retry" else result.status,
        "attempts": result.recorded.attempts + 1,
        "due_at": result.due or now,
        "why": clear_text(result.why)[:WHY_KEPT],
    }


def _card(result: Settled, now: datetime) -> dict[str, Any] | None:
    effect = result.recorded.effect
    if result.card is None or not isinstance(effect, SyncCard | PostNote):
        return None
    return {
        "key_tenant_id": result.recorded.tenant,
        "key_conversation_id": result.recorded.conversation,
        "key_number": effect.handoff,
        "key_kind": clear_text(result.card.kind),
        "key_place": clear_text(result.card.place),
        "key_thread": clear_text(result.card.thread),
        "key_at": now,
    }
