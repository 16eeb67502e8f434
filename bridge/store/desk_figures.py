"""What a desk shows beside its cards: where they stand, and how it did in the last days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median

from sqlalchemy import and_, select

from bridge.domain.ids import ConversationId, HandoffId, TenantId, handoff_id
from bridge.ports import CardRef, DeskFigures
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.mapping import clear_text

MOST = 10_000
"""Handoffs of one desk that are looked at; the newest."""
SOON = 30.0
"""Seconds from the page to the first reply."""


class DeskReads:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def places(self, tenant: TenantId, desk: str) -> Mapping[HandoffId, CardRef]:
        """Where the cards of a desk's open handoffs stand."""
        same = [t.card.c[column.name] == column for column in t.handoff.primary_key]
        same.append(t.card.c.desk == t.handoff.c.desk)
        query = (
            select(t.card.c.conversation_id, t.card.c.number, t.card.c.place, t.card.c.thread, t.card.c.kind)
            .join(t.handoff, and_(*same))
            .where(t.handoff.c.tenant_id == tenant, t.handoff.c.desk == clear_text(desk))
            .where(t.handoff.c.ended_at.is_(None))
        )
        async with self._database.reading_of(tenant) as connection:
            rows = (await connection.execute(query)).all()
        return {
            handoff_id(ConversationId(conversation), number): CardRef(place, thread, kind, desk)
            for conversation, number, place, thread, kind in rows
        }

    async def figures(self, tenant: TenantId, desk: str, agent: str, since: datetime) -> DeskFigures:
        """Of the handoffs called out at the desk since then; `agent` by id, whose own are told apart."""
        row = t.handoff.c
        query = (
            select(row.at, row.claimed_at, row.replied_at, row.owner)
            .where(row.tenant_id == tenant, row.desk == clear_text(desk), row.at >= since)
            .where(row.ended_at.is_(None) | (row.ended_at >= since))
            .order_by(row.at.desc())
            .limit(MOST)
        )
        async with self._database.reading_of(tenant) as connection:
            rows = (await connection.execute(query)).all()
        mine = [found for found in rows if agent and found.owner == agent]
        replied = _seconds((found.at, found.replied_at) for found in mine)
        claimed = _seconds((found.at, found.claimed_at) for found in mine)
        return DeskFigures(
            handoffs=len(rows),
            claimed=sum(found.claimed_at is not None for found in rows),
            mine=len(mine),
            claim_seconds=median(claimed) if claimed else None,
            reply_seconds=median(replied) if replied else None,
            replied=len(replied),
            within_30s=sum(seconds <= SOON for seconds in replied),
        )


def _seconds(spans: Iterable[tuple[datetime, datetime | None]]) -> Sequence[float]:
    return [(end - start).total_seconds() for start, end in spans if end is not None]
