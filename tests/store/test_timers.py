"""Timers: the last setting counts, and what rang does not ring again."""

import asyncio
from copy import copy
from datetime import UTC, datetime, timedelta

from bridge.domain.events import AgentWrote, TimerDue, TimerKind
from bridge.ports import DueTimer
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.outbox import OutboxStore
from tests.store.scene import (
    ACME,
    ANA,
    GLOBEX,
    START,
    Scene,
    asks_for_a_person,
    claims,
    conversation_id,
    releases,
)

LATER = timedelta(hours=1)


async def set_timers(scene: Scene) -> set[str]:
    return {row["kind"] for row in await scene.rows(t.timer)}


def rings(kind: TimerKind, epoch: int) -> TimerDue:
    return TimerDue(tenant=ACME, conversation=conversation_id("one"), kind=kind, epoch=epoch)


async def due(scene: Scene) -> list[DueTimer]:
    return list(await scene.outbox.due_timers(scene.clock.now(), 10))


async def test_the_next_timer_is_known_and_rings_when_it_is_due(scene: Scene) -> None:
    assert await scene.outbox.next_timer(scene.clock.now()) is None
    await scene.record(asks_for_a_person())
    assert await scene.outbox.next_timer(scene.clock.now()) == scene.clock.now() + timedelta(seconds=60)
    assert await due(scene) == []
    scene.clock.pass_by(timedelta(seconds=60))
    (timer,) = await due(scene)
    assert (timer.kind, timer.epoch, timer.due) == (TimerKind.REPEAT_PAGE, 1, scene.clock.now())


async def test_the_timers_of_tenants_that_are_not_served_keep_nobody_waiting(scene: Scene) -> None:
    await scene.record(asks_for_a_person(tenant=GLOBEX), asks_for_a_person())
    scene.clock.pass_by(timedelta(seconds=60))
    await scene.tamper(t.timer.update().where(t.timer.c.tenant_id == GLOBEX).values(due_at=START))
    now = scene.clock.now()
    assert await scene.outbox.next_timer(scene.clock.now()) == START
    assert await scene.outbox.next_timer(now, [ACME]) == now
    assert [each.key.tenant for each in await scene.outbox.due_timers(now, 1)] == [GLOBEX]
    assert [each.key.tenant for each in await scene.outbox.due_timers(now, 1, [ACME])] == [ACME]
    assert await scene.outbox.due_timers(now, 1, []) == []


async def test_a_timer_set_and_taken_away_in_one_batch_is_gone(scene: Scene) -> None:
    await scene.record(asks_for_a_person(), claims(), releases())
    assert await scene.rows(t.timer) == []


async def test_a_claim_takes_the_pages_timers_away_and_sets_the_lease(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    assert await set_timers(scene) == {"repeat_page", "give_up"}
    await scene.record(claims())
    assert await set_timers(scene) == {"lease"}


async def test_an_alarm_that_sets_itself_anew_stays(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    scene.clock.pass_by(timedelta(seconds=60))
    await scene.record(rings(TimerKind.REPEAT_PAGE, 1))
    assert await due(scene) == []
    assert await scene.outbox.next_timer(scene.clock.now()) == scene.clock.now() + timedelta(seconds=60)


async def test_an_alarm_that_rang_for_the_last_time_is_over(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    scene.clock.pass_by(timedelta(minutes=5))
    await scene.record(rings(TimerKind.GIVE_UP, 1))
    assert "give_up" not in await set_timers(scene)


async def test_an_alarm_that_changes_nothing_does_not_ring_for_ever(scene: Scene) -> None:
    """Nothing was decided, so nothing is written: the alarm is over all the same."""
    await scene.record(asks_for_a_person())
    scene.clock.pass_by(LATER)
    await scene.tamper(t.timer.update().values(kind="lease").where(t.timer.c.kind == "give_up"))
    async with scene.store.begin([rings(TimerKind.LEASE, 1)]) as transaction:
        await transaction.write([], [], scene.clock.now())
    assert await set_timers(scene) == {"repeat_page"}


async def test_a_late_alarm_does_not_take_a_renewed_timer_away(scene: Scene) -> None:
    await scene.record(asks_for_a_person(), claims())
    scene.clock.pass_by(timedelta(minutes=15))
    renewing = AgentWrote(
        tenant=ACME,
        conversation=conversation_id("one"),
        handoff=1,
        agent=ANA,
        text="one moment",
        at=scene.clock.now(),
    )
    await scene.record(renewing, rings(TimerKind.LEASE, 2))
    assert await scene.outbox.next_timer(scene.clock.now()) == scene.clock.now() + timedelta(minutes=10), (
        "a silent owner"
    )
    assert (await scene.conversation()).owner == ANA


async def test_of_several_processes_one_gets_a_due_timer(scene: Scene) -> None:
    if scene.database.sqlite:
        return  # there one process has the database
    other = OutboxStore(replace_worker(scene.database, "w2"))
    await scene.record(asks_for_a_person("one"), asks_for_a_person("two"), asks_for_a_person("three"))
    scene.clock.pass_by(timedelta(seconds=60))
    now = scene.clock.now()
    mine, theirs = await asyncio.gather(scene.outbox.due_timers(now, 2), other.due_timers(now, 2))
    names = [timer.key.conversation for timer in (*mine, *theirs)]
    assert len(names) == len(set(names)) == 3
    assert await other.due_timers(now, 2) == []
    assert await other.next_timer(now) == START + timedelta(minutes=5), "what is taken is not waited for"
    await scene.tamper(t.timer.update().values(lease_until=datetime(2000, 1, 1, tzinfo=UTC)))
    assert len(await other.due_timers(now, 10)) == 3, "the process that had them died"


def replace_worker(database: Database, worker: str) -> Database:
    other = copy(database)
    other.worker_id = worker
    return other


async def test_an_alarm_of_an_earlier_owner_leaves_the_newer_timer_alone(scene: Scene) -> None:
    await scene.record(asks_for_a_person(), claims())
    scene.clock.pass_by(LATER)
    await scene.record(rings(TimerKind.LEASE, 1))
    assert [timer.epoch for timer in await due(scene)] == [2]
