"""One loop, one batch, one commit: order, repeats, poison and trouble."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.domain.events import ClaimPressed, CustomerWrote, Opening, Outcome, OutcomeKind, PersonAsked
from bridge.domain.ids import ConversationId, CustomerId, EventKey
from bridge.domain.model import Agent
from bridge.ports import Unavailable
from bridge.recorder import Committed, Recorder
from tests.core.surroundings import TENANT, FixedClock, MemoryStore, OneTenant


class Running:
    def __init__(self) -> None:
        self.store = MemoryStore()
        self.commits: list[Committed] = []
        self.clock = FixedClock()
        self.recorder = Recorder(self.store, OneTenant(), self.clock, self.commits.append)

    async def says(self, text: str, *, key: str = "", who: str = "a") -> Outcome:
        return await self.recorder.record(
            CustomerWrote(
                tenant=TENANT,
                conversation=ConversationId(who * 32),
                key=EventKey(key),
                opening=Opening("web", "x", CustomerId(who * 32)),
                text=text,
                at=self.clock.now(),
            )
        )


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    made = Running()
    await made.recorder.start()
    yield made
    await made.recorder.stop()


async def test_what_queues_while_a_commit_runs_is_the_next_commit(running: Running) -> None:
    await asyncio.gather(*(running.says(f"{n}", who=f"{n % 10}") for n in range(40)))
    sizes = [len(batch) for batch in running.store.batches]
    assert sum(sizes) == 40
    assert len(sizes) <= 2, "not one commit for each"


async def test_events_of_one_conversation_are_decided_in_order(running: Running) -> None:
    outcomes = await asyncio.gather(*(running.says(f"{n}") for n in range(10)))
    assert [o.seq for o in outcomes] == sorted(o.seq for o in outcomes)
    [conversation] = running.store.conversations.values()
    assert conversation.question == "\n".join(str(n) for n in range(10))


async def test_the_same_key_twice_in_one_batch_is_recorded_once(running: Running) -> None:
    outcomes = await asyncio.gather(*(running.says("hello", key="k1") for _ in range(50)))
    kinds = [o.kind for o in outcomes]
    assert kinds.count(OutcomeKind.RECORDED) == 1
    assert kinds.count(OutcomeKind.REPEATED) == 49
    assert len({o.seq for o in outcomes}) == 1


async def test_a_hundred_claims_have_one_winner_and_the_others_learn_who(running: Running) -> None:
    asked = PersonAsked(
        tenant=TENANT,
        conversation=ConversationId("a" * 32),
        opening=Opening("web", "x", CustomerId("a" * 32)),
    )
    epoch = (await running.recorder.record(asked)).epoch
    outcomes = await asyncio.gather(
        *(
            running.recorder.record(
                ClaimPressed(
                    tenant=TENANT,
                    conversation=ConversationId("a" * 32),
                    handoff=1,
                    agent=Agent(f"slack:U{n}", f"Agent {n}"),
                    epoch=epoch,
                )
            )
            for n in range(100)
        )
    )
    winners = [n for n, o in enumerate(outcomes) if o.kind is OutcomeKind.RECORDED]
    assert len(winners) == 1
    losers = [o for o in outcomes if o.kind is OutcomeKind.REFUSED]
    assert len(losers) == 99
    assert all(f"Agent {winners[0]}" in o.why for o in losers)


async def test_a_poisonous_event_fails_alone(running: Running) -> None:
    running.store.broken = "poison"
    results = await asyncio.gather(
        *(running.says("poison" if n == 7 else "fine", who=f"{n % 10}") for n in range(20)),
        return_exceptions=True,
    )
    failed = [n for n, r in enumerate(results) if isinstance(r, Exception)]
    assert failed == [7]


async def test_a_conflict_is_tried_again_and_decided_anew(running: Running) -> None:
    running.store.conflicts = 3
    outcome = await running.says("hello")
    assert outcome.kind is OutcomeKind.RECORDED
    assert len(running.commits) == 1


async def test_endless_conflicts_are_unavailable_and_later_events_work(running: Running) -> None:
    running.store.conflicts = 8
    with pytest.raises(Unavailable):
        await running.says("hello")
    assert (await running.says("hello again")).kind is OutcomeKind.RECORDED


async def test_an_unknown_tenant_changes_nothing(running: Running) -> None:
    event = CustomerWrote(
        tenant=type(TENANT)("nobody"),
        conversation=ConversationId("a" * 32),
        text="hello",
        at=running.clock.now(),
    )
    assert (await running.recorder.record(event)).kind is OutcomeKind.UNKNOWN
    assert running.store.batches == []


async def test_a_stopped_recorder_says_so() -> None:
    made = Running()
    with pytest.raises(Unavailable):
        await made.says("hello")
