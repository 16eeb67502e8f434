"""Booked places hold under every race: in one batch, between replicas, and for a promise that is moved."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bridge.domain.callback import CallbackRules
from bridge.domain.events import CallbackCancelled, CallbackChosen, Outcome, OutcomeKind
from bridge.domain.model import Conversation
from bridge.ports import Directory
from bridge.recorder import Recorder
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.recording import RecordingStore
from tests.domain.test_callbacks import NIGHT, rules
from tests.store.scene import ACME, Scene, asks_for_a_person, conversation_id

NAMES = [f"customer-{number}" for number in range(12)]


class OneTenant:
    """A directory of one tenant."""

    def __init__(self, at_once: int = 1) -> None:
        self._tenant = replace(rules(callbacks=CallbackRules(at_once=at_once)), id=ACME)

    def tenant(self, tenant: str) -> Any:
        return self._tenant

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the recorder does not ask for {name}")


def recorder(database: Database, scene: Scene, at_once: int = 1) -> Recorder:
    directory: Directory = OneTenant(at_once)
    return Recorder(RecordingStore(database), directory, scene.clock, lambda committed: None)


def chooses(name: str, slot: datetime) -> CallbackChosen:
    return CallbackChosen(tenant=ACME, conversation=conversation_id(name), slot=slot)


async def waiting(scene: Scene, made: Recorder) -> list[datetime]:
    """Twelve customers are shown times; gives those of the first."""
    scene.clock.at = NIGHT
    await asyncio.gather(*(made.record(asks_for_a_person(name, customer=name)) for name in NAMES))
    times = (await scene.conversation(NAMES[0])).times
    assert times is not None
    return list(times.slots)


async def rows(scene: Scene, *states: str) -> list[dict[str, Any]]:
    async with scene.database.reading(ACME) as connection:
        found = await connection.execute(select(t.callback).where(t.callback.c.state.in_(states)))
        return [dict(row) for row in found.mappings()]


async def test_of_many_who_choose_one_slot_at_once_as_many_get_it_as_the_desk_takes(scene: Scene) -> None:
    made = recorder(scene.database, scene, at_once=3)
    await made.start()
    slot = (await waiting(scene, made))[0]
    outcomes = await asyncio.gather(*(made.record(chooses(name, slot)) for name in NAMES))
    assert sum(outcome.done for outcome in outcomes) == 3
    assert {o.code for o in outcomes if o.kind is OutcomeKind.REFUSED} == {"taken"}
    booked = await rows(scene, "booked")
    assert sorted(row["place"] for row in booked) == [0, 1, 2]
    assert {row["slot_at"] for row in booked} == {slot}
    await made.stop()


async def test_two_replicas_never_promise_one_place_twice(scene: Scene, database_url: str) -> None:
    if scene.database.sqlite:
        return
    other = await Scene.open(database_url, "w2", scene.clock)
    first, second = recorder(scene.database, scene), recorder(other.database, scene)
    await first.start()
    await second.start()
    slots = await waiting(scene, first)
    asked = [(first if n % 2 else second).record(chooses(name, slots[n % 3])) for n, name in enumerate(NAMES)]
    outcomes: list[Outcome] = await asyncio.gather(*asked)
    assert sum(outcome.done for outcome in outcomes) == 3
    assert sorted(row["slot_at"] for row in await rows(scene, "booked")) == sorted(slots[:3])
    for each in (first, second):
        await each.stop()
    await other.close()


async def test_a_cancelled_place_can_be_promised_again_in_the_same_batch(scene: Scene) -> None:
    made = recorder(scene.database, scene)
    await made.start()
    slots = await waiting(scene, made)
    assert (await made.record(chooses(NAMES[0], slots[0]))).done
    cancels = CallbackCancelled(tenant=ACME, conversation=conversation_id(NAMES[0]))
    outcomes = await asyncio.gather(made.record(cancels), made.record(chooses(NAMES[1], slots[0])))
    assert all(outcome.done for outcome in outcomes)
    (booked,) = await rows(scene, "booked")
    assert booked["conversation_id"] == conversation_id(NAMES[1])
    await made.stop()


async def test_a_moved_callback_keeps_its_history_and_frees_its_place(scene: Scene) -> None:
    made = recorder(scene.database, scene)
    await made.start()
    slots = await waiting(scene, made)
    await made.record(chooses(NAMES[0], slots[0]))
    await made.record(chooses(NAMES[0], slots[1]))
    assert (await made.record(chooses(NAMES[1], slots[0]))).done
    states = {(row["number"], row["state"], row["slot_at"]) for row in await rows(scene, "moved", "booked")}
    assert states == {(1, "moved", slots[0]), (2, "booked", slots[1]), (1, "booked", slots[0])}
    await made.stop()


async def test_a_row_says_what_was_promised(scene: Scene) -> None:
    made = recorder(scene.database, scene)
    await made.start()
    slot = (await waiting(scene, made))[0]
    await made.record(chooses(NAMES[0], slot))
    (row,) = await rows(scene, "booked")
    assert row["zone"] == "Europe/Madrid"
    assert row["local"] == "2026-11-24T09:00"
    assert row["until"] - row["slot_at"] == timedelta(minutes=30)
    conversation: Conversation = await scene.conversation(NAMES[0])
    assert conversation.promise is not None
    assert conversation.promise.at == row["slot_at"]
    await made.stop()
