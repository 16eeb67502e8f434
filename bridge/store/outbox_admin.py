"""What operators see of the outbox: what waits, what was parked, and a way to send it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from bridge.domain.ids import ConversationId, EffectKey, TenantId, effect_key
from bridge.store import tables as t
from bridge.store.engine import Database


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One effect that is not done. Names no customer and holds no text."""

    tenant: TenantId
    key: EffectKey
    kind: str
    status: str
    """pending or dead."""
    attempts: int
    at: datetime
    due: datetime
    why: str


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    pending: int
    dead: int
    oldest: datetime | None
    """When the oldest pending effect was recorded."""


class OutboxAdmin:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def outbox_list(self, tenant: TenantId | None = None, limit: int = 1000) -> Sequence[OutboxRow]:
        """What is waiting or parked, the oldest first."""
        query = select(t.outbox).order_by(t.outbox.c.at, *t.outbox.primary_key).limit(limit)
        if tenant is not None:
            query = query.where(t.outbox.c.tenant_id == tenant)
        async with self._database.reading() as connection:
            return [_shown(row) for row in (await connection.execute(query)).mappings()]

    async def outbox_retry(
        self, tenant: TenantId, conversation: ConversationId | None = None, number: int | None = None
    ) -> int:
        """Puts dead effects back: all of a tenant, of a conversation, or one. Returns how many."""
        again = update(t.outbox).where(t.outbox.c.tenant_id == tenant, t.outbox.c.status == "dead")
        if conversation is not None:
            again = again.where(t.outbox.c.conversation_id == conversation)
        if number is not None:
            again = again.where(t.outbox.c.number == number)
        now = self._database.clock.now()
        async with self._database.writing(tenant) as connection:
            done = await connection.execute(
                again.values(status="pending", attempts=0, worker=None, due_at=now)
            )
        return done.rowcount

    async def outbox_counts(self) -> OutboxCounts:
        query = select(t.outbox.c.status, func.count(), func.min(t.outbox.c.at)).group_by(t.outbox.c.status)
        async with self._database.reading() as connection:
            found = {status: (many, oldest) for status, many, oldest in await connection.execute(query)}
        pending, oldest = found.get("pending", (0, None))
        dead = found.get("dead", (0, None))[0]
        return OutboxCounts(pending, dead, oldest)


def _shown(row: Mapping[Any, Any]) -> OutboxRow:
    return OutboxRow(
        TenantId(row["tenant_id"]),
        effect_key(ConversationId(row["conversation_id"]), row["number"]),
        row["kind"],
        row["status"],
        row["attempts"],
        row["at"],
        row["due_at"],
        row["why"],
    )
