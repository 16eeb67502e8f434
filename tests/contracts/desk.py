"""What every desk must do, whatever its platform: subclass `DeskContract`, give it a driver.

    class TestSlack(DeskContract):
        def driver(self) -> DeskDriver:
            return SlackDriver()

A driver knows how agents of the platform press, write and see; the suite knows nothing of signatures,
payloads or cookies. The core is one that only records (`tests.fakes.core`).
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bridge.domain.card import ButtonName, Card, Fact
from bridge.domain.events import (
    AgentWrote,
    ClaimPressed,
    Event,
    Outcome,
    OutcomeKind,
    ReleasePressed,
    SendSuggestedPressed,
)
from bridge.domain.ids import HandoffId
from bridge.domain.model import Agent, Author, Entry, EntryKind, Suggestion
from bridge.ports import CardRef, DeskAdapter, DeskAddress, Host, Outbound
from tests.fakes.core import (
    ACME,
    HANDOFF,
    ListedDirectory,
    PlainOutbound,
    RecordingCore,
    claimed_card,
    core_host,
    waiting_card,
)
from tests.fakes.desk_core import START, OwnClock, sample_tenant

Client = TestClient[Any, Any]

HOSTILE = (
    "<!channel> <!here> <@U024BE7LH> <#C024BE7LR> <https://evil.example|your bank> "
    "*bold* _it_ ~no~ `code` </b><script>alert(1)</script> &lt;b&gt; [a](https://evil.example) @everyone"
)
ODD_LINES = [
    "Hello María & co. <3",
    "a < b > c && d; &amp; stays; 100 % of {{ 7*7 }}",
    "two\nlines",
    "مرحبا 👩‍👩‍👧‍👦🇪🇸 ñ",
]


@dataclass(frozen=True)
class Answered:
    """What one press or line led to for the person who did it."""

    status: int
    privately: tuple[str, ...] = ()
    """Words that only this person saw."""


@dataclass
class Stage:
    """What a driver works with."""

    core: RecordingCore
    host: Host
    adapter: DeskAdapter
    desk: DeskAddress
    client: Client
    clock: OwnClock


class DeskDriver(ABC):
    kind: str
    ana: Agent
    """An agent as the desk names her: she presses and writes unless somebody else is named."""
    ben: Agent
    secrets: tuple[str, ...]
    """What must never be written anywhere."""

    async def open(self) -> None:  # noqa: B027 - not every platform needs one
        """Before anything else: start the platform's fake."""

    async def close(self) -> None:  # noqa: B027
        """After everything else."""

    @abstractmethod
    def settings(self) -> Any:
        """The desk's section of a tenant's settings."""

    def sections(self) -> dict[str, Any]:
        """Sections of bridge.yaml."""
        return {}

    @abstractmethod
    def adapter(self, host: Host) -> DeskAdapter: ...

    def outbound(self) -> Outbound:
        return PlainOutbound()

    async def begin(self, stage: Stage) -> None:  # noqa: B027
        """Once the bridge listens: tell the platform where, sign agents in."""

    @abstractmethod
    async def shown(self, stage: Stage, ref: CardRef) -> str:
        """All words of the card as agents see it now."""

    @abstractmethod
    async def buttons(self, stage: Stage, ref: CardRef) -> list[str]:
        """The buttons an agent sees on it now, by their names of `ButtonName`."""

    @abstractmethod
    async def thread(self, stage: Stage, ref: CardRef, note: Entry) -> str:
        """All words below the card as agents see them, once `note` was posted."""

    @abstractmethod
    async def markup(self, stage: Stage, ref: CardRef) -> list[str]:
        """Whatever in card and thread the platform would act on although we did not put it there."""

    @abstractmethod
    async def press(
        self, stage: Stage, button: ButtonName, ref: CardRef, agent: Agent, *, handoff: str = HANDOFF
    ) -> Answered:
        """Somebody presses a button of the card. Another `handoff` is what a forger puts there."""

    @abstractmethod
    async def send_edited(self, stage: Stage, ref: CardRef, text: str, agent: Agent) -> Answered:
        """Somebody edits the suggested reply and sends it."""

    @abstractmethod
    async def write(self, stage: Stage, ref: CardRef, text: str, agent: Agent) -> Answered:
        """Somebody writes below the card."""

    @abstractmethod
    async def repeat(self, stage: Stage) -> Answered:
        """The platform, or the agent's browser, sends the last line again."""

    @abstractmethod
    async def forge(self, stage: Stage, ref: CardRef) -> list[int]:
        """Presses and lines without genuine credentials; the status of each."""

    @abstractmethod
    async def junk(self, stage: Stage) -> list[int]:
        """Malformed and oversized bodies, with genuine credentials and without; the status of each."""


class DeskContract:
    def driver(self) -> DeskDriver:
        raise NotImplementedError

    @pytest.fixture
    async def platform(self) -> AsyncIterator[DeskDriver]:
        driver = self.driver()
        await driver.open()
        yield driver
        await driver.close()

    @pytest.fixture
    async def stage(
        self, platform: DeskDriver, aiohttp_client: Callable[..., Awaitable[Client]]
    ) -> AsyncIterator[Stage]:
        core, clock, http = RecordingCore(), OwnClock(), platform.outbound()
        desk = DeskAddress(ACME, "support", platform.settings())
        directory = ListedDirectory([(platform.kind, desk)], platform.sections(), {ACME: sample_tenant()})
        host = core_host(core, directory, http, clock)
        adapter = platform.adapter(host)
        app = web.Application()
        app.add_routes(adapter.routes())
        await adapter.start()
        client = await aiohttp_client(TestServer(app))
        stage = Stage(core, host, adapter, desk, client, clock)
        await platform.begin(stage)
        yield stage
        await adapter.stop()
        if isinstance(http, PlainOutbound):
            await http.close()

    # ---- out: the card

    async def test_a_card_holds_what_the_agent_needs(self, platform: DeskDriver, stage: Stage) -> None:
        card = waiting_card(facts=(Fact("Language", "es"), Fact("Lifetime value", "6,240")))
        shown = await platform.shown(stage, await posted(stage, card))
        for words in ("María García", card.want, card.tried, "Refund", "Valued customer", "es", "6,240"):
            assert words in shown
        assert card.suggestion is not None
        assert card.suggestion.text in shown

    async def test_a_card_offers_what_can_be_done_now(self, platform: DeskDriver, stage: Stage) -> None:
        ref = await posted(stage, waiting_card())
        assert await platform.buttons(stage, ref) == list(waiting_card().buttons)
        await updated(stage, ref, claimed_card(platform.ana))
        assert await platform.buttons(stage, ref) == list(claimed_card(platform.ana).buttons)
        assert platform.ana.name in await platform.shown(stage, ref)
        await updated(stage, ref, released_card(platform.ana))
        assert await platform.buttons(stage, ref) == []
        assert platform.ana.name in await platform.shown(stage, ref)

    async def test_a_customer_of_whom_nothing_is_known_has_a_card_too(
        self, platform: DeskDriver, stage: Stage
    ) -> None:
        card = waiting_card(who="Unknown customer", suggestion=None, also=(), transcript="", tried="")
        card = replace(card, want="Has not written yet", buttons=("claim", "release"))
        ref = await posted(stage, card)
        assert "Has not written yet" in await platform.shown(stage, ref)
        assert await platform.buttons(stage, ref) == ["claim", "release"]

    async def test_a_very_long_card_is_still_posted(self, platform: DeskDriver, stage: Stage) -> None:
        endless = '👩‍👩‍👧‍👦 «no entiendo» "quoted" \\ ' * 1_000
        facts = tuple(Fact(f"Fact {n}", endless[:80]) for n in range(9))
        card = waiting_card(who=endless, want=endless, tried=endless, facts=facts, reason=endless)
        ref = await posted(stage, replace(card, suggestion=Suggestion(endless), also=(endless,) * 5))
        assert await platform.buttons(stage, ref) == list(card.buttons)

    async def test_customer_text_is_inert(self, platform: DeskDriver, stage: Stage) -> None:
        facts = (Fact("Email", HOSTILE), Fact("Tags", HOSTILE))
        card = waiting_card(who=HOSTILE[:60], want=HOSTILE, tried=HOSTILE, facts=facts)
        card = replace(card, suggestion=Suggestion(HOSTILE))
        ref = await posted(stage, card)
        await stage.adapter.post_note(stage.desk, ref, said(HOSTILE), card, key="n1")
        await updated(stage, ref, replace(card, lapsed_from=HOSTILE, pages=2), page=True)
        assert await platform.markup(stage, ref) == []
        await updated(stage, ref, released_card(Agent("x:1", HOSTILE), who=HOSTILE, want=HOSTILE))
        assert await platform.markup(stage, ref) == []

    async def test_a_card_whose_post_was_uncertain_is_found_again(self, stage: Stage) -> None:
        ref = await posted(stage, waiting_card())
        assert await stage.adapter.find_card(stage.desk, HANDOFF) == ref

    # ---- out: the thread

    @pytest.mark.parametrize("text", ODD_LINES)
    async def test_what_the_customer_writes_appears_below_the_card(
        self, platform: DeskDriver, stage: Stage, text: str
    ) -> None:
        ref = await posted(stage, waiting_card())
        await stage.adapter.post_note(stage.desk, ref, said(text), waiting_card(), key="n1")
        assert text in await platform.thread(stage, ref, said(text))

    async def test_a_draft_is_marked_as_not_sent(self, platform: DeskDriver, stage: Stage) -> None:
        ref = await posted(stage, claimed_card(platform.ana))
        draft = replace(said("You can return it."), kind=EntryKind.DRAFT, author=Author.ASSISTANT)
        await stage.adapter.post_note(stage.desk, ref, draft, claimed_card(platform.ana), key="n1")
        below = await platform.thread(stage, ref, draft)
        assert "You can return it." in below
        assert "not sent" in below.lower()

    # ---- in: presses

    async def test_a_press_says_who_pressed_what_on_which_card(
        self, platform: DeskDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, waiting_card())
        answered = await platform.press(stage, "claim", ref, platform.ana)
        assert answered == Answered(200)
        (event,) = stage.core.received
        assert isinstance(event, ClaimPressed)
        assert (event.tenant, f"{event.conversation}.{event.handoff}") == (ACME, HANDOFF)
        assert (event.agent, event.epoch) == (platform.ana, 3)

    async def test_send_suggested_and_release_are_presses_too(
        self, platform: DeskDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, waiting_card())
        await platform.press(stage, "send_suggested", ref, platform.ana)
        await platform.press(stage, "release", ref, platform.ana)
        sent, released = stage.core.received
        assert isinstance(sent, SendSuggestedPressed)
        assert sent.text is None, "the suggested reply itself"
        assert isinstance(released, ReleasePressed)

    async def test_an_edited_reply_goes_out_as_edited(self, platform: DeskDriver, stage: Stage) -> None:
        ref = await posted(stage, waiting_card())
        answered = await platform.send_edited(stage, ref, "Hola María & <3\n\n— Ana", platform.ana)
        assert answered.privately == ()
        (event,) = stage.core.received
        assert isinstance(event, SendSuggestedPressed)
        assert (event.text, event.epoch, event.agent) == ("Hola María & <3\n\n— Ana", 3, platform.ana)

    async def test_a_press_that_does_nothing_says_why_and_only_to_who_pressed(
        self, platform: DeskDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, waiting_card())
        stage.core.refuse("Nothing done: Ana has this conversation.", code="owned")
        answered = await platform.press(stage, "claim", ref, platform.ben)
        assert answered.privately == ("Nothing done: Ana has this conversation.",)

    async def test_of_two_who_press_at_once_each_is_heard(self, platform: DeskDriver, stage: Stage) -> None:
        ref = await posted(stage, waiting_card())
        stage.core.decide = first_wins()
        answers = await asyncio.gather(
            platform.press(stage, "claim", ref, platform.ana),
            platform.press(stage, "claim", ref, platform.ben),
        )
        assert len(stage.core.received) == 2
        assert sorted(len(answer.privately) for answer in answers) == [0, 1]

    async def test_a_handoff_of_somebody_else_is_out_of_reach(
        self, platform: DeskDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, waiting_card())
        for handoff in ("f" * 32 + ".1", "nonsense", "", "../../etc/passwd", f"{HANDOFF}\x00"):
            answered = await platform.press(stage, "claim", ref, platform.ana, handoff=handoff)
            assert answered.status < 500
        elsewhere = waiting_card(handoff=HandoffId("e" * 32 + ".1"))
        stage.core.stand(replace(stage.desk, desk="sales"), elsewhere)
        answered = await platform.press(stage, "claim", ref, platform.ana, handoff=elsewhere.handoff)
        assert answered.status < 500
        assert stage.core.received == []

    # ---- in: lines

    @pytest.mark.parametrize("text", ODD_LINES)
    async def test_a_line_is_taken_to_the_letter(self, platform: DeskDriver, stage: Stage, text: str) -> None:
        ref = await posted(stage, claimed_card(platform.ana))
        answered = await platform.write(stage, ref, text, platform.ana)
        assert answered.status < 300
        assert answered.privately == ()
        (event,) = stage.core.received
        assert isinstance(event, AgentWrote)
        assert (event.text, event.agent, event.tenant) == (text, platform.ana, ACME)
        assert event.at.tzinfo is not None

    async def test_a_line_that_came_twice_is_one_line(self, platform: DeskDriver, stage: Stage) -> None:
        ref = await posted(stage, claimed_card(platform.ana))
        stage.core.decide = lambda event: Outcome(OutcomeKind.RECORDED, code="not_owner", why="Not sent.")
        first = await platform.write(stage, ref, "once", platform.ana)
        again = await platform.repeat(stage)
        assert len(stage.core.received) == 1
        assert (first.privately, again.privately) == (("Not sent.",), ())

    async def test_who_writes_what_stays_inside_is_told_privately(
        self, platform: DeskDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, claimed_card(platform.ana))
        why = "Not sent: Ana has this conversation. Your line stays in this thread."
        stage.core.decide = lambda event: Outcome(OutcomeKind.RECORDED, code="not_owner", why=why, note=True)
        assert (await platform.write(stage, ref, "psst", platform.ben)).privately == (why,)

    # ---- in: strangers

    async def test_without_genuine_credentials_nothing_happens(
        self, platform: DeskDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, waiting_card())
        assert set(await platform.forge(stage, ref)) == {401}
        assert stage.core.received == []

    async def test_junk_is_refused_and_never_a_server_error(self, platform: DeskDriver, stage: Stage) -> None:
        statuses = await platform.junk(stage)
        assert statuses
        assert set(statuses) <= {400, 401, 403, 404, 413, 415}
        assert stage.core.received == []

    async def test_what_could_not_be_recorded_is_not_acknowledged(
        self, platform: DeskDriver, stage: Stage
    ) -> None:
        ref = await posted(stage, claimed_card(platform.ana))
        stage.core.unavailable = True
        assert (await platform.write(stage, ref, "lost?", platform.ana)).status == 503
        assert (await platform.press(stage, "release", ref, platform.ana)).status == 503

    # ---- around

    async def test_it_starts_and_stops_twice(self, platform: DeskDriver, stage: Stage) -> None:
        await stage.adapter.start()
        await stage.adapter.stop()
        await stage.adapter.stop()
        await stage.adapter.start()
        ref = await posted(stage, waiting_card())
        assert (await platform.press(stage, "claim", ref, platform.ana)).status == 200

    async def test_no_secret_and_no_words_in_the_logs(
        self, platform: DeskDriver, stage: Stage, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ref = await posted(stage, waiting_card(want="my card number is 4000"))
        await platform.write(stage, ref, "my card number is 4000", platform.ana)
        await platform.press(stage, "claim", ref, platform.ana)
        await platform.forge(stage, ref)
        for secret in (*platform.secrets, "my card number"):
            assert secret not in caplog.text
        for secret in platform.secrets:
            assert secret not in repr(stage.desk.settings)


async def posted(stage: Stage, card: Card) -> CardRef:
    """The card stands in the core and on the desk."""
    stage.core.stand(stage.desk, card)
    ref = await stage.adapter.post_card(stage.desk, card, key="k1")
    stage.core.stand(stage.desk, card, ref)
    return ref


async def updated(stage: Stage, ref: CardRef, card: Card, *, page: bool = False) -> None:
    stage.core.stand(stage.desk, card, ref)
    await stage.adapter.update_card(stage.desk, ref, card, page=page, key="k2")


def released_card(by: Agent, **changes: Any) -> Card:
    ended = waiting_card(state="released", epoch=5, suggestion=None, ended_by=by.name, buttons=())
    return replace(ended, **changes)


def said(text: str) -> Entry:
    return Entry(1, EntryKind.MESSAGE, Author.CUSTOMER, "María García", text, START)


def first_wins() -> Callable[[Event], Outcome]:
    """The first event is recorded; every later one learns that it was too late."""
    outcomes = iter([Outcome(OutcomeKind.RECORDED)])
    lost = Outcome(OutcomeKind.REFUSED, code="owned", why="Nothing done: a colleague was faster.")
    return lambda event: next(outcomes, lost)
