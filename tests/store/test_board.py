"""What desks and customers read: the truth, their own tenant's, and nothing that is not for them."""

from datetime import timedelta

from bridge.domain.events import AgentWrote
from bridge.domain.ids import HandoffId, TenantId, handoff_id
from bridge.domain.model import EntryKind, Profile
from bridge.ports import CardRef, DeskAddress, Settled
from bridge.store import tables as t
from bridge.store.board import BoardReads
from bridge.store.desk_figures import DeskReads
from bridge.store.transcript import Transcripts
from tests.store.scene import (
    ACME,
    ANA,
    GLOBEX,
    Scene,
    asks_for_a_person,
    claims,
    conversation_id,
    passes_on,
    releases,
    says,
)

DESK = DeskAddress(ACME, "support", None)
ONE = handoff_id(conversation_id("one"), 1)


async def post_card(scene: Scene, ref: CardRef) -> None:
    cards = [r for r in scene.last if type(r.effect).__name__ == "SyncCard"]
    await scene.record(settled=[Settled(card, "done", card=ref) for card in cards])


async def link_of(scene: Scene) -> str:
    card = next(r for r in scene.last if type(r.effect).__name__ == "SyncCard")
    delivery = await scene.outbox.load(card)
    assert delivery is not None
    return delivery.transcript


async def test_a_handoff_is_found_by_its_id_inside_its_tenant_only(scene: Scene) -> None:
    await scene.record(says("parcel?", profile=Profile(name="Eve")), asks_for_a_person(), claims())
    board = BoardReads(scene.database)
    found = await board.find(ACME, ONE)
    assert found is not None
    assert (found.desk, found.handoff, found.epoch) == ("support", 1, 2)
    assert (found.card.who, found.card.state, found.card.owner) == ("Eve", "claimed", ANA)
    assert await board.find(GLOBEX, ONE) is None
    assert await board.find(TenantId("nobody"), ONE) is None
    assert await board.find(ACME, handoff_id(conversation_id("one"), 2)) is None
    assert await board.find(ACME, HandoffId("nonsense")) is None


async def test_a_handoff_is_found_where_its_card_stands(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    await post_card(scene, CardRef("C1", "17.5", desk="support"))
    board = BoardReads(scene.database)
    found = await board.at(DESK, CardRef("C1", "17.5"))
    assert found is not None
    assert (found.conversation, found.handoff) == (conversation_id("one"), 1)
    assert await board.at(DESK, CardRef("C1", "17.6")) is None
    assert await board.at(DeskAddress(ACME, "sales", None), CardRef("C1", "17.5")) is None
    assert await board.at(DeskAddress(GLOBEX, "support", None), CardRef("C1", "17.5")) is None


async def test_a_card_that_was_left_behind_is_found_and_says_where_the_handoff_went(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    await post_card(scene, CardRef("C1", "17.5", desk="support"))
    await scene.record(passes_on("sales"))
    board, sales = BoardReads(scene.database), DeskAddress(ACME, "sales", None)
    left = await board.at(DESK, CardRef("C1", "17.5"))
    assert left is not None
    assert (left.desk, left.card.state, left.card.moved_to) == ("sales", "moved", "sales")
    assert await DeskReads(scene.database).places(ACME, "sales") == {}
    await post_card(scene, CardRef("C2", "18.5", desk="sales"))
    new = await board.at(sales, CardRef("C2", "18.5"))
    assert new is not None
    assert (new.card.state, new.card.moved_to) == ("waiting", "")
    assert await board.at(DESK, CardRef("C1", "17.5")) == left
    assert [card.handoff for card in await board.open_cards(ACME, "sales")] == [ONE]
    assert await board.open_cards(ACME, "support") == []
    assert (await DeskReads(scene.database).places(ACME, "sales"))[ONE].place == "C2"


async def test_an_ended_handoff_shows_how_it_ended_after_the_next_began(scene: Scene) -> None:
    await scene.record(asks_for_a_person(), claims(), releases(), asks_for_a_person())
    found = await BoardReads(scene.database).find(ACME, ONE)
    assert found is not None
    assert (found.card.state, found.card.ended_by, found.card.buttons) == ("released", "Ana", ())


async def test_a_desk_sees_who_waits_longest_first_and_ended_ones_last(scene: Scene) -> None:
    for name in ("ended", "first", "claimed", "last"):
        await scene.record(asks_for_a_person(name, customer=name))
        scene.clock.pass_by(timedelta(seconds=1))
    await scene.record(claims(conversation="claimed"), claims(conversation="ended"))
    await scene.record(releases(conversation="ended"))
    board = BoardReads(scene.database)
    cards = await board.open_cards(ACME, "support")
    expected = [handoff_id(conversation_id(n), 1) for n in ("first", "last", "claimed", "ended")]
    assert [card.handoff for card in cards] == expected
    assert [card.handoff for card in await board.open_cards(ACME, "support", limit=2)] == expected[:2]
    assert await board.open_cards(ACME, "sales") == []
    assert await board.open_cards(GLOBEX, "support") == []


async def test_customers_see_messages_and_states_and_never_a_note(scene: Scene) -> None:
    note = AgentWrote(
        tenant=ACME,
        conversation=conversation_id("one"),
        handoff=1,
        agent=ANA,
        text="// rude today",
        at=scene.clock.now(),
    )
    await scene.record(says("hello"), asks_for_a_person(), claims(), note)
    board = BoardReads(scene.database)
    entries = await board.entries(ACME, conversation_id("one"), 0)
    assert {entry.kind for entry in entries} == {EntryKind.MESSAGE, EntryKind.STATE}
    assert [entry.seq for entry in entries] == sorted(entry.seq for entry in entries)
    later = await board.entries(ACME, conversation_id("one"), entries[1].seq, limit=2)
    assert list(later) == list(entries[2:4])
    assert await board.entries(GLOBEX, conversation_id("one"), 0) == []
    thread = await board.thread(ACME, ONE)
    assert [entry.text for entry in thread if entry.kind is EntryKind.NOTE] == ["rude today"]
    assert await board.thread(GLOBEX, ONE) == []
    assert await board.thread(ACME, HandoffId("nonsense")) == []


async def test_a_transcript_shows_everything(scene: Scene) -> None:
    await scene.record(says("I want a person"), asks_for_a_person())
    link = await link_of(scene)
    await scene.record(claims(), releases())
    view = await Transcripts(scene.database).transcript(link)
    assert view is not None
    assert view.conversation == await scene.conversation()
    assert view.handoff == await scene.handoff()
    assert [entry.seq for entry in view.entries] == list(range(1, view.conversation.seq + 1))
    assert [turn.decision for turn in view.turns] == ["handoff"]
    assert [(line.n, line.action) for line in view.audit] == [(1, "handoff"), (2, "claim"), (3, "released")]


async def test_a_transcript_link_of_another_tenant_opens_nothing(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    link = await link_of(scene)
    transcripts = Transcripts(scene.database)
    secret = link.removeprefix("acme.")
    for wrong in (f"globex.{secret}", secret, f"nobody.{secret}", "acme.", "", f"{link}x", "\0.\ud800"):
        assert await transcripts.transcript(wrong) is None


async def test_a_transcript_link_expires_after_thirty_days(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    link = await link_of(scene)
    scene.clock.pass_by(timedelta(days=30, seconds=-1))
    assert await Transcripts(scene.database).transcript(link) is not None
    scene.clock.pass_by(timedelta(seconds=1))
    assert await Transcripts(scene.database).transcript(link) is None


async def test_a_revoked_transcript_link_opens_nothing(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    link = await link_of(scene)
    transcripts = Transcripts(scene.database)
    assert not await transcripts.revoke(GLOBEX, ONE)
    assert await transcripts.transcript(link) is not None
    assert await transcripts.revoke(ACME, ONE)
    assert await transcripts.transcript(link) is None


async def test_the_link_itself_is_nowhere_in_the_database(scene: Scene) -> None:
    await scene.record(asks_for_a_person())
    secret = (await link_of(scene)).removeprefix("acme.")
    for row in await scene.rows(t.handoff):
        assert all(secret.encode() not in _raw(value) for value in row.values())


def _raw(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
