"""What else every desk must do: pass on, take over, say how it came out, drafts, edits, files, retry.

    class TestSlack(DeskVerbsContract):
        def driver(self) -> DeskVerbsDriver:
            return SlackDriver()

It holds all of `tests.contracts.desk` as well.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bridge.domain.events import (
    AgentDeleted,
    AgentEdited,
    AgentWrote,
    Outcome,
    OutcomeKind,
    ReleasePressed,
    RetryPressed,
    SendDraftPressed,
    TakeOverPressed,
    TransferPressed,
)
from bridge.domain.model import (
    UNDELIVERABLE,
    Agent,
    Author,
    Entry,
    EntryKind,
    File,
    ReleaseOutcome,
    Transfer,
)
from bridge.ports import CardRef
from tests.contracts.desk import (
    HOSTILE,
    Answered,
    DeskContract,
    DeskDriver,
    Stage,
    posted,
    released_card,
    said,
)
from tests.fakes.core import claimed_card, waiting_card
from tests.fakes.desk_core import START

FILE = File("receipt 2026.pdf", "https://files.example.com/r?a=1&b=2", "application/pdf", 1200)
WHY = "Not done, for this very reason."


class DeskVerbsDriver(DeskDriver):
    leaves_cards = True
    """A card stays where it was posted when the handoff goes to another desk."""

    @abstractmethod
    async def release(
        self, stage: Stage, ref: CardRef, agent: Agent, note: str, outcome: ReleaseOutcome
    ) -> Answered:
        """Somebody releases it, and says how it came out."""

    @abstractmethod
    async def transfer(
        self,
        stage: Stage,
        ref: CardRef,
        agent: Agent,
        reason: str,
        *,
        to: Agent | None = None,
        desk: str = "",
    ) -> Answered:
        """Somebody passes it on, to a colleague or to a desk."""

    @abstractmethod
    async def take_over(self, stage: Stage, ref: CardRef, agent: Agent) -> Answered:
        """Somebody takes it from its owner, and confirms what they are asked."""

    @abstractmethod
    async def send_draft(self, stage: Stage, ref: CardRef, note: Entry, agent: Agent) -> Answered:
        """Somebody sends the draft that stands below the card."""

    @abstractmethod
    async def retry(self, stage: Stage, ref: CardRef, note: Entry, agent: Agent) -> Answered:
        """Somebody sends again what the note below the card is about."""

    @abstractmethod
    async def change(self, stage: Stage, ref: CardRef, text: str | None, agent: Agent) -> Answered:
        """Somebody changes the line that was written last; None: deletes it."""

    @abstractmethod
    async def links(self, stage: Stage, ref: CardRef, note: Entry) -> Sequence[str]:
        """The addresses that can be opened below the card."""


class DeskVerbsContract(DeskContract):
    def driver(self) -> DeskVerbsDriver:
        raise NotImplementedError

    # ---- the card

    async def test_a_card_that_was_passed_on_says_by_whom_and_why(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        passed = Transfer("Cleo", "sales", "", "support", "wants an offer", START)
        shown = await platform.shown(stage, await posted(stage, waiting_card(transferred=passed)))
        assert "Cleo" in shown
        assert "wants an offer" in shown

    async def test_a_card_that_was_left_behind_says_where_it_went_and_offers_nothing(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        if not platform.leaves_cards:
            return
        ref = await posted(stage, waiting_card(state="moved", moved_to="sales", buttons=(), suggestion=None))
        assert "sales" in await platform.shown(stage, ref)
        assert await platform.buttons(stage, ref) == []

    async def test_an_ended_card_says_how_it_came_out(self, platform: DeskVerbsDriver, stage: Stage) -> None:
        ended = released_card(platform.ana, outcome=ReleaseOutcome.FOLLOW_UP)
        assert "Needs follow-up" in await platform.shown(stage, await posted(stage, ended))

    async def test_what_colleagues_and_customers_name_is_inert(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        passed = Transfer(HOSTILE, HOSTILE, "", HOSTILE, HOSTILE, START)
        ref = await posted(stage, waiting_card(transferred=passed))
        note = replace(
            said(HOSTILE), files=(replace(FILE, name=HOSTILE), File(HOSTILE, "javascript:alert(1)"))
        )
        await stage.adapter.post_note(stage.desk, ref, note, waiting_card(), key="n1")
        assert await platform.markup(stage, ref) == []

    # ---- passing on, taking over, release

    async def test_the_owner_passes_it_on_to_a_colleague_with_a_reason(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, owned(platform.ana))
        answered = await platform.transfer(stage, ref, platform.ana, "knows tents", to=platform.ben)
        assert answered.status == 200
        event = only(stage, TransferPressed)
        assert (event.agent, event.to, event.to_desk) == (platform.ana, platform.ben, "")
        assert (event.reason, event.epoch) == ("knows tents", 4)

    async def test_it_is_passed_on_to_another_desk_with_a_reason(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, waiting_card(can=("claim", "transfer")))
        await platform.transfer(stage, ref, platform.ben, "wants an offer", desk="sales")
        event = only(stage, TransferPressed)
        assert (event.agent, event.to, event.to_desk) == (platform.ben, None, "sales")
        assert (event.reason, event.epoch) == ("wants an offer", 3)

    async def test_it_is_taken_over_from_the_owner_who_was_seen(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, owned(platform.ana))
        await platform.take_over(stage, ref, platform.ben)
        event = only(stage, TakeOverPressed)
        assert (event.agent, event.owner, event.epoch) == (platform.ben, platform.ana.id, 4)

    async def test_what_was_not_passed_on_or_taken_over_is_said_to_who_tried(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, owned(platform.ana))
        stage.core.refuse(WHY)
        assert WHY in (await platform.take_over(stage, ref, platform.ben)).privately
        gone = await platform.transfer(stage, ref, platform.ana, "why not", to=platform.ben)
        assert WHY in gone.privately

    async def test_a_release_takes_a_note_and_how_it_came_out(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, owned(platform.ana))
        await platform.release(stage, ref, platform.ana, "Refund by Friday", ReleaseOutcome.NOT_NEEDED)
        assert isinstance(stage.core.received[0], ReleasePressed)
        told: Any = stage.core.received[-1]
        assert (told.note, told.outcome) == ("Refund by Friday", ReleaseOutcome.NOT_NEEDED)
        assert told.agent == platform.ana

    # ---- the thread

    async def test_a_draft_is_sent_by_a_press(self, platform: DeskVerbsDriver, stage: Stage) -> None:
        ref, card = await posted(stage, owned(platform.ana)), owned(platform.ana)
        draft = replace(said("You can return it."), seq=7, kind=EntryKind.DRAFT, author=Author.ASSISTANT)
        await stage.adapter.post_note(stage.desk, ref, draft, card, key="n1")
        await platform.send_draft(stage, ref, draft, platform.ana)
        event = only(stage, SendDraftPressed)
        assert (event.agent, event.seq, event.text) == (platform.ana, 7, None)

    async def test_what_could_not_be_delivered_is_sent_again_by_a_press(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        ref, card = await posted(stage, owned(platform.ana)), owned(platform.ana)
        note = Entry(
            8, EntryKind.NOTE, Author.SYSTEM, "", "Not delivered.", START, reason=UNDELIVERABLE, about=5
        )
        await stage.adapter.post_note(stage.desk, ref, note, card, key="n1")
        await platform.retry(stage, ref, note, platform.ana)
        assert only(stage, RetryPressed).seq == 5
        stage.core.refuse(WHY)
        assert WHY in (await platform.retry(stage, ref, note, platform.ben)).privately

    async def test_a_line_that_is_changed_or_deleted_is_known_by_its_id(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, owned(platform.ana))
        await platform.write(stage, ref, "It costs 40", platform.ana)
        await platform.change(stage, ref, "It costs 14 & not <40>", platform.ana)
        await platform.change(stage, ref, None, platform.ana)
        wrote, edited, deleted = stage.core.received
        assert isinstance(wrote, AgentWrote)
        assert isinstance(edited, AgentEdited)
        assert isinstance(deleted, AgentDeleted)
        assert edited.text == "It costs 14 & not <40>"
        assert wrote.line
        assert wrote.line == edited.line == deleted.line

    async def test_what_became_of_a_changed_line_is_said_to_its_writer(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, owned(platform.ana))
        await platform.write(stage, ref, "It costs 40", platform.ana)
        corrected = Outcome(OutcomeKind.RECORDED, code="corrected", why="A correction was sent.")
        stage.core.decide = lambda event: corrected
        changed = await platform.change(stage, ref, "It costs 14", platform.ana)
        assert changed.privately == ("A correction was sent.",)

    async def test_a_file_of_the_customers_can_be_opened(
        self, platform: DeskVerbsDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, owned(platform.ana))
        for number, text in enumerate(("See this", "")):
            note = replace(said(text), seq=number + 1, files=(FILE,))
            await stage.adapter.post_note(stage.desk, ref, note, owned(platform.ana), key=f"n{number}")
            assert FILE.name in await platform.thread(stage, ref, note)
            assert FILE.url in await platform.links(stage, ref, note)


def owned(agent: Agent) -> Any:
    """Somebody has it: all that can be done is on offer."""
    can = ("send_suggested", "edit_suggested", "release", "transfer", "take_over")
    return claimed_card(agent, can=can)


def only(stage: Stage, kind: type[Any]) -> Any:
    [event] = stage.core.received
    assert isinstance(event, kind)
    return event
