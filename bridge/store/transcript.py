"""The whole of a conversation, for who holds a handoff's transcript link.

The link names its tenant, so a look-up never crosses tenants; it is found by its hash, and it is worth
nothing once it has expired or was revoked. Reading consumes nothing; that it was opened is audited by
who asks.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.ids import ConversationId, HandoffId, TenantId, split_handoff_id
from bridge.ports import AuditLine, Key, TranscriptView
from bridge.store import reads
from bridge.store import tables as t
from bridge.store.batch import link_hash, link_tenant
from bridge.store.engine import Database
from bridge.store.mapping import handoff_from, turn_from


class Transcripts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def transcript(self, token: str) -> TranscriptView | None:
        """None for what is unknown, expired or revoked; which of them is not told."""
        tenant = link_tenant(token)
        if tenant is None:
            return None
        query = select(t.handoff).where(
            t.handoff.c.tenant_id == tenant,
            t.handoff.c.link_hash == link_hash(token),
            t.handoff.c.revoked.is_(False),
            t.handoff.c.link_expires_at > self._database.clock.now(),
        )
        async with self._database.reading_of(tenant) as connection:
            row = (await connection.execute(query)).mappings().first()
            return await self._read(connection, tenant, row) if row else None

    async def revoke(self, tenant: TenantId, handoff: HandoffId) -> bool:
        """The handoff's link opens nothing any more."""
        parts = split_handoff_id(handoff)
        if parts is None:
            return False
        where = reads.of(Key(tenant, parts[0]), t.handoff) & (t.handoff.c.number == parts[1])
        async with self._database.writing(tenant) as connection:
            return (
                await connection.execute(update(t.handoff).where(where).values(revoked=True))
            ).rowcount > 0

    async def _read(
        self, connection: AsyncConnection, tenant: TenantId, row: Mapping[Any, Any]
    ) -> TranscriptView | None:
        key = Key(tenant, ConversationId(row["conversation_id"]))
        opened = await reads.open_conversation(self._database, key)
        if opened is None or opened.seal is None:
            return None
        turns = select(t.turn).where(reads.of(key, t.turn)).order_by(t.turn.c.number)
        audit = (
            select(*(t.audit.c[name] for name in AuditLine.__dataclass_fields__))
            .where(t.audit.c.tenant_id == tenant, t.audit.c.stream == key.conversation)
            .order_by(t.audit.c.n)
        )
        return TranscriptView(
            tenant,
            opened.conversation,
            opened.customer,
            handoff_from(row, opened.seal),
            await reads.EVERYTHING.after(self._database, key, 0),
            [turn_from(r, opened.seal) for r in (await connection.execute(turns)).mappings()],
            [AuditLine(**r) for r in (await connection.execute(audit)).mappings()],
        )
