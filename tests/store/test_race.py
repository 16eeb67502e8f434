"""The real recorder on the real store: whoever presses at the same time, one wins and the rest learn who."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.directory import Entry, LiveDirectory
from bridge.domain.events import OutcomeKind
from bridge.domain.model import Agent
from bridge.recorder import Committed, Recorder
from bridge.store import tables as t
from bridge.store.audit import AuditStore
from tests.store.scene import ACME, Scene, asks_for_a_person, claims, says

CLAIMERS = 100


class Replica:
    """One process: its own database pool and recorder."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.committed: list[Committed] = []
        directory = LiveDirectory({})
        for tenant in scene.tenants.values():
            directory.put(Entry(1, tenant, {}, {}, None))
        self.recorder = Recorder(scene.store, directory, scene.clock, self.committed.append)


@pytest.fixture
async def replicas(scene: Scene, database_url: str) -> AsyncIterator[list[Replica]]:
    other = await Scene.open(database_url, "w2", scene.clock)
    both = [Replica(scene), Replica(other)]
    for replica in both:
        await replica.recorder.start()
    yield both
    for replica in both:
        await replica.recorder.stop()
    await other.close()


async def test_of_a_hundred_claimers_on_two_replicas_one_wins(replicas: list[Replica]) -> None:
    await replicas[0].recorder.record(asks_for_a_person())
    agents = [Agent(f"slack:U{i}", f"Agent {i}") for i in range(CLAIMERS)]
    outcomes = await asyncio.gather(
        *(replicas[i % 2].recorder.record(claims(agent)) for i, agent in enumerate(agents))
    )
    winners = [agent for agent, outcome in zip(agents, outcomes, strict=True) if outcome.done]
    losers = [outcome for outcome in outcomes if outcome.kind is OutcomeKind.REFUSED]
    assert len(winners) == 1
    assert len(losers) == CLAIMERS - 1
    assert all(winners[0].name in outcome.why for outcome in losers)
    assert (await replicas[0].scene.conversation()).owner == winners[0]


async def test_a_message_that_reaches_both_replicas_is_recorded_once(replicas: list[Replica]) -> None:
    outcomes = await asyncio.gather(
        *(replica.recorder.record(says("hello", key="web:1")) for replica in replicas)
    )
    kinds = sorted(outcome.kind for outcome in outcomes)
    assert kinds == [OutcomeKind.RECORDED, OutcomeKind.REPEATED]
    assert {outcome.seq for outcome in outcomes} == {1}


async def test_crossing_batches_of_two_replicas_lose_nothing(replicas: list[Replica]) -> None:
    """The same conversations in opposite orders: locks are taken in one order, or tried again."""
    names = [str(i) for i in range(12)]
    orders = (names, names[::-1])
    await asyncio.gather(
        *(
            replica.recorder.record(
                says(f"{n} {i}", name, customer=str(int(name) % 3), key=f"{n}-{i}-{name}")
            )
            for n, (replica, order) in enumerate(zip(replicas, orders, strict=True))
            for i in range(3)
            for name in order
        )
    )
    scene = replicas[0].scene
    for name in names:
        conversation = await scene.conversation(name)
        assert sorted(conversation.question.split("\n")) == [f"{n} {i}" for n in range(2) for i in range(3)]
    assert len(await scene.rows(t.entry)) == len(names) * 6
    assert await AuditStore(scene.database).verify(ACME) is None
