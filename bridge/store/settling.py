"""What became of effects: done and withheld ones leave the outbox, a card's place is remembered, the
rest waits or is parked. Gives rows for the commit in which it is recorded; runs no statement.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bridge.domain.effects import PostNote, SyncCard
from bridge.ports import Settled
from bridge.store.mapping import clear_text

Columns = dict[str, Any]
ENDED = ("done", "withheld")
WHY_KEPT = 500
"""Characters of a reason."""


def settled_rows(settled: Sequence[Settled], now: datetime) -> dict[str, list[Columns]]:
    """By part (`statements.PARTS`), in one order for every replica, so that two never wait for each other.

    Of several results of one effect the last counts: a row is changed once in a commit.
    """
    last = {_place(result): result for result in settled}
    results = [last[place] for place in sorted(last)]
    names = ("tenant_id", "conversation_id", "number", "desk")
    posted = {tuple(c[name] for name in names): c for r in results if (c := _card(r, now))}
    return {
        "cards": list(posted.values()),
        "effects_done": [_key(result) for result in results if result.status in ENDED],
        "effects_waiting": [_waiting(result, now) for result in results if result.status not in ENDED],
    }


def _place(result: Settled) -> tuple[str, str, int]:
    return result.recorded.tenant, result.recorded.conversation, result.recorded.effect.number


def _key(result: Settled) -> Columns:
    tenant, conversation, number = _place(result)
    return {"tenant_id": tenant, "conversation_id": conversation, "number": number}


def _waiting(result: Settled, now: datetime) -> Columns:
    return _key(result) | {
        "status": "pending" if result.status == "retry" else result.status,
        "attempts": result.recorded.attempts + 1,
        "due_at": result.due or now,
        "why": clear_text(result.why)[:WHY_KEPT],
    }


def _card(result: Settled, now: datetime) -> Columns | None:
    effect = result.recorded.effect
    if result.card is None or not isinstance(effect, SyncCard | PostNote):
        return None
    return {
        "tenant_id": result.recorded.tenant,
        "conversation_id": result.recorded.conversation,
        "number": effect.handoff,
        "desk": clear_text(result.card.desk),
        "kind": clear_text(result.card.kind),
        "place": clear_text(result.card.place),
        "thread": clear_text(result.card.thread),
        "at": now,
    }
