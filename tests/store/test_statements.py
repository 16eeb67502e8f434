"""The hot statements: what they read and write is what the plain SQLModel classes would."""

import json
import re
import shutil
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bridge.domain.callback import CallbackRules
from bridge.domain.effects import SyncCard
from bridge.domain.events import CallbackCancelled, CallbackChosen, Event, TimerDue, TimerKind, TimesAsked
from bridge.ports import CardRef, Conflict, Settled
from bridge.store import tables as t
from bridge.store.lines import Line, Lines, Rows
from bridge.store.lookups import CONVERSATION, CUSTOMER, REPEAT, WHAT, Wanted
from bridge.store.postgresql_line import PostgresqlLine
from bridge.store.statements import PARTS, combined
from tests.store.scene import (
    ACME,
    GLOBEX,
    START,
    Scene,
    asks_for_a_person,
    claims,
    conversation_id,
    customer_id,
    releases,
    says,
)

CLASSES: dict[str, type[Any]] = {
    "new_customers": t.CustomerRow,
    "customers": t.CustomerRow,
    "new_conversations": t.ConversationRow,
    "conversations": t.ConversationRow,
    "new_handoffs": t.HandoffRow,
    "handoffs": t.HandoffRow,
    "entries": t.EntryRow,
    "turns": t.TurnRow,
    "audit": t.AuditRow,
    "inbox": t.InboxRow,
    "effects": t.OutboxRow,
    "effects_done": t.OutboxRow,
    "effects_waiting": t.OutboxRow,
    "callbacks": t.CallbackRow,
    "new_callbacks": t.CallbackRow,
    "timers": t.TimerRow,
    "timers_away": t.TimerRow,
    "unanchored": t.UnanchoredRow,
    "cards": t.CardRow,
}
"""The class whose rows a part changes."""


class Overheard:
    """A line that keeps what is written through it."""

    def __init__(self, line: Line, heard: list[Rows]) -> None:
        self._line = line
        self._heard = heard
        self.begin, self.read, self.places = line.begin, line.read, line.places
        self.entries, self.held = line.entries, line.held
        self.roll_back, self.drop = line.roll_back, line.drop

    async def write(self, rows: Rows) -> Collection[str]:
        self._heard.append(deepcopy(rows))
        return await self._line.write(rows)


@pytest.fixture
def heard(scene: Scene) -> list[Rows]:
    """What is written from now on."""
    written: list[Rows] = []
    connect = scene.database._connect_line

    async def overheard() -> Line:
        return Overheard(await connect(), written)

    scene.database.lines.close()
    scene.database.lines = Lines(overheard)
    return written


@pytest.fixture
async def twin(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    """A database that is written to through the plain classes alone."""
    path = tmp_path / "twin.db"
    shutil.copy(sqlite_template, path)
    scene = await Scene.open(f"sqlite:///{path}")
    yield scene
    await scene.close()


async def write_plainly(session: AsyncSession, rows: Rows) -> None:
    for name in PARTS:
        for row in rows.get(name, ()):
            await _write_one(session, name, CLASSES[name], row)
            await session.flush()


async def _write_one(session: AsyncSession, name: str, kind: type[Any], row: dict[str, Any]) -> None:
    keys = [column.name for column in t.table_of(kind).primary_key]
    known = await session.get(kind, tuple(row[key] for key in keys))
    if name == "effects_done":
        await session.delete(known)
    elif name == "timers_away":
        if known and known.due_at <= row["due_at"] and known.epoch <= row["epoch"]:
            await session.delete(known)
    elif known is None:
        session.add(kind(**row))
    else:
        known.sqlmodel_update({key: value for key, value in row.items() if key != "seen"})
        session.add(known)


async def books_and_cancels(scene: Scene, name: str) -> None:
    scene.tenants[ACME] = replace(scene.tenants[ACME], callbacks=CallbackRules())
    who: dict[str, Any] = {"tenant": ACME, "conversation": conversation_id(name)}
    await scene.record(TimesAsked(**who))
    times = (await scene.conversation(name)).times
    assert times is not None
    await scene.record(CallbackChosen(**who, slot=times.slots[0]))
    await scene.record(CallbackCancelled(**who))


async def test_every_part_writes_what_the_plain_classes_write(
    scene: Scene, twin: Scene, heard: list[Rows]
) -> None:
    """A play that needs every part: several conversations, handoffs, alarms, cards, failures."""
    names = ("a", "b", "c")
    await scene.record(*(says("hello", name, customer=name, key=f"k-{name}") for name in names))
    asked = scene.last
    await scene.record(
        *(asks_for_a_person(name, customer=name) for name in names),
        settled=[Settled(asked[0], "done"), Settled(asked[1], "retry", "away", due=START)],
    )
    cards = [each for each in scene.last if isinstance(each.effect, SyncCard)]
    posted = [
        Settled(each, "done", card=CardRef("C1", f"{n}.0", "slack", "support"))
        for n, each in enumerate(cards)
    ]
    rings = TimerDue(
        tenant=ACME, conversation=conversation_id("b"), kind=TimerKind.REPEAT_PAGE, epoch=1, due=START
    )
    await scene.record(claims(conversation="a"), rings, settled=posted)
    await scene.record(releases(conversation="a"), says("more", "c", customer="c"))
    await scene.record(rings)
    await books_and_cancels(scene, "c")

    async with AsyncSession(twin.database.writer, expire_on_commit=False) as session:
        for rows in heard:
            await write_plainly(session, rows)
        await session.commit()
    assert {name for rows in heard for name in PARTS if rows.get(name)} == set(PARTS)
    for table in t.metadata.sorted_tables:
        if table.name not in ("tenant", "tenant_version", "worker", "unanchored", "audit"):
            assert await scene.rows(table) == await twin.rows(table), table.name
        elif table.name in ("unanchored", "audit"):
            both = [
                [row for row in await each.rows(table) if row["stream"] != "settings"]
                for each in (scene, twin)
            ]
            assert both[0] == both[1], table.name


async def test_what_is_read_under_the_lock_is_what_plain_queries_find(scene: Scene) -> None:
    await scene.record(says("hello", "x", key="k1"), says("hi", "0", tenant=GLOBEX, key="k1"))
    await scene.record(*(asks_for_a_person(name, customer=name) for name in ("0", "1", "2")))
    wanted = Wanted(
        conversations=sorted(
            [
                (ACME, conversation_id("2"), ""),
                (ACME, conversation_id("0"), customer_id("0")),
                (ACME, conversation_id("new"), customer_id("1")),
                (ACME, conversation_id("unknown"), ""),
                (GLOBEX, conversation_id("1"), ""),
            ]
        ),
        events=[(ACME, scene.database.keyring.lookup(ACME, "k1")), (ACME, "never")],
    )
    async with scene.database.lines.take() as line:
        found = await line.begin([ACME, GLOBEX], wanted)
        await line.roll_back()

    rows = await scene.rows(t.conversation)
    plain = [r for r in rows if r["tenant_id"] == ACME and r["id"] in map(conversation_id, ("0", "2"))]
    conversations = [row for row in found if row[WHAT] == CONVERSATION]
    assert [{name: row[name] for name in plain[0]} for row in conversations] == plain
    owners = {row["id"]: row for row in await scene.rows(t.customer)}
    for row in found:
        if row[WHAT] != REPEAT:
            assert {n: row[f"owner_{n}"] for n in owners[row["owner_id"]]} == owners[row["owner_id"]]
    assert [row["owner_id"] for row in found if row[WHAT] == CUSTOMER] == [customer_id("1")]
    [repeat] = [row for row in found if row[WHAT] == REPEAT]
    [inbox] = [row for row in await scene.rows(t.inbox) if row["tenant_id"] == ACME]
    assert (repeat["id"], repeat["seq"], repeat["epoch"]) == (inbox["key_hash"], inbox["seq"], inbox["epoch"])


@pytest.mark.parametrize("part", [name for name, part in PARTS.items() if part.guarded])
async def test_a_row_that_was_changed_meanwhile_stops_the_whole_commit(scene: Scene, part: str) -> None:
    await scene.record(*(says("hello", name, customer=name) for name in ("a", "b")))
    table = t.table_of(CLASSES[part])
    guard = "revision" if table is t.customer else "epoch"
    before = await scene.rows(table)
    rows = [row | {"seen": row[guard]} for row in before]
    rows[1]["seen"] += 1
    changed = [row | {"last_ending": "x"} if table is t.customer else row | {"language": "x"} for row in rows]
    with pytest.raises(Conflict):
        await write(scene, {part: changed})
    assert await scene.rows(table) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_every_row_is_found_by_its_key_once_the_tables_have_grown(scene: Scene) -> None:
    """The plans were made for empty tables, for which any index is as good as another."""
    for first in range(0, 2000, 100):
        names = [str(number) for number in range(first, first + 100)]
        await scene.record(*(asks_for_a_person(name, customer=name) for name in names))
        await scene.record(*(claims(conversation=name) for name in names))
        await scene.record(*(says("hello", name, key=f"k{name}") for name in names))
    async with scene.database.lines.take() as line:
        assert isinstance(line, PostgresqlLine)
        await line.begin([ACME], None)
        plans = [plan async for plan in kept_plans(line._connection)]
        await line.roll_back()
    assert len(plans) >= 5
    for node in (node for plan in plans for node in nodes(plan)):
        assert "Seq Scan" not in node["Node Type"], node
        if "Index" in node["Node Type"] and node["Relation Name"] != "outbox":
            keys = {column.name for column in t.metadata.tables[node["Relation Name"]].primary_key}
            assert {key for key in keys if key in node["Index Cond"]} == keys, node


async def kept_plans(connection: Any) -> AsyncIterator[dict[str, Any]]:
    kept = "SELECT name, statement FROM pg_prepared_statements WHERE generic_plans > 0"
    for name, sql in await connection.fetch(kept):
        if "unnest" in sql:
            nothing = ", ".join(["NULL"] * len(set(re.findall(r"\$(\d+)", sql))))
            [[plan]] = await connection.fetch(f'EXPLAIN (FORMAT JSON) EXECUTE "{name}"({nothing})')
            yield json.loads(plan)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def write(scene: Scene, rows: Rows) -> None:
    async with scene.database.lines.take() as line:
        await line.begin([ACME], None)
        await line.write(rows)


async def test_the_text_of_a_statement_does_not_grow_with_the_batch(scene: Scene, heard: list[Rows]) -> None:
    def parts() -> Sequence[str]:
        return [name for name in PARTS if heard[-1].get(name)]

    def batch(many: int, kind: str) -> list[Event]:
        return [asks_for_a_person(f"{kind}{i}", customer=f"{kind}{i}") for i in range(many)]

    await scene.record(*batch(1, "one"))
    one = parts()
    await scene.record(*batch(50, "many"))
    assert parts() == one
    assert combined(tuple(one)) is combined(tuple(parts()))
