"""Proves that the audit is whole: walks every chain, compares it with its head and with the anchors.

A row that was edited, put in, taken out or moved breaks its stream's chain. A cut tail shows against the
head that stands with the conversation; where that was turned back too, or the conversation was taken
away whole, it shows against the anchors: a chain of its own, made by a timer over the heads that moved,
whose newest link is published outside the database. Which heads moved is written with every row of the
audit (`unanchored`), never read off a clock. This must never change a row of the audit.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.ids import TenantId
from bridge.ports import Conflict
from bridge.store import tables as t
from bridge.store.chain import ANCHORS, SETTINGS, START, Head, anchor_hash, signed
from bridge.store.engine import Database
from bridge.store.statements import by_key

Row = Mapping[Any, Any]
Anchored = dict[str, dict[int, bytes]]
"""stream → number → hash: what must still be there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first row that is not as it was written."""

    tenant: TenantId
    stream: str
    n: int
    why: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest link of a tenant's chain of anchors, to be published outside the database."""

    tenant: TenantId
    n: int
    at: datetime
    hash: str


class AuditStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def make_anchors(self, now: datetime) -> Sequence[Anchor]:
        """One anchor for each tenant whose heads moved. Safe to run in several processes."""
        async with self._database.reading() as connection:
            tenants = [row.tenant_id for row in await connection.execute(select(t.tenant.c.tenant_id))]
        made = []
        for tenant in sorted(tenants):
            try:
                anchor = await self._make_anchor(TenantId(tenant), now)
            except Conflict:
                continue  # another process made it
            if anchor is not None:
                made.append(anchor)
        return made

    async def verify(self, tenant: TenantId) -> Finding | None:
        """Walks every stream of a tenant; the first thing that is wrong, or None."""
        async with self._database.standing_still(tenant) as connection:
            walk = _Walk(tenant, self._database.keyring.audit_key(tenant))
            return (
                await walk.anchors(connection)
                or await walk.streams(connection)
                or await walk.heads(connection)
                or walk.missing()
            )

    async def export(self, tenant: TenantId) -> AsyncIterator[dict[str, Any]]:
        """Every row of the audit, stream by stream, then the anchors; hashes in hexadecimal."""
        async with self._database.standing_still(tenant) as connection:
            for table, order in ((t.audit, ("stream", "n")), (t.anchor, ("n",))):
                query = select(table).where(table.c.tenant_id == tenant)
                rows = await connection.stream(query.order_by(*(table.c[name] for name in order)))
                async for row in rows.mappings():
                    yield {"type": table.name, **row, "hash": row["hash"].hex()}

    async def _make_anchor(self, tenant: TenantId, now: datetime) -> Anchor | None:
        async with self._database.writing(tenant) as connection:
            heads = await self._take_moved(connection, tenant)
            if not heads:
                return None
            query = select(t.anchor).where(t.anchor.c.tenant_id == tenant)
            last = (await connection.execute(query.order_by(t.anchor.c.n.desc()).limit(1))).mappings().first()
            n, before = (last["n"] + 1, last["hash"]) if last else (1, START)
            row: dict[str, Any] = {"tenant_id": tenant, "n": n, "at": now, "heads": heads}
            key = self._database.keyring.audit_key(tenant)
            row["hash"] = anchor_hash(key, before, row)
            await connection.execute(insert(t.anchor).values(row))
            return Anchor(tenant, n, now, row["hash"].hex())

    async def _take_moved(self, connection: AsyncConnection, tenant: TenantId) -> dict[str, list[Any]]:
        """The heads that moved, which from now on count as anchored.

        What a recorder is writing at this moment is left to the next anchor: its row is locked.
        """
        moved, row = t.unanchored.c, t.audit.c
        here = (row.tenant_id == moved.tenant_id) & (row.stream == moved.stream) & (row.n == moved.n)
        query = (
            select(moved.stream, moved.n, row.hash)
            .join(t.audit, here)
            .where(moved.tenant_id == tenant)
            .order_by(moved.stream)
            .with_for_update(of=t.unanchored, skip_locked=True)
        )
        heads = {stream: [n, hash_.hex()] for stream, n, hash_ in await connection.execute(query)}
        if heads:
            anchored = delete(t.unanchored).where(*by_key(t.unanchored))
            keys = [{"key_tenant_id": tenant, "key_stream": stream} for stream in heads]
            await connection.execute(anchored, keys)
        return heads


class _Walk:
    """One verification of one tenant."""

    def __init__(self, tenant: TenantId, key: bytes) -> None:
        self._tenant = tenant
        self._key = key
        self._anchored: Anchored = defaultdict(dict)
        self._ends: dict[str, Head] = {}
        self._newest: dict[str, int] = {}
        """stream → the last number that an anchor holds, or the queue for the next one."""

    async def anchors(self, connection: AsyncConnection) -> Finding | None:
        """The chain of anchors itself; remembers what they say must be there."""
        query = select(t.anchor).where(t.anchor.c.tenant_id == self._tenant).order_by(t.anchor.c.n)
        head = Head()
        async for row in (await connection.stream(query)).mappings():
            if row["n"] != head.n + 1:
                return self._found(ANCHORS, head.n + 1, "the anchor is missing")
            if row["hash"] != anchor_hash(self._key, head.hash, row):
                return self._found(ANCHORS, row["n"], "the anchor was changed")
            head = Head(row["n"], row["hash"])
            for stream, (n, hash_) in row["heads"].items():
                self._anchored[stream][n] = bytes.fromhex(hash_)
                self._newest[stream] = max(n, self._newest.get(stream, 0))
        waiting = select(t.unanchored).where(t.unanchored.c.tenant_id == self._tenant)
        async for row in (await connection.stream(waiting)).mappings():
            self._newest[row["stream"]] = row["n"]
        return None

    async def streams(self, connection: AsyncConnection) -> Finding | None:
        """Every stream from its first row to its last, one row after another."""
        query = select(t.audit).where(t.audit.c.tenant_id == self._tenant)
        stream, head = "", Head()
        async for row in (await connection.stream(query.order_by(t.audit.c.stream, t.audit.c.n))).mappings():
            if row["stream"] != stream:
                stream, head = row["stream"], Head()
            if row["n"] != head.n + 1:
                return self._found(stream, head.n + 1, "the row is missing")
            if row["hash"] != signed(self._key, head.hash, row):
                return self._found(stream, row["n"], "the row was changed, put in or moved")
            head = self._ends[stream] = Head(row["n"], row["hash"])
            expected = self._anchored[stream].pop(head.n, head.hash)
            if expected != head.hash:
                return self._found(stream, head.n, "the row is not the one that was anchored")
        return None

    async def heads(self, connection: AsyncConnection) -> Finding | None:
        """Every stream ends where its conversation, or its tenant, says that it ends."""
        conversations = select(
            t.conversation.c.id.label("stream"), t.conversation.c.audit_n, t.conversation.c.audit_head
        ).where(t.conversation.c.tenant_id == self._tenant)
        settings = select(literal(SETTINGS).label("stream"), t.tenant.c.audit_n, t.tenant.c.audit_head)
        settings = settings.where(t.tenant.c.tenant_id == self._tenant)
        for query in (settings, conversations):
            async for stream, n, hash_ in await connection.stream(query):
                end = self._ends.pop(stream, Head())
                if end.n < n:
                    return self._found(stream, end.n + 1, "the row is missing at the stream's end")
                if end != Head(n, hash_):
                    return self._found(stream, n + 1, "the row stands after the stream's recorded end")
                if (newest := self._newest.get(stream, 0)) != n:
                    return self._found(stream, min(newest, n) + 1, "the stream and its anchors end apart")
        for stream in sorted(self._ends):
            return self._found(stream, 1, "the conversation that the stream belongs to is gone")
        return None

    def missing(self) -> Finding | None:
        """What an anchor saw and is no longer there: a cut tail, or a conversation that was taken away."""
        for stream, hashes in sorted(self._anchored.items()):
            if hashes:
                return self._found(stream, min(hashes), "the row was anchored and is gone")
        return None

    def _found(self, stream: str, n: int, why: str) -> Finding:
        return Finding(self._tenant, stream, n, why)
