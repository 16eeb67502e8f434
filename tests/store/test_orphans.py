"""Effects are never lost with their process, each is taken over by one process only, and none overtakes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Executable

from bridge.domain.effects import AskAnswerer, PostNote, SendToCustomer, SyncCard
from bridge.ports import Recorded, Settled
from bridge.store import tables as t
from bridge.store.outbox import OutboxStore
from bridge.store.processes import worker_id
from bridge.store.workers import AFTERMATH, LEASE, database_time
from tests.store.scene import Scene, asks_for_a_person, says

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def other(scene: Scene, database_url: str) -> AsyncIterator[OutboxStore]:
    """A second process, which has beaten for a minute."""
    made = await Scene.open(database_url, "w2", scene.clock)
    await made.outbox.beat()
    await scene.tamper(beats(scene, "w2", since=MINUTE))
    yield OutboxStore(made.database, alone=False)
    await made.close()


def beats(
    scene: Scene, worker: str, *, last: timedelta = timedelta(0), since: timedelta = MINUTE
) -> Executable:
    """A process that beat last so long ago, and first so long ago."""
    ago = {"beat_at": database_time(scene.database, last), "since": database_time(scene.database, since)}
    return t.worker.update().where(t.worker.c.id == worker).values(ago)


def dies(scene: Scene) -> Executable:
    return beats(scene, "w1", last=MINUTE)


def has(worker: str | None, *effects: Recorded) -> list[Executable]:
    """Gives rows to a process."""
    numbers = [each.effect.number for each in effects]
    return [t.outbox.update().where(t.outbox.c.number.in_(numbers)).values(worker=worker)]


def numbers(taken: Sequence[Recorded]) -> list[int]:
    return [each.effect.number for each in taken]


def to_customer(scene: Scene) -> list[Recorded]:
    return [each for each in scene.last if isinstance(each.effect, SendToCustomer)]


def to_desk(scene: Scene) -> list[Recorded]:
    return [each for each in scene.last if isinstance(each.effect, SyncCard | PostNote)]


# ---- who may take over


async def test_the_effects_of_a_process_that_lives_stay_its_own(scene: Scene, other: OutboxStore) -> None:
    await scene.record(asks_for_a_person())
    assert await other.lease_lost(10) == []


async def test_the_effects_of_a_dead_process_are_taken_over_once(
    scene: Scene, other: OutboxStore, database_url: str
) -> None:
    await scene.record(asks_for_a_person(), asks_for_a_person("two"))
    third = await Scene.open(database_url, "w3", scene.clock)
    await third.outbox.beat()
    await scene.tamper(dies(scene), beats(scene, "w3"))
    takers = [other, OutboxStore(third.database, alone=False)]
    taken = await asyncio.gather(*(each.lease_lost(10) for each in takers))
    await third.close()
    everything = [(r.conversation, r.effect) for each in taken for r in each]
    assert sorted(everything, key=str) == sorted(((r.conversation, r.effect) for r in scene.last), key=str)


async def test_a_fresh_process_on_sqlite_takes_over_at_once(scene: Scene, database_url: str) -> None:
    await scene.record(asks_for_a_person())
    fresh = await Scene.open(database_url, "w2", scene.clock)
    taken = await OutboxStore(fresh.database, alone=True).lease_lost(10)
    await fresh.close()
    assert [each.effect for each in taken] == [each.effect for each in scene.last]


async def test_after_an_outage_the_first_to_beat_takes_nothing_from_those_who_live(
    scene: Scene, other: OutboxStore
) -> None:
    await scene.record(asks_for_a_person())
    outage = [beats(scene, worker, last=MINUTE, since=2 * MINUTE) for worker in ("w1", "w2")]
    await scene.tamper(*outage)
    assert await other.lease_lost(10) == []
    await scene.outbox.beat()
    await scene.tamper(beats(scene, "w2", since=LEASE))
    assert await other.lease_lost(10) == []


async def test_who_has_just_started_waits_a_lease_before_it_takes_over(
    scene: Scene, other: OutboxStore
) -> None:
    await scene.record(asks_for_a_person())
    await scene.tamper(dies(scene), beats(scene, "w2", since=LEASE / 2))
    assert await other.lease_lost(10) == []
    await scene.tamper(beats(scene, "w2", since=LEASE))
    assert len(await other.lease_lost(10)) == len(scene.last)


async def test_the_last_beat_counts_and_a_steady_process_stays_steady(scene: Scene) -> None:
    await scene.outbox.beat()
    await scene.tamper(beats(scene, "w1", last=LEASE / 2))
    (before,) = await scene.rows(t.worker)
    await scene.outbox.beat()
    (after,) = await scene.rows(t.worker)
    assert after["beat_at"] > before["beat_at"]
    assert after["since"] == before["since"]


async def test_a_process_that_is_known_to_have_ended_needs_no_lease(scene: Scene, other: OutboxStore) -> None:
    id, place, pid, began = worker_id().split(".")
    ended = f"{id}.{place}.{pid}.{int(began) - 1}"
    await scene.record(asks_for_a_person(), says("hello?"))
    renamed = t.worker.update().where(t.worker.c.id == "w1").values(id=ended)
    just_started = beats(scene, "w2", since=timedelta(0))
    await scene.tamper(renamed, *has(ended, *scene.last), just_started)
    to_the_desk = [r for r in scene.last if isinstance(r.effect, SyncCard | PostNote)]
    others = [r for r in scene.last if r not in to_the_desk]
    assert to_the_desk
    assert others
    assert numbers(await other.lease_lost(100)) == numbers(others)
    assert await other.lease_lost(100) == [], "what it had on the wire may be on its way to the desk still"
    await scene.tamper(beats(scene, ended, last=AFTERMATH + timedelta(seconds=1)))
    assert numbers(await other.lease_lost(100)) == numbers(to_the_desk)


async def test_what_was_put_back_by_hand_is_taken_at_once(scene: Scene, other: OutboxStore) -> None:
    await scene.record(asks_for_a_person())
    await scene.tamper(*has(None, *scene.last), beats(scene, "w2", since=timedelta(0)))
    assert numbers(await other.lease_lost(10)) == numbers(scene.last)


# ---- in which order


async def test_no_more_is_taken_over_than_asked_for(scene: Scene, other: OutboxStore) -> None:
    await scene.record(*(asks_for_a_person(str(i)) for i in range(5)))
    await scene.tamper(dies(scene))
    first, second = await other.lease_lost(3), await other.lease_lost(100)
    assert len(first) == 3
    assert len(first) + len(second) == len(scene.last)


async def test_what_waits_for_another_try_is_taken_over_with_what_comes_after_it(
    scene: Scene, other: OutboxStore
) -> None:
    await scene.record(asks_for_a_person(), says("hello?"), says("are you there?"))
    first, *later = to_desk(scene)
    due = scene.clock.now() + timedelta(minutes=2)
    await scene.record(settled=[Settled(first, "retry", "503", due)])
    await scene.tamper(dies(scene))
    taken = [each for each in await other.lease_lost(100) if isinstance(each.effect, SyncCard | PostNote)]
    assert numbers(taken) == numbers([first, *later])
    assert (taken[0].due, taken[0].attempts) == (due, 2)


async def test_however_few_are_taken_each_lane_is_taken_from_its_beginning(
    scene: Scene, other: OutboxStore
) -> None:
    await scene.record(asks_for_a_person(), says("hello?"), says("are you there?"))
    first = to_desk(scene)[0]
    await scene.record(settled=[Settled(first, "retry", "503", scene.clock.now() + MINUTE)])
    await scene.tamper(dies(scene))
    order: list[int] = []
    while taken := await other.lease_lost(1):
        order += numbers(taken)
    assert order == numbers(scene.last)


async def test_nothing_overtakes_what_a_living_process_still_carries(
    scene: Scene, other: OutboxStore
) -> None:
    await scene.record(asks_for_a_person(), says("hello?"), says("are you there?"))
    first, held, *later = to_desk(scene)
    free = [each for each in scene.last if each != held]
    await scene.tamper(*has("dead", *free))
    taken = numbers(await other.lease_lost(100))
    assert first.effect.number in taken
    assert not set(numbers(later)) & set(taken)
    assert set(numbers(to_customer(scene))) <= set(taken)
    await scene.record(settled=[Settled(held, "done")])
    assert numbers(await other.lease_lost(100)) == numbers(later)


async def test_what_was_parked_keeps_nothing_back(scene: Scene, other: OutboxStore) -> None:
    await scene.record(asks_for_a_person(), says("hello?"))
    first, *later = to_desk(scene)
    await scene.record(settled=[Settled(first, "dead", "channel_not_found")])
    await scene.tamper(*has("dead", *later))
    assert set(numbers(later)) <= set(numbers(await other.lease_lost(100)))


async def test_a_question_is_taken_over_before_it_is_due(scene: Scene, other: OutboxStore) -> None:
    await scene.record(says("hello"))
    await scene.tamper(dies(scene))
    (asked,) = (each for each in await other.lease_lost(10) if isinstance(each.effect, AskAnswerer))
    assert isinstance(asked.effect, AskAnswerer)
    assert asked.due == asked.effect.due > scene.clock.now()


async def test_an_effect_that_was_taken_over_counts_as_tried(scene: Scene, other: OutboxStore) -> None:
    """Its process may have posted the card and died before it could say so."""
    await scene.record(asks_for_a_person())
    await scene.tamper(dies(scene))
    assert {each.attempts for each in await other.lease_lost(10)} == {1}
    assert {row["attempts"] for row in await scene.rows(t.outbox)} == {1}


# ---- between processes that live


async def test_an_effect_is_behind_what_another_process_has_of_its_lane(
    scene: Scene, other: OutboxStore
) -> None:
    await scene.record(asks_for_a_person(), says("hello?"))
    first, *_, last = to_desk(scene)
    await scene.tamper(*has("w2", last))
    assert await is_behind(other, last)
    assert not await is_behind(OutboxStore(scene.database, alone=False), first)
    before = [each for each in to_desk(scene) if each != last]
    await scene.record(settled=[Settled(each, "done") for each in before])
    assert not await is_behind(other, last)


async def test_nobody_waits_for_the_card_at_a_desk_where_the_handoff_is_no_longer(
    scene: Scene, other: OutboxStore
) -> None:
    await scene.record(asks_for_a_person(), says("hello?"))
    left, *_, last = to_desk(scene)
    one = t.outbox.c.number == left.effect.number
    await scene.tamper(t.outbox.update().where(one).values(args={"handoff": 1, "desk": "sales"}))
    others = [each for each in to_desk(scene) if each not in (left, last)]
    await scene.record(settled=[Settled(each, "done") for each in others])
    await scene.tamper(*has("w2", last))
    assert not await is_behind(other, last)
    await scene.tamper(*has("dead", last))
    assert numbers(await other.lease_lost(100)) == [last.effect.number]


async def is_behind(outbox: OutboxStore, recorded: Recorded) -> bool:
    delivery = await outbox.load(recorded)
    assert delivery is not None
    return delivery.behind
