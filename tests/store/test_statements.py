"""The hot statements: as many for fifty events as for one, and the same rows as the plain ones give."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from bridge.domain.events import Event
from bridge.ports import Settled
from bridge.store import tables as t
from bridge.store.statements import Statements
from tests.store.scene import ACME, GLOBEX, Scene, asks_for_a_person, claims, conversation_id, releases, says


@contextmanager
def counted(scene: Scene) -> Iterator[list[str]]:
    """What goes over the wire; an `executemany` is one."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    engine = scene.database.writer.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def opened(many: int) -> list[Event]:
    return [asks_for_a_person(str(i), customer=str(i)) for i in range(many)]


async def play(scene: Scene, many: int) -> list[int]:
    """Statements for batches of `many`: opened, claimed and released, settled with what was written."""
    counts = []
    batches: list[list[Event]] = [
        opened(many),
        [claims(conversation=str(i)) for i in range(many)],
        [releases(conversation=str(i)) for i in range(many)],
        [says("hello", str(i), customer=str(i), key=f"k{i}") for i in range(many)],
    ]
    settled: list[Settled] = []
    for batch in batches:
        with counted(scene) as sent:
            await scene.record(*batch, settled=settled)
        counts.append(len(sent))
        half = len(scene.last) // 2
        settled = [Settled(r, "done" if i < half else "dead") for i, r in enumerate(scene.last)]
    return counts


async def test_fifty_events_take_as_many_statements_as_one(scene: Scene, database_url: str) -> None:
    await scene.record(says("the process is known", "warm", customer="warm"))
    one = await play(scene, 1)
    await scene.tamper(*(table.delete() for table in reversed(t.metadata.sorted_tables) if _played(table)))
    fifty = await play(scene, 50)
    assert fifty == one
    assert max(one) <= 16


def _played(table: Any) -> bool:
    return table.name not in ("tenant", "tenant_version", "worker", "alembic_version")


async def test_the_text_of_a_statement_does_not_grow_with_the_batch(scene: Scene) -> None:
    await scene.record(*opened(3))
    with counted(scene) as few:
        await scene.record(*(claims(conversation=str(i)) for i in range(2)))
    with counted(scene) as one:
        await scene.record(claims(conversation="2"))
    assert [s for s in few if s.startswith(("SELECT", "UPDATE"))] == [
        s for s in one if s.startswith(("SELECT", "UPDATE"))
    ]


async def test_the_look_ups_find_what_plain_queries_find(scene: Scene) -> None:
    await scene.record(*opened(4), says("hello", "x", key="k1"), says("hi", "0", tenant=GLOBEX, key="k1"))
    statements: Statements = scene.database.statements
    keys = [(ACME, conversation_id(name)) for name in ("3", "1", "0")]
    wanted = {key[1] for key in keys}
    async with scene.database.writing() as connection:
        hot = await statements.conversations.rows(connection, keys)
        seen = await statements.repeats.rows(connection, [(ACME, scene.database.keyring.lookup(ACME, "k1"))])
    async with AsyncSession(scene.database.reader) as session:
        query = select(t.ConversationRow).where(
            t.conversation.c.tenant_id == ACME, t.conversation.c.id.in_(wanted)
        )
        plain = (await session.scalars(query.order_by(t.conversation.c.id))).all()
        inbox = (await session.scalars(select(t.InboxRow).where(t.inbox.c.tenant_id == ACME))).all()
    names = [column.name for column in t.conversation.c]
    assert [[row[name] for name in names] for row in hot] == [
        [getattr(row, name) for name in names] for row in plain
    ]
    assert [row["key_hash"] for row in seen] == [row.key_hash for row in inbox]


async def test_a_guarded_update_changes_what_a_plain_one_would_and_counts_it(scene: Scene) -> None:
    await scene.record(*opened(3))
    rows = await scene.rows(t.conversation)
    changed = [row | {"seen": row["epoch"], "language": f"x{i}"} for i, row in enumerate(rows)]
    changed[1]["seen"] += 1  # somebody else was faster
    statements = scene.database.statements
    async with scene.database.writing() as connection:
        assert await statements.update_conversations.run(connection, changed) == 2
    assert [row["language"] for row in await scene.rows(t.conversation)] == ["x0", "en", "x2"]
