"""Whoever changes the audit behind the bridge's back is found, with the stream and the row."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Executable

from bridge.store import tables as t
from bridge.store.audit import AuditStore, Finding
from bridge.store.chain import signed
from bridge.store.tenants import TenantStore
from tests.store.scene import (
    ACME,
    GLOBEX,
    MASTER_KEY,
    Scene,
    asks_for_a_person,
    claims,
    conversation_id,
    releases,
)

ONE, TWO = conversation_id("one"), conversation_id("two")
HOUR = timedelta(hours=1)


@pytest.fixture
async def audited(scene: Scene) -> Scene:
    """Two conversations of three rows each, and the settings."""
    for name in ("one", "two"):
        await scene.record(asks_for_a_person(name), claims(conversation=name))
        await scene.record(releases(conversation=name))
    return scene


def row(n: int, stream: str = ONE) -> object:
    a = t.audit.c
    return (a.tenant_id == ACME) & (a.stream == stream) & (a.n == n)


async def found(scene: Scene, *tampering: Executable) -> tuple[str, int] | None:
    if tampering:
        await scene.tamper(*tampering)
    finding = await AuditStore(scene.database).verify(ACME)
    return (finding.stream, finding.n) if finding else None


async def test_an_audit_that_nobody_touched_is_whole(audited: Scene) -> None:
    assert await found(audited) is None
    await AuditStore(audited.database).make_anchors(audited.clock.now())
    assert await found(audited) is None


@pytest.mark.parametrize(
    "column", ["actor", "reason", "before", "after", "action", "at", "epoch", "seq", "hash"]
)
async def test_an_edited_row_is_found(audited: Scene, column: str) -> None:
    old = next(r for r in await audited.rows(t.audit) if (r["stream"], r["n"]) == (ONE, 2))[column]
    new: object = old + timedelta(microseconds=1) if column == "at" else None
    if isinstance(old, int | bytes):
        new = old + 1 if isinstance(old, int) else old[::-1]
    elif isinstance(old, str):
        new = f"{old}!"
    edit = t.audit.update().where(row(2)).values({column: new})  # type: ignore[arg-type]
    assert await found(audited, edit) == (ONE, 2)


async def test_a_deleted_row_is_found(audited: Scene) -> None:
    assert await found(audited, t.audit.delete().where(row(2))) == (ONE, 2)  # type: ignore[arg-type]


async def test_a_deleted_first_row_is_found(audited: Scene) -> None:
    assert await found(audited, t.audit.delete().where(row(1))) == (ONE, 1)  # type: ignore[arg-type]


async def test_a_cut_tail_is_found(audited: Scene) -> None:
    assert await found(audited, t.audit.delete().where(row(3))) == (ONE, 3)  # type: ignore[arg-type]


async def test_a_row_that_was_put_in_is_found(audited: Scene) -> None:
    forged = next(r for r in await audited.rows(t.audit) if (r["stream"], r["n"]) == (ONE, 3))
    assert await found(audited, t.audit.insert().values({**forged, "n": 4})) == (ONE, 4)


async def test_a_row_signed_with_another_key_is_found(audited: Scene) -> None:
    rows = [r for r in await audited.rows(t.audit) if r["stream"] == ONE]
    forged = {**rows[2], "n": 4}
    forged["hash"] = signed(MASTER_KEY, rows[2]["hash"], forged)
    assert await found(audited, t.audit.insert().values(forged)) == (ONE, 4)


async def test_swapped_rows_are_found(audited: Scene) -> None:
    swap = [
        t.audit.update().where(row(a)).values(n=b)  # type: ignore[arg-type]
        for a, b in ((1, 99), (2, 1), (99, 2))
    ]
    assert await found(audited, *swap) == (ONE, 1)


async def test_streams_that_were_swapped_are_found(audited: Scene) -> None:
    a = t.audit.c
    swap = [
        t.audit.update().where(a.stream == old).values(stream=new)
        for old, new in ((ONE, "0" * 32), (TWO, ONE), ("0" * 32, TWO))
    ]
    assert await found(audited, *swap) in [(ONE, 1), (TWO, 1)]


def roll_back(rows: Sequence[dict[str, object]], to: int) -> list[Executable]:
    """Cuts a stream's tail and turns its conversation's head back: a chain that is whole again."""
    head = next(r["hash"] for r in rows if (r["stream"], r["n"]) == (ONE, to))
    return [
        t.audit.delete().where((t.audit.c.stream == ONE) & (t.audit.c.n > to)),
        t.conversation.update().where(t.conversation.c.id == ONE).values(audit_n=to, audit_head=head),
    ]


async def test_a_stream_that_was_rolled_back_with_its_head_is_found_by_the_anchors(audited: Scene) -> None:
    await AuditStore(audited.database).make_anchors(audited.clock.now())
    assert await found(audited, *roll_back(await audited.rows(t.audit), 2)) == (ONE, 3)


def lose(*, with_audit: bool) -> list[Executable]:
    tables = [t.handoff, t.entry, t.turn, t.outbox]
    gone: list[Executable] = [table.delete().where(table.c.conversation_id == ONE) for table in tables]
    gone.append(t.conversation.delete().where(t.conversation.c.id == ONE))
    return [*gone, t.audit.delete().where(t.audit.c.stream == ONE)] if with_audit else gone


async def test_a_lost_conversation_is_found(audited: Scene) -> None:
    assert await found(audited, *lose(with_audit=False)) == (ONE, 1)


async def test_a_conversation_lost_with_its_audit_is_found_by_the_anchors(audited: Scene) -> None:
    await AuditStore(audited.database).make_anchors(audited.clock.now())
    assert await found(audited, *lose(with_audit=True)) == (ONE, 3)


async def test_a_changed_and_a_lost_anchor_are_found(audited: Scene) -> None:
    store = AuditStore(audited.database)
    for name in ("three", "four"):
        await store.make_anchors(audited.clock.now())
        audited.clock.pass_by(HOUR)
        await audited.record(asks_for_a_person(name))
    await store.make_anchors(audited.clock.now())
    assert await found(audited) is None
    acme = t.anchor.c.tenant_id == ACME
    await audited.tamper(t.anchor.delete().where(acme & (t.anchor.c.n == 2)))
    assert await found(audited) == ("anchors", 2)
    await audited.tamper(t.anchor.update().where(acme & (t.anchor.c.n == 1)).values(heads={}))
    assert await found(audited) == ("anchors", 1)


async def test_anchors_hold_only_what_moved_since_the_last(audited: Scene) -> None:
    store = AuditStore(audited.database)
    first = await store.make_anchors(audited.clock.now())
    assert [anchor.tenant for anchor in first] == [ACME, GLOBEX]
    assert await store.make_anchors(audited.clock.now()) == []
    audited.clock.pass_by(HOUR)
    await audited.record(asks_for_a_person("one"))
    (second,) = await store.make_anchors(audited.clock.now())
    assert (second.tenant, second.n) == (ACME, 2)
    heads = [r["heads"] for r in await audited.rows(t.anchor) if (r["tenant_id"], r["n"]) == (ACME, 2)]
    assert [list(each) for each in heads] == [[ONE]]


async def test_what_is_written_after_the_clock_went_back_is_anchored_too(audited: Scene) -> None:
    store = AuditStore(audited.database)
    await store.make_anchors(audited.clock.now())
    audited.clock.pass_by(-HOUR)
    await audited.record(asks_for_a_person("three"))
    audited.clock.pass_by(2 * HOUR)
    (anchor,) = await store.make_anchors(audited.clock.now())
    heads = [r["heads"] for r in await audited.rows(t.anchor) if (r["tenant_id"], r["n"]) == (ACME, anchor.n)]
    assert [list(each) for each in heads] == [[conversation_id("three")]]
    assert await found(audited) is None


async def test_a_stream_that_was_wiped_with_its_head_is_found_by_the_anchors(audited: Scene) -> None:
    await AuditStore(audited.database).make_anchors(audited.clock.now())
    wiped = t.audit.delete().where(t.audit.c.stream == ONE)
    reset = t.conversation.update().where(t.conversation.c.id == ONE).values(audit_n=0, audit_head=b"")
    assert await found(audited, wiped, reset) == (ONE, 1)


async def test_a_stream_that_was_hidden_from_the_anchors_is_found(audited: Scene) -> None:
    hidden = t.unanchored.delete().where(t.unanchored.c.stream == ONE)
    assert await found(audited, hidden) == (ONE, 1)


async def test_a_stream_that_can_never_be_anchored_is_found(audited: Scene) -> None:
    beyond = t.unanchored.update().where(t.unanchored.c.stream == ONE).values(n=99)
    assert await found(audited, beyond) == (ONE, 4)


async def test_what_is_being_written_while_an_anchor_is_made_is_in_the_next(audited: Scene) -> None:
    store = AuditStore(audited.database)
    event = asks_for_a_person()
    async with audited.store.begin([event]) as transaction:
        await transaction.write(audited.decide(transaction, [event]), [], audited.clock.now())
        if not audited.database.sqlite:  # SQLite's one writer is busy
            await store.make_anchors(audited.clock.now())
    await store.make_anchors(audited.clock.now())
    assert await audited.rows(t.unanchored) == []
    assert await found(audited) is None


async def test_settings_are_a_stream_of_their_own(scene: Scene) -> None:
    await TenantStore(scene.database).apply(ACME, "name: new", "ana", scene.clock.now())
    assert await found(scene) is None
    assert await found(scene, t.audit.delete().where(row(2, "settings"))) == ("settings", 2)  # type: ignore[arg-type]


async def test_one_tenants_trouble_is_not_anothers(audited: Scene) -> None:
    await audited.tamper(t.audit.delete().where(row(2)))  # type: ignore[arg-type]
    assert await AuditStore(audited.database).verify(GLOBEX) is None
    finding = await AuditStore(audited.database).verify(ACME)
    assert finding == Finding(ACME, ONE, 2, "the row is missing")


async def test_the_export_holds_every_row_of_one_tenant_in_order(audited: Scene) -> None:
    store = AuditStore(audited.database)
    await store.make_anchors(audited.clock.now())
    rows = [each async for each in store.export(ACME)]
    assert {each["tenant_id"] for each in rows} == {ACME}
    assert [each["type"] for each in rows] == ["audit"] * 7 + ["anchor"]
    assert [each["n"] for each in rows if each.get("stream") == ONE] == [1, 2, 3]
    assert all(len(each["hash"]) == 64 for each in rows)
