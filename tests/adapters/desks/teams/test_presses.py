"""Presses and lines beyond the contract: slow commits, old clients, what is told once."""

import asyncio

import pytest

from bridge.domain.events import AgentWrote, Outcome, OutcomeKind, ReleasePressed, SendSuggestedPressed
from bridge.domain.model import Agent
from tests.adapters.desks.teams.conftest import Support
from tests.fakes.core import claimed_card
from tests.fakes.teams import ANA, BEN, buttons

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


async def test_files_are_named_and_the_writer_is_told(support: Support) -> None:
    card = await support.page(claimed_card(ANA_HERE))
    file = {
        "contentType": "application/vnd.microsoft.teams.file.download.info",
        "name": "invoice.pdf",
        "content": {},
    }
    await support.teams.write_in_thread(card, "here", attachments=[file])
    await support.settled()
    [event] = support.core.received
    assert isinstance(event, AgentWrote)
    assert event.text == "here\n[file: invoice.pdf, not delivered]"
    assert "invoice.pdf" in support.teams.whispers(ANA)[0]


async def test_a_thread_of_no_card_is_none_of_our_business(support: Support) -> None:
    await support.teams.write_in_channel("lunch?")
    assert support.core.received == []
    await support.settled()
    assert support.teams.messages == {}
