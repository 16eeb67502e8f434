"""The floor on PostgreSQL: asyncpg, and one prepared statement of several parts for each event.

One round trip and one commit an event, one by one, over a pool that is never reset. Measured against
several statements in a transaction this is the fastest that a single event can be made durable.
"""

from datetime import UTC, datetime
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from bench.floors.schema import POSTGRES

POOL = 16

OPENED = """
INSERT INTO conversation(tenant, id, mode, epoch, seq, profile, at) VALUES ($1, $2, 'assistant', 0, 1, $3, $4)
"""
WROTE = """
WITH m AS (
  INSERT INTO message(tenant, conversation, key, author, text, at) VALUES ($1, $2, $3, 'customer', $5, $6)
  ON CONFLICT (tenant, key) DO NOTHING RETURNING id),
c AS (
  INSERT INTO conversation(tenant, id, mode, epoch, seq, profile, at)
  SELECT $1, $2, 'assistant', 0, 1, $4, $6 FROM m
  ON CONFLICT (tenant, id) DO UPDATE SET seq = conversation.seq + 1 RETURNING seq, epoch),
o AS (
  INSERT INTO outbox(tenant, conversation, kind, body, at)
  SELECT $1, $2, 'ask' || seq, $5, $6 FROM c),
a AS (
  INSERT INTO audit(tenant, conversation, action, actor, epoch, at)
  SELECT $1, $2, 'wrote', 'customer', epoch, $6 FROM c)
SELECT seq FROM c
"""
ANSWERED = """
WITH c AS (
  UPDATE conversation SET seq = seq + 1 WHERE tenant = $1 AND id = $2 AND mode = 'assistant' AND seq = $3
  RETURNING seq, epoch),
m AS (
  INSERT INTO message(tenant, conversation, author, text, at) SELECT $1, $2, 'assistant', $4, $5 FROM c),
d AS (DELETE FROM outbox WHERE tenant = $1 AND conversation = $2 AND kind = 'ask' || $3::int),
o AS (
  INSERT INTO outbox(tenant, conversation, kind, body, at)
  SELECT $1, $2, 'send' || $3::int, $4, $5 FROM c WHERE $6),
a AS (
  INSERT INTO audit(tenant, conversation, action, actor, epoch, at)
  SELECT $1, $2, 'answered', 'assistant', epoch, $5 FROM c)
SELECT seq FROM c
"""
HANDED_OFF = """
WITH m AS (
  INSERT INTO message(tenant, conversation, key, author, text, at) VALUES ($1, $2, $3, 'customer', $5, $7)
  ON CONFLICT (tenant, key) DO NOTHING RETURNING id),
c AS (
  INSERT INTO conversation(tenant, id, mode, epoch, seq, profile, at)
  SELECT $1, $2, 'waiting', 1, 3, $4, $7 FROM m
  ON CONFLICT (tenant, id) DO UPDATE SET mode = 'waiting', epoch = conversation.epoch + 1,
  seq = conversation.seq + 3 RETURNING seq, epoch),
t AS (INSERT INTO message(tenant, conversation, author, text, at) SELECT $1, $2, 'system', $6, $7 FROM c),
o AS (
  INSERT INTO outbox(tenant, conversation, kind, body, at)
  SELECT $1, $2, k.kind || c.epoch, $6, $7
  FROM c, (VALUES ('card', true), ('told', $8), ('state', $8)) AS k(kind, due) WHERE k.due),
a AS (
  INSERT INTO audit(tenant, conversation, action, actor, epoch, at)
  SELECT $1, $2, 'handed off', 'customer', epoch, $7 FROM c)
SELECT epoch FROM c
"""
POSTED = """
WITH d AS (DELETE FROM outbox WHERE tenant = $1 AND conversation = $2 AND kind = 'card' || $5::int)
INSERT INTO card(tenant, place, thread, conversation) VALUES ($1, $3, $4, $2)
"""
CLAIMED = """
WITH c AS (
  UPDATE conversation SET owner = $4, epoch = epoch + 1, mode = 'human', seq = seq + 2
  WHERE tenant = $1 AND id = $2 AND epoch = $3 AND mode = 'waiting' RETURNING epoch),
t AS (INSERT INTO message(tenant, conversation, author, text, at) SELECT $1, $2, 'system', $5, $6 FROM c),
o AS (
  INSERT INTO outbox(tenant, conversation, kind, body, at)
  SELECT $1, $2, k.kind || c.epoch, $5, $6
  FROM c, (VALUES ('card', true), ('told', $7), ('state', $7)) AS k(kind, due) WHERE k.due),
a AS (
  INSERT INTO audit(tenant, conversation, action, actor, epoch, at)
  SELECT $1, $2, 'claimed', $4, epoch, $6 FROM c)
SELECT epoch FROM c
"""
AGENT_WROTE = """
WITH k AS (SELECT conversation FROM card WHERE tenant = $1 AND place = $2 AND thread = $3),
m AS (
  INSERT INTO message(tenant, conversation, key, author, text, at)
  SELECT $1, conversation, $4, 'agent', $5, $6 FROM k
  ON CONFLICT (tenant, key) DO NOTHING RETURNING conversation),
c AS (
  UPDATE conversation SET seq = seq + 1 FROM m
  WHERE tenant = $1 AND conversation.id = m.conversation RETURNING conversation.id, seq, epoch),
o AS (
  INSERT INTO outbox(tenant, conversation, kind, body, at)
  SELECT $1, id, 'send' || $4, $5, $6 FROM c),
a AS (
  INSERT INTO audit(tenant, conversation, action, actor, epoch, at)
  SELECT $1, id, 'wrote', 'agent', epoch, $6 FROM c)
SELECT id FROM c
"""
DONE = "DELETE FROM outbox WHERE tenant = $1 AND conversation = $2 AND kind = $3"


class PostgresStore:
    """Implements `bench.floors.events.EventStore`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Any = None

    async def open(self) -> None:
        async def keep(_connection: Any) -> None:
            """asyncpg would reset the session with a round trip of its own; nothing here changes it."""

        self._pool = await asyncpg.create_pool(self._url, min_size=POOL, max_size=POOL, reset=keep)
        if not await self._pool.fetchval("SELECT to_regclass('conversation')"):
            await self._pool.execute(POSTGRES)

    async def close(self) -> None:
        await self._pool.close()

    async def _one(self, statement: str, *values: Any) -> Any:
        return await self._pool.fetchval(statement, *values)

    async def opened(self, tenant: str, conversation: str, profile: str) -> None:
        await self._one(OPENED, tenant, conversation, profile, now())

    async def wrote(self, tenant: str, conversation: str, key: str, profile: str, text: str) -> Any:
        return await self._one(WROTE, tenant, conversation, key, profile, text, now())

    async def answered(self, tenant: str, conversation: str, seq: int, text: str, *, push: bool) -> bool:
        return bool(await self._one(ANSWERED, tenant, conversation, seq, text, now(), push))

    async def asked_for_person(
        self, tenant: str, conversation: str, key: str, profile: str, text: str, told: str, *, push: bool
    ) -> Any:
        return await self._one(HANDED_OFF, tenant, conversation, key, profile, text, told, now(), push)

    async def posted(self, tenant: str, conversation: str, place: str, thread: str, epoch: int) -> None:
        await self._one(POSTED, tenant, conversation, place, thread, epoch)

    async def claimed(
        self, tenant: str, conversation: str, epoch: int, agent: str, told: str, *, push: bool
    ) -> Any:
        return await self._one(CLAIMED, tenant, conversation, epoch, agent, told, now(), push)

    async def agent_wrote(self, tenant: str, place: str, thread: str, key: str, text: str) -> Any:
        return await self._one(AGENT_WROTE, tenant, place, thread, key, text, now())

    async def done(self, tenant: str, conversation: str, kind: str) -> None:
        await self._one(DONE, tenant, conversation, kind)


def now() -> datetime:
    return datetime.now(UTC)
