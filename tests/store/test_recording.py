"""One commit: everything or nothing, in order, and never under another owner's feet."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.effects import Held, SendToCustomer
from bridge.domain.events import AgentEdited, DeliveryFailed, OutcomeKind
from bridge.domain.ids import EventKey, TenantId
from bridge.domain.model import Agent, Mode, Profile
from bridge.ports import Conflict, Key, Settled, Step
from bridge.store import tables as t
from bridge.store.engine import UnknownTenant
from tests.store.scene import (
    ACME,
    ANA,
    BEN,
    GLOBEX,
    Scene,
    asks_for_a_person,
    claims,
    conversation_id,
    releases,
    says,
)

KEY = Key(ACME, conversation_id("one"))
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


async def test_what_was_decided_is_read_back_as_it_was(scene: Scene) -> None:
    profile = Profile(verified=True, name="Eve Ōno", tags=("vip",), lifetime_value=120.5)
    await scene.record(says("Where is my parcel?", profile=profile))
    await scene.record(asks_for_a_person())
    await scene.record(claims())
    stored = await scene.snapshot()
    assert stored.conversation is not None
    assert stored.conversation.mode is Mode.HUMAN
    assert stored.conversation.owner == ANA
    assert stored.conversation.external == "external-one"
    assert stored.conversation.topic == "Where is my parcel?"
    assert stored.customer is not None
    assert stored.customer.profile == profile


async def test_a_batch_writes_the_last_state_and_every_entry_in_order(scene: Scene) -> None:
    await scene.record(says("one"), says("two"), asks_for_a_person(), claims(), releases())
    conversation = await scene.conversation()
    entries = await scene.rows(t.entry)
    assert conversation.mode is Mode.ASSISTANT
    assert [row["seq"] for row in entries] == list(range(1, conversation.seq + 1))
    assert [row["action"] for row in await scene.rows(t.audit) if row["stream"] == conversation.id] == [
        "handoff",
        "claim",
        "released",
    ]
    assert [row["number"] for row in await scene.rows(t.outbox)] == list(range(1, conversation.effects + 1))


async def test_two_handoffs_of_one_batch_are_both_kept(scene: Scene) -> None:
    await scene.record(asks_for_a_person(), claims(), releases(), asks_for_a_person())
    handoffs = await scene.rows(t.handoff)
    assert [(row["number"], row["ending"]) for row in handoffs] == [(1, "released"), (2, "")]


async def test_a_claim_does_not_change_the_transcript_link(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    before = (await scene.rows(t.handoff))[0]
    await scene.record(claims())
    after = (await scene.rows(t.handoff))[0]
    assert after["owner"] == ANA.id
    assert (after["link_hash"], after["link_sealed"]) == (before["link_hash"], before["link_sealed"])


async def test_an_event_that_was_recorded_is_known_again(scene: Scene) -> None:
    (first,) = await scene.record(says("hello", key="web:1"))
    async with scene.store.begin([says("hello", key="web:1")]) as transaction:
        repeat = transaction.repeats[ACME, EventKey("web:1")]
    assert (repeat.kind, repeat.seq) == (OutcomeKind.REPEATED, first.seq)


async def test_one_tenants_event_keys_say_nothing_of_anothers(scene: Scene) -> None:
    await scene.record(says("hello", key="web:1"))
    async with scene.store.begin([says("hello", key="web:1", tenant=GLOBEX)]) as transaction:
        assert transaction.repeats == {}


async def test_the_same_event_twice_in_one_write_is_a_conflict(scene: Scene) -> None:
    with pytest.raises(Conflict):
        await scene.record(says("hello", key="web:1"), says("hello", key="web:1"))
    assert await scene.rows(t.entry) == []


async def test_a_batch_spans_tenants_and_conversations(scene: Scene) -> None:
    await scene.record(says("from acme", "a"), says("from globex", "a", tenant=GLOBEX), says("more", "b"))
    ours, theirs = await scene.snapshot("a"), await scene.snapshot("a", GLOBEX)
    assert ours.conversation is not None
    assert theirs.conversation is not None
    assert (ours.conversation.question, theirs.conversation.question) == ("from acme", "from globex")
    assert {(row["tenant_id"], row["seq"]) for row in await scene.rows(t.entry)} >= {
        (ACME, 1),
        (GLOBEX, 1),
    }


def edits(agent: Agent = ANA, conversation: str = "one") -> AgentEdited:
    return AgentEdited(
        tenant=ACME,
        conversation=conversation_id(conversation),
        handoff=1,
        agent=agent,
        line="ts1",
        text="14",
        at=AT,
    )


async def test_an_edit_knows_what_waits_in_the_outbox(scene: Scene) -> None:
    await scene.record(asks_for_a_person(), claims())
    notices = [r for r in scene.last if isinstance(r.effect, SendToCustomer)]
    rests = scene.clock.now() + timedelta(minutes=1)
    first, *others = notices
    await scene.record(settled=[Settled(first, "retry", "uncertain: dropped", due=rests)])
    async with scene.store.begin([edits(), says("hello", "two")]) as transaction:
        held = transaction.snapshots[KEY].held
        assert transaction.snapshots[Key(ACME, conversation_id("two"))].held == ()
    assert [each.number for each in held] == sorted(each.number for each in held)
    assert Held(first.effect.number, rests, uncertain=True) in held
    await scene.record(settled=[Settled(each, "done") for each in (first, *others)])
    async with scene.store.begin([edits()]) as transaction:
        left = {each.number for each in transaction.snapshots[KEY].held}
    assert left.isdisjoint(each.effect.number for each in notices)


async def test_an_event_is_decided_with_the_entry_that_it_names(scene: Scene) -> None:
    await scene.record(says("where is it?"), asks_for_a_person(), claims())
    failed = DeliveryFailed(tenant=ACME, conversation=conversation_id("one"), seq=1, why="gone")
    async with scene.store.begin([failed, replace(failed, seq=9999), replace(failed, seq=-1)]) as transaction:
        assert {place: entry.text for place, entry in transaction.entries.items()} == {
            (KEY, 1): "where is it?"
        }


async def test_a_known_customer_is_known_in_a_new_conversation(scene: Scene) -> None:
    await scene.record(says("first", "one", profile=Profile(name="Eve")))
    await scene.record(says("second", "two"))
    stored = await scene.snapshot("two")
    assert stored.customer is not None
    assert stored.customer.profile.name == "Eve"
    assert stored.customer.conversations == 1
    assert len(await scene.rows(t.customer)) == 1


async def test_a_batch_without_events_settles_only(scene: Scene) -> None:
    async with scene.store.begin([]) as transaction:
        assert transaction.snapshots == {}
        await transaction.write([], [], scene.clock.now())


async def test_a_tenant_without_settings_is_refused_before_anything_is_locked(scene: Scene) -> None:
    with pytest.raises(UnknownTenant, match="nobody"):
        async with scene.store.begin([says("hello", tenant=TenantId("nobody"))]):
            pass


async def test_two_replicas_that_open_one_conversation_leave_one(database_url: str, scene: Scene) -> None:
    other = await Scene.open(database_url, "w2", scene.clock)
    both_loaded = asyncio.Barrier(1 if scene.database.sqlite else 2)

    async def open_it(where: Scene, key: str) -> bool:
        event = says("hello", key=key)
        try:
            async with where.store.begin([event]) as transaction:
                await both_loaded.wait()
                await transaction.write(where.decide(transaction, [event]), [], scene.clock.now())
        except Conflict:
            return False
        return True

    won = list(await asyncio.gather(open_it(scene, "k1"), open_it(other, "k2")))
    await other.close()
    if scene.database.sqlite:  # one writer: the second sees what the first recorded
        assert won == [True, True]
    else:
        assert sorted(won) == [False, True]
    assert len(await scene.rows(t.conversation)) == 1
    assert len(await scene.rows(t.customer)) == 1


async def test_two_replicas_that_claim_at_once_have_one_winner(database_url: str, scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    other = await Scene.open(database_url, "w2", scene.clock)
    outcomes = await asyncio.gather(scene.record(claims(ANA)), other.record(claims(BEN)))
    await other.close()
    assert sorted(outcome.kind for (outcome,) in outcomes) == [OutcomeKind.RECORDED, OutcomeKind.REFUSED]


async def test_a_conversation_that_moved_on_is_a_conflict(scene: Scene) -> None:
    """The guard behind the lock: it holds even where something wrote without taking the lock."""
    await scene.record(asks_for_a_person())
    event, key = claims(), Key(ACME, conversation_id("one"))

    async def claim_while_something_writes_past_the_lock() -> None:
        async with scene.store.begin([event]) as transaction:
            steps = scene.decide(transaction, [event])
            moved_on = replace(transaction._loaded.conversations[key], epoch=7)
            transaction._loaded.conversations[key] = moved_on
            await transaction.write(steps, [], scene.clock.now())

    with pytest.raises(Conflict):
        await claim_while_something_writes_past_the_lock()
    assert (await scene.conversation()).mode is Mode.WAITING


async def test_what_fails_leaves_nothing_behind(scene: Scene) -> None:
    events = [says("hello"), says("twice", "two", customer="ed")]

    async def write_an_entry_twice() -> None:
        async with scene.store.begin(events) as transaction:
            first, second = scene.decide(transaction, events)
            decision = replace(second.decision, entries=second.decision.entries * 2)
            await transaction.write([first, Step(events[1], decision)], [], scene.clock.now())

    with pytest.raises(Conflict):
        await write_an_entry_twice()
    assert (await scene.snapshot()).conversation is None
    assert await scene.rows(t.outbox) == []


async def test_any_text_a_stranger_sends_can_be_stored(scene: Scene) -> None:
    text = "nul \0, half an emoji \ud83d, right to left \u202e"
    await scene.record(says(text, profile=Profile(name="\0\ud800")))
    stored = await scene.snapshot()
    assert stored.conversation is not None
    assert stored.conversation.question == text
    assert stored.customer is not None
    assert stored.customer.profile.name == "\0\ud800"


async def test_a_customer_who_was_erased_and_comes_again_gets_a_new_key(scene: Scene) -> None:
    await scene.record(says("forget me", profile=Profile(name="Eve")))
    before = (await scene.rows(t.customer))[0]["sealed_key"]
    await scene.tamper(
        t.customer.update().values(sealed_key=None, sealed_profile=None, erased_at=scene.clock.now()),
        t.conversation.update().values(memo=None),
        t.entry.delete(),
    )
    await scene.record(says("hello again"))
    row = (await scene.rows(t.customer))[0]
    stored = await scene.snapshot()
    assert row["sealed_key"] not in (None, before)
    assert row["erased_at"] is None
    assert stored.conversation is not None
    assert stored.conversation.external == "external-one"
    assert stored.conversation.question == "hello again"
    assert stored.customer is not None
    assert stored.customer.profile == Profile()


async def test_a_conversation_that_was_taken_away_is_begun_anew(scene: Scene) -> None:
    """What this process remembers of it is found to be wrong, and the batch is tried again."""
    await scene.record(says("hello"))
    await scene.tamper(t.entry.delete(), t.outbox.delete(), t.conversation.delete())
    with pytest.raises(Conflict):
        await scene.record(says("are you there?"))
    await scene.record(says("are you there?"))
    assert (await scene.conversation()).question == "are you there?"


async def test_unknown_conversations_have_empty_snapshots(scene: Scene) -> None:
    async with scene.store.begin([claims(conversation="nowhere")]) as transaction:
        snapshot = transaction.snapshots[Key(ACME, conversation_id("nowhere"))]
    assert (snapshot.conversation, snapshot.customer) == (None, None)
