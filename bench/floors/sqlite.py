"""The floor on SQLite: the standard library's driver in one thread, each event a transaction of its own.

WAL, BEGIN IMMEDIATE and synchronous=FULL, as durable as the bridge on SQLite. One connection, as there
can be one writer only.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

from bench.floors.schema import SQLITE

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000")

MESSAGE = (
    "INSERT INTO message(tenant, conversation, key, author, text, at) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (tenant, key) DO NOTHING"
)
OUTBOX = "INSERT INTO outbox(tenant, conversation, kind, body, at) VALUES (?, ?, ?, ?, ?)"
AUDIT = "INSERT INTO audit(tenant, conversation, action, actor, epoch, at) VALUES (?, ?, ?, ?, ?, ?)"
CONVERSATION = (
    "INSERT INTO conversation(tenant, id, mode, epoch, seq, profile, at) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (tenant, id) DO UPDATE SET "
)
DONE = "DELETE FROM outbox WHERE tenant = ? AND conversation = ? AND kind = ?"
EFFECTS = ("card", "told", "state")

T = TypeVar("T")


class SqliteStore:
    """Implements `bench.floors.events.EventStore`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1)
        self._db: sqlite3.Connection

    async def open(self) -> None:
        await self._run(self._connect)

    async def close(self) -> None:
        await self._run(self._db.close)
        self._thread.shutdown()

    def _connect(self) -> None:
        self._db = sqlite3.connect(self._path, isolation_level=None)
        for pragma in PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}")
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'conversation'").fetchone():
            self._db.executescript(SQLITE)

    async def _run(self, work: Callable[..., T], *values: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *values)

    async def _commit(self, work: Callable[..., T], *values: Any) -> T:
        return await self._run(self._transaction, work, *values)

    def _transaction(self, work: Callable[..., T], *values: Any) -> T:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            done = work(*values)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return done

    def _value(self, statement: str, *values: Any) -> Any:
        row = self._db.execute(statement, values).fetchone()
        return row and row[0]

    async def opened(self, tenant: str, conversation: str, profile: str) -> None:
        values = (tenant, conversation, "assistant", 0, 1, profile, now())
        await self._commit(self._db.execute, CONVERSATION + "seq = seq", values)

    async def wrote(self, tenant: str, conversation: str, key: str, profile: str, text: str) -> Any:
        return await self._commit(self._wrote, tenant, conversation, key, profile, text, now())

    def _wrote(self, tenant: str, conversation: str, key: str, profile: str, text: str, at: str) -> Any:
        heard = (tenant, conversation, key, "customer", text, at)
        if not self._db.execute(MESSAGE, heard).rowcount:
            return None
        begun = (tenant, conversation, "assistant", 0, 1, profile, at)
        row = self._db.execute(CONVERSATION + "seq = seq + 1 RETURNING seq, epoch", begun).fetchall()[0]
        self._db.execute(OUTBOX, (tenant, conversation, f"ask{row[0]}", text, at))
        self._db.execute(AUDIT, (tenant, conversation, "wrote", "customer", row[1], at))
        return row[0]

    async def answered(self, tenant: str, conversation: str, seq: int, text: str, *, push: bool) -> bool:
        return await self._commit(self._answered, tenant, conversation, seq, text, push, now())

    def _answered(self, tenant: str, conversation: str, seq: int, text: str, push: bool, at: str) -> bool:
        statement = (
            "UPDATE conversation SET seq = seq + 1 WHERE tenant = ? AND id = ? AND mode = 'assistant' "
            "AND seq = ? RETURNING epoch"
        )
        rows = self._db.execute(statement, (tenant, conversation, seq)).fetchall()
        self._db.execute(DONE, (tenant, conversation, f"ask{seq}"))
        if not rows:
            return False
        self._db.execute(MESSAGE, (tenant, conversation, None, "assistant", text, at))
        if push:
            self._db.execute(OUTBOX, (tenant, conversation, f"send{seq}", text, at))
        self._db.execute(AUDIT, (tenant, conversation, "answered", "assistant", rows[0][0], at))
        return True

    async def asked_for_person(
        self, tenant: str, conversation: str, key: str, profile: str, text: str, told: str, *, push: bool
    ) -> Any:
        return await self._commit(
            self._handed_off, tenant, conversation, key, profile, text, told, push, now()
        )

    def _handed_off(
        self,
        tenant: str,
        conversation: str,
        key: str,
        profile: str,
        text: str,
        told: str,
        push: bool,
        at: str,
    ) -> Any:
        heard = (tenant, conversation, key, "customer", text, at)
        if not self._db.execute(MESSAGE, heard).rowcount:
            return None
        begun = (tenant, conversation, "waiting", 1, 3, profile, at)
        moved = "mode = 'waiting', epoch = epoch + 1, seq = seq + 3 RETURNING epoch"
        epoch = self._db.execute(CONVERSATION + moved, begun).fetchall()[0][0]
        self._tell(tenant, conversation, epoch, told, push, at)
        self._db.execute(AUDIT, (tenant, conversation, "handed off", "customer", epoch, at))
        return epoch

    def _tell(self, tenant: str, conversation: str, epoch: int, told: str, push: bool, at: str) -> None:
        self._db.execute(MESSAGE, (tenant, conversation, None, "system", told, at))
        for kind in EFFECTS if push else EFFECTS[:1]:
            self._db.execute(OUTBOX, (tenant, conversation, f"{kind}{epoch}", told, at))

    async def posted(self, tenant: str, conversation: str, place: str, thread: str, epoch: int) -> None:
        await self._commit(self._posted, tenant, conversation, place, thread, epoch)

    def _posted(self, tenant: str, conversation: str, place: str, thread: str, epoch: int) -> None:
        self._db.execute(DONE, (tenant, conversation, f"card{epoch}"))
        self._db.execute("INSERT INTO card VALUES (?, ?, ?, ?)", (tenant, place, thread, conversation))

    async def claimed(
        self, tenant: str, conversation: str, epoch: int, agent: str, told: str, *, push: bool
    ) -> Any:
        return await self._commit(self._claimed, tenant, conversation, epoch, agent, told, push, now())

    def _claimed(
        self, tenant: str, conversation: str, epoch: int, agent: str, told: str, push: bool, at: str
    ) -> Any:
        statement = (
            "UPDATE conversation SET owner = ?, epoch = epoch + 1, mode = 'human', seq = seq + 2 "
            "WHERE tenant = ? AND id = ? AND epoch = ? AND mode = 'waiting' RETURNING epoch"
        )
        rows = self._db.execute(statement, (agent, tenant, conversation, epoch)).fetchall()
        if not rows:
            return None
        self._tell(tenant, conversation, rows[0][0], told, push, at)
        self._db.execute(AUDIT, (tenant, conversation, "claimed", agent, rows[0][0], at))
        return rows[0][0]

    async def agent_wrote(self, tenant: str, place: str, thread: str, key: str, text: str) -> Any:
        return await self._commit(self._agent_wrote, tenant, place, thread, key, text, now())

    def _agent_wrote(self, tenant: str, place: str, thread: str, key: str, text: str, at: str) -> Any:
        found = "SELECT conversation FROM card WHERE tenant = ? AND place = ? AND thread = ?"
        conversation = self._value(found, tenant, place, thread)
        said = (tenant, conversation, key, "agent", text, at)
        if conversation is None or not self._db.execute(MESSAGE, said).rowcount:
            return None
        moved = "UPDATE conversation SET seq = seq + 1 WHERE tenant = ? AND id = ? RETURNING epoch"
        epoch = self._db.execute(moved, (tenant, conversation)).fetchall()[0][0]
        self._db.execute(OUTBOX, (tenant, conversation, f"send{key}", text, at))
        self._db.execute(AUDIT, (tenant, conversation, "wrote", "agent", epoch, at))
        return conversation

    async def done(self, tenant: str, conversation: str, kind: str) -> None:
        await self._commit(self._db.execute, DONE, (tenant, conversation, kind))


def now() -> str:
    return datetime.now(UTC).isoformat()
