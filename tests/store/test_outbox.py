"""What the dispatcher reads at the moment of sending, and what becomes of an effect."""

from datetime import timedelta

import pytest

from bridge.domain.answer import Answer
from bridge.domain.effects import AskAnswerer, PostNote, SendToCustomer, SyncCard
from bridge.domain.events import AnswerArrived
from bridge.domain.model import Author, Ending
from bridge.ports import CardRef, Recorded, Settled
from bridge.store import tables as t
from bridge.store.outbox_admin import OutboxAdmin
from bridge.store.transcript import Transcripts
from tests.store.scene import ACME, GLOBEX, Scene, asks_for_a_person, claims, conversation_id, releases, says


def one(scene: Scene, kind: type) -> Recorded:
    return next(recorded for recorded in scene.last if isinstance(recorded.effect, kind))


async def test_effects_are_born_leased_to_the_process_that_recorded_them(scene: Scene) -> None:
    await scene.outbox.beat()
    await scene.record(asks_for_a_person())
    assert {row["worker"] for row in await scene.rows(t.outbox)} == {"w1"}
    assert await scene.outbox.lease_lost(10) == []


async def test_a_done_effect_leaves_the_outbox(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    await scene.record(settled=[Settled(recorded, "done") for recorded in scene.last])
    assert await scene.rows(t.outbox) == []


async def test_a_retry_stays_with_its_process_and_waits(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    due = scene.clock.now() + timedelta(minutes=1)
    retry = Settled(one(scene, SyncCard), "retry", "429", due)
    await scene.record(settled=[retry])
    row = next(row for row in await scene.rows(t.outbox) if row["kind"] == "sync_card")
    assert (row["worker"], row["status"], row["attempts"]) == ("w1", "pending", 1)
    assert (row["due_at"], row["why"]) == (due, "429")


async def test_what_can_not_be_sent_is_parked_listed_and_put_back(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    card, message = one(scene, SyncCard), one(scene, SendToCustomer)
    await scene.record(
        settled=[Settled(card, "dead", "channel_not_found"), Settled(message, "withheld", "epoch")]
    )
    admin = OutboxAdmin(scene.database)
    counts = await admin.outbox_counts()
    assert (counts.pending, counts.dead) == (len(scene.last) - 2, 1)
    assert counts.oldest == scene.clock.now()
    shown = {row.status: row for row in await admin.outbox_list(ACME)}
    assert (shown["dead"].kind, shown["dead"].why) == ("sync_card", "channel_not_found")
    assert await admin.outbox_list(GLOBEX) == []
    assert await admin.outbox_retry(GLOBEX) == 0
    assert await admin.outbox_retry(ACME) == 1
    again = await scene.outbox.lease_lost(10)
    assert [(r.effect, r.due) for r in again] == [(card.effect, scene.clock.now())]


async def test_a_posted_card_is_found_by_its_place_and_by_its_handoff(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    card = one(scene, SyncCard)
    await scene.record(settled=[Settled(card, "done", card=CardRef("C1", "17.5", "slack", "support"))])
    assert (await scene.rows(t.card))[0]["desk"] == "support"
    delivery = await scene.outbox.load(card)
    assert delivery is not None
    assert delivery.card == CardRef("C1", "17.5", "slack", "support")
    posted_again = Settled(card, "done", card=CardRef("C1", "18.0", desk="support"))
    await scene.record(settled=[posted_again])
    assert [row["thread"] for row in await scene.rows(t.card)] == ["18.0"]


async def test_a_message_is_read_at_the_moment_of_sending(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    message = next(r for r in scene.last if isinstance(r.effect, SendToCustomer))
    assert isinstance(message.effect, SendToCustomer)
    await scene.record(claims())
    delivery = await scene.outbox.load(message)
    assert delivery is not None
    assert delivery.entry is not None
    assert delivery.entry.seq == message.effect.seq
    assert delivery.snapshot == await scene.snapshot()


async def test_the_ai_is_given_the_messages_up_to_its_question(scene: Scene) -> None:
    await scene.record(says("first"), says("second"))
    question = scene.last[-1]
    await scene.record(says("third"))
    delivery = await scene.outbox.load(question)
    assert delivery is not None
    assert isinstance(question.effect, AskAnswerer)
    assert [entry.text for entry in delivery.messages] == ["first", "second"]


async def test_the_ai_is_not_shown_drafts_and_notes(scene: Scene) -> None:
    await scene.record(says("first"))
    asked = one(scene, AskAnswerer).effect
    assert isinstance(asked, AskAnswerer)
    late = AnswerArrived(
        tenant=ACME,
        conversation=conversation_id("one"),
        epoch=asked.epoch,
        turn=asked.turn,
        upto=asked.upto,
        result=Answer("not sent", 0.9),
    )
    await scene.record(says("second"), late, says("third"))
    delivery = await scene.outbox.load(scene.last[-1])
    assert delivery is not None
    assert [(e.author, e.text) for e in delivery.messages] == [
        (Author.CUSTOMER, "first"),
        (Author.CUSTOMER, "second"),
        (Author.CUSTOMER, "third"),
    ]


async def test_an_older_handoffs_card_shows_that_handoff(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    card = one(scene, SyncCard)
    await scene.record(claims(), releases(), asks_for_a_person())
    delivery = await scene.outbox.load(card)
    assert delivery is not None
    assert delivery.snapshot.conversation is not None
    shown = delivery.snapshot.conversation.handoff
    assert shown is not None
    assert (shown.number, shown.ending) == (1, Ending.RELEASED)


async def test_a_card_and_a_note_carry_the_transcript_link_and_the_entry(scene: Scene) -> None:
    await scene.record(asks_for_a_person(), says("are you there?"))
    delivery = await scene.outbox.load(one(scene, PostNote))
    assert delivery is not None
    assert delivery.entry is not None
    assert delivery.entry.text == "are you there?"
    view = await Transcripts(scene.database).transcript(delivery.transcript)
    assert view is not None
    assert view.conversation == await scene.conversation()


async def test_nothing_is_loaded_for_a_conversation_that_is_gone(scene: Scene) -> None:
    await scene.record(says("hello"))
    effect = scene.last[0].effect
    elsewhere = Recorded(GLOBEX, scene.last[0].conversation, effect)
    assert await scene.outbox.load(elsewhere) is None


@pytest.mark.parametrize("status", ["done", "withheld", "dead", "retry"])
async def test_a_result_of_an_effect_that_is_gone_changes_nothing(scene: Scene, status: str) -> None:
    await scene.record(says("hello"))
    effects = scene.last
    await scene.record(settled=[Settled(recorded, "done") for recorded in effects])
    await scene.record(settled=[Settled(recorded, status) for recorded in effects])  # type: ignore[arg-type]
    assert await scene.rows(t.outbox) == []
