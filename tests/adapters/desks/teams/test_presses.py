"""Presses and lines beyond the contract: slow commits, old clients, what is told once."""

import asyncio
from dataclasses import replace

import pytest

from bridge.domain.events import (
    AgentDeleted,
    AgentEdited,
    AgentWrote,
    Outcome,
    OutcomeKind,
    ReleasePressed,
    RetryPressed,
    SendDraftPressed,
    SendSuggestedPressed,
    TakeOverPressed,
    TransferPressed,
)
from bridge.domain.model import Agent, Author, EntryKind, File, ReleaseOutcome, Transfer
from tests.adapters.desks.teams.conftest import Support, ref_of
from tests.contracts.desk import said
from tests.fakes.core import claimed_card, waiting_card
from tests.fakes.desk_core import START
from tests.fakes.teams import ANA, BEN, Message, action_of, buttons
from tests.fakes.teams.rules import card_errors, card_words, nodes

BEN_HERE = Agent(f"teams:{BEN.object_id}", BEN.name)
ANA_HERE = Agent(f"teams:{ANA.object_id}", ANA.name)


async def test_after_a_press_the_answer_is_the_card_as_it_is_from_then_on(support: Support) -> None:
    card = await support.page()
    support.core.decide = lambda event: claimed(support)
    reply = await support.teams.press("claim", card, ANA)
    assert buttons(reply.card) == ["send_suggested", "release"], "and the owner's edit box is open"


def claimed(support: Support) -> Outcome:
    support.core.stand(support.desk, claimed_card(ANA_HERE))
    return Outcome(OutcomeKind.RECORDED, seq=1, epoch=4)


async def test_a_release_carries_its_note_and_an_edit_its_text(support: Support) -> None:
    card = await support.page(claimed_card(ANA_HERE))
    await support.teams.press("edit_suggested", card, inputs={"reply": "Mine."}, submit=True)
    await support.teams.press("release", card, inputs={"note": "New pole sent."}, submit=True)
    sent, released = support.core.received
    assert isinstance(sent, SendSuggestedPressed)
    assert isinstance(released, ReleasePressed)
    assert (sent.text, released.note) == ("Mine.", "New pole sent.")


async def test_an_old_client_is_told_in_its_own_chat_why_nothing_was_done(support: Support) -> None:
    card = await support.page()
    support.core.refuse("Nothing done: Ana has this conversation.")
    await support.teams.press("claim", card, BEN, submit=True)
    await support.settled()
    assert support.teams.whispers(BEN) == ["Nothing done: Ana has this conversation."]
    assert card.edits > 0, "and the card shows the truth"


async def test_a_press_that_takes_too_long_is_not_acknowledged_and_goes_on(support: Support) -> None:
    card = await support.page()
    room = support.adapter._open_room
    assert room is not None
    room.patience = 0.05
    slow = asyncio.Event()
    support.core.wait = slow.wait
    assert (await support.teams.press("claim", card)).status == 503
    slow.set()
    await support.settled()
    assert len(support.core.received) == 1
    assert ["is slow" in words for words in support.teams.whispers(ANA)] == [True]


async def test_that_a_line_stays_inside_is_told_once(support: Support) -> None:
    card = await support.page(claimed_card(ANA_HERE))
    why = "Not sent: Ana has this conversation."
    support.core.decide = lambda event: Outcome(
        OutcomeKind.RECORDED, code="not_owner", why=why, note=True, epoch=4
    )
    for text in ("one", "two", "three"):
        await support.teams.write_in_thread(card, text, BEN)
    await support.settled()
    assert support.teams.whispers(BEN) == [why]


@pytest.mark.parametrize("mention", [False, True])
async def test_with_or_without_a_mention_a_line_is_the_same(support: Support, mention: bool) -> None:
    card = await support.page(claimed_card(ANA_HERE))
    await support.teams.write_in_thread(card, "It leaves today & <3", mention=mention)
    [event] = support.core.received
    assert isinstance(event, AgentWrote)
    assert event.text == "It leaves today & <3"


async def test_a_line_without_html_is_read_from_its_text(support: Support) -> None:
    card = await support.page(claimed_card(ANA_HERE))
    await support.teams.write_in_thread(card, "<at>Handoff Bridge</at> a < b", attachments=None)
    [event] = support.core.received
    assert isinstance(event, AgentWrote)
    assert event.text == "a < b"


async def test_files_come_by_name_and_what_became_of_them_is_told(support: Support) -> None:
    card = await support.page(claimed_card(ANA_HERE))
    kind = "application/vnd.microsoft.teams.file.download.info"
    file = {"contentType": kind, "name": "invoice.pdf", "content": {}}
    support.core.decide = lambda event: Outcome(
        OutcomeKind.RECORDED, code="not_delivered", why="Not delivered: it."
    )
    await support.teams.write_in_thread(card, "here", attachments=[file])
    await support.settled()
    [event] = support.core.received
    assert isinstance(event, AgentWrote)
    assert (event.text, event.files) == ("here", (File("invoice.pdf"),))
    assert support.teams.whispers(ANA) == ["Not delivered: it."]


async def test_a_line_that_is_edited_or_deleted_is_known_by_its_id(support: Support) -> None:
    card = await support.page(claimed_card(ANA_HERE))
    await support.teams.write_in_thread(card, "It leaves Monday")
    line = support.teams.last_id
    support.core.decide = lambda event: Outcome(
        OutcomeKind.RECORDED, code="corrected", why="A correction was sent."
    )
    await support.teams.edit_line(card, line, "It leaves Tuesday")
    await support.teams.edit_line(card, line, None)
    await support.settled()
    wrote, edited, deleted = support.core.received
    assert isinstance(wrote, AgentWrote)
    assert isinstance(edited, AgentEdited)
    assert isinstance(deleted, AgentDeleted)
    assert wrote.line == edited.line == deleted.line == line
    assert edited.text == "It leaves Tuesday"
    assert support.teams.whispers(ANA)[0] == "A correction was sent."


# ---- passing on, taking over, drafts


CLAIMED = claimed_card(ANA_HERE, can=("send_suggested", "edit_suggested", "release", "transfer", "take_over"))


async def test_to_whom_is_asked_in_the_cards_place(support: Support) -> None:
    card = await support.page(CLAIMED)
    form = (await support.teams.press("transfer", card)).card
    [choices] = [n["choices"] for n in nodes(form) if n.get("type") == "Input.ChoiceSet"]
    assert [choice["title"] for choice in choices] == ["Ben"], "of this channel, and not herself"
    chosen = {"to": choices[0]["value"], "reason": "speaks Spanish"}
    reply = await support.teams.press("transfer", card, shown=form, inputs=chosen)
    assert reply.card["version"] == "1.5"
    [event] = support.core.received
    assert isinstance(event, TransferPressed)
    assert (event.to, event.to_desk, event.reason) == (BEN_HERE, "", "speaks Spanish")


@pytest.mark.parametrize("to", ["", "agent=teams:stranger", "person=x", "desk="])
async def test_only_who_is_there_can_be_chosen(support: Support, to: str) -> None:
    card = await support.page(CLAIMED)
    reply = await support.teams.invoke(card, ANA, "transfer", {**target(card), "to": to})
    assert "choose a colleague" in reply.privately
    assert support.core.received == []


async def test_a_desk_is_chosen_by_its_name(support: Support) -> None:
    card = await support.page(CLAIMED)
    await support.teams.invoke(card, ANA, "transfer", {**target(card), "to": "desk=sales"})
    [event] = support.core.received
    assert isinstance(event, TransferPressed)
    assert event.to_desk == "sales"


async def test_taking_over_names_whom_it_is_taken_from(support: Support) -> None:
    card = await support.page(CLAIMED)
    assert "Ana Ruiz has this conversation. They read in the thread that you took it over" in card.words
    await support.teams.press("take_over", card, BEN)
    [event] = support.core.received
    assert isinstance(event, TakeOverPressed)
    assert (event.owner, event.agent) == (ANA_HERE.id, BEN_HERE)


async def test_a_release_says_how_it_came_out(support: Support) -> None:
    card = await support.page(CLAIMED)
    await support.teams.press("release", card, inputs={"note": "", "outcome": "not_needed"})
    await support.teams.press("release", card, inputs={"outcome": "nonsense"})
    first, second = support.core.received
    assert isinstance(first, ReleasePressed)
    assert isinstance(second, ReleasePressed)
    assert (first.outcome, second.outcome) == (ReleaseOutcome.NOT_NEEDED, None)


async def test_a_draft_is_edited_below_it_and_what_stands_there_is_sent(support: Support) -> None:
    card = await support.page(waiting_card())
    draft = replace(said("We open at nine."), kind=EntryKind.DRAFT, author=Author.ASSISTANT, seq=7)
    await support.adapter.post_note(support.desk, ref_of(card), draft, waiting_card(), key="n1")
    [shown] = support.teams.thread(card)
    assert shown.buttons == ["send_draft", "edit_draft"]
    assert card_errors(shown.card) == []
    [opened] = [action["card"] for action in shown.card["actions"] if action["id"] == "edit_draft"]
    assert [each["value"] for each in opened["body"] if each["type"] == "Input.Text"] == ["We open at nine."]
    assert "claims the conversation" in card_words(opened), "nobody has it yet"
    await support.teams.press("edit_draft", shown, inputs={"reply": "We open at ten."})
    [sent] = support.core.received
    assert isinstance(sent, SendDraftPressed)
    assert (sent.seq, sent.text) == (7, "We open at ten.")


async def test_a_callback_calls_its_owner_by_name(support: Support) -> None:
    card = await support.page(CLAIMED)
    note = replace(said("The callback is now."), kind=EntryKind.NOTE, author=Author.SYSTEM, reason="callback")
    await support.adapter.post_note(support.desk, ref_of(card), note, CLAIMED, key="n1")
    [shown] = support.teams.thread(card)
    assert CLAIMED.owner is not None
    assert shown.mentioned == [CLAIMED.owner.id.removeprefix("teams:")]
    assert card_errors(shown.card) == []


async def test_a_draft_is_sent_by_a_press_and_what_failed_once_more(support: Support) -> None:
    card = await support.page(CLAIMED)
    draft = replace(said("You can return it."), kind=EntryKind.DRAFT, author=Author.ASSISTANT, seq=7)
    failed = replace(
        said("Could not be delivered"), kind=EntryKind.NOTE, reason="undeliverable", about=5, seq=8
    )
    for number, note in enumerate((draft, failed)):
        await support.adapter.post_note(support.desk, ref_of(card), note, CLAIMED, key=f"n{number}")
    shown, undelivered = support.teams.thread(card)
    assert "not sent" in shown.words
    assert "You can return it." in shown.activity["summary"], "a phone says what it is"
    assert "Could not be delivered" in undelivered.activity["summary"]
    owner = CLAIMED.owner
    assert owner is not None
    assert undelivered.mentioned == [owner.id.removeprefix("teams:")], "its owner is called"
    assert shown.mentioned == []
    assert "way to the customer" in (await support.teams.press("send_draft", shown)).privately
    assert "way to the customer" in (await support.teams.press("retry", undelivered)).privately
    sent, again = support.core.received
    assert isinstance(sent, SendDraftPressed)
    assert isinstance(again, RetryPressed)
    assert (sent.seq, again.seq) == (7, 5)


@pytest.mark.parametrize("seq", [None, 0, -1, "7", True, 2**60])
async def test_a_draft_that_is_none_is_refused(support: Support, seq: object) -> None:
    card = await support.page(CLAIMED)
    reply = await support.teams.invoke(card, ANA, "send_draft", {**target(card), "seq": seq})
    assert reply.privately
    assert support.core.received == []


async def test_the_card_that_was_left_behind_says_where_it_went(support: Support) -> None:
    passed = Transfer("Ana Ruiz", "support", "", "sales", "wants a quote", START)
    moved = waiting_card(state="moved", buttons=(), suggestion=None, transferred=passed, moved_to="sales")
    card = await support.page(moved)
    assert "Passed on to sales by Ana Ruiz" in card.words
    assert card.buttons == []
    arrived = await support.page(waiting_card(transferred=passed))
    assert "Passed on by Ana Ruiz from support: wants a quote" in arrived.words


def target(card: Message) -> dict[str, object]:
    found: dict[str, object] = action_of(card.card, "send_suggested")["data"]
    return found


async def test_a_thread_of_no_card_is_none_of_our_business(support: Support) -> None:
    await support.teams.write_in_channel("lunch?")
    assert support.core.received == []
    await support.settled()
    assert support.teams.messages == {}
