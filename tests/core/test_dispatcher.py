"""Lanes: order, another try, parking, merging; and the AI asked once for the newest question."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bridge.dispatcher import Dispatcher
from bridge.dispatcher import dispatcher as dispatching
from bridge.dispatcher import results as returning
from bridge.dispatcher.asking import Asking
from bridge.dispatcher.carriers import OutOfTurn
from bridge.dispatcher.results import Results
from bridge.domain.answer import Answer, ToolFailure, Turn
from bridge.domain.decide import Snapshot
from bridge.domain.effects import Effect, PostNote, SendToCustomer, SyncCard
from bridge.domain.events import AnswerArrived, DeliveryFailed, Event, Outcome, OutcomeKind
from bridge.domain.ids import ConversationId
from bridge.ports import AddressGone, Delivery, Recorded, RetryLater, Settled, Typing, Unavailable, Uncertain
from tests.core.surroundings import TENANT, FixedClock
from tests.domain.play import Play


def recorded(effect: Effect, who: str = "a") -> Recorded:
    return Recorded(TENANT, ConversationId(who * 32), effect)


def send(number: int, who: str = "a") -> Recorded:
    return recorded(SendToCustomer(number=number, epoch=0, seq=number, fenced=False), who)


def sync(number: int, *, page: bool = False) -> Recorded:
    return recorded(SyncCard(number=number, epoch=0, handoff=1, page=page))


def note(number: int) -> Recorded:
    return recorded(PostNote(number=number, epoch=0, handoff=1, seq=number))


class Carrier:
    """Carries by script: an error for each attempt that shall fail."""

    def __init__(self) -> None:
        self.carried: list[tuple[str, int]] = []
        self.errors: dict[tuple[str, int], list[Exception]] = {}
        self.gate: asyncio.Event | None = None
        self.pages: list[bool] = []
        self.tried: list[int] = []
        """How often each update of a card had been tried before."""
        self.elsewhere: set[int] = set()
        """Effects of the same lane that another process has still."""

    async def _carry(self, recorded: Recorded) -> Settled:
        place = (recorded.conversation[0], recorded.effect.number)
        if self.gate:
            await self.gate.wait()
        await asyncio.sleep(0)
        if self.errors.get(place):
            raise self.errors[place].pop(0)
        if any(number < recorded.effect.number for number in self.elsewhere):
            raise OutOfTurn
        self.carried.append(place)
        return Settled(recorded, "done")

    async def send(self, recorded: Recorded, effect: SendToCustomer) -> Settled:
        return await self._carry(recorded)

    async def sync_card(self, recorded: Recorded, effect: SyncCard) -> Settled:
        self.pages.append(effect.page)
        self.tried.append(recorded.attempts)
        return await self._carry(recorded)

    async def post_note(self, recorded: Recorded, effect: PostNote) -> Settled:
        return await self._carry(recorded)


@dataclass
class Received:
    """The recorder's side: what came back, and with which settled effects."""

    events: list[Event] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    away: int = 0
    """How many of the next tries the database is away."""
    lost: int = 0
    """How many of the next commits come about without an answer."""

    def settle(self, settled: Settled) -> None:
        self.settled.append(settled)

    async def record(self, event: Event, settled: Settled | None = None) -> Outcome:
        if self.away:
            self.away -= 1
            raise Unavailable("the database is away")
        if settled:
            self.settled.append(settled)
        self.events.append(event)
        if self.lost:
            self.lost -= 1
            raise Unavailable("the answer to a commit was lost")
        return Outcome(OutcomeKind.RECORDED)

    async def waits(self, recorded: Recorded) -> bool:
        return all(each.recorded.effect.number != recorded.effect.number for each in self.settled)

    def typing(self, tenant: str, conversation: str, typing: Typing) -> None:
        pass


class ThinkingAI:
    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.finish = asyncio.Event()

    async def answer(self, turn: Turn, *, key: str) -> Answer | ToolFailure:
        self.turns.append(turn)
        await self.finish.wait()
        return Answer("42", 0.9)

    async def close(self) -> None:
        pass


class OneQuestion:
    """An outbox that knows one conversation, as a played one stands."""

    def __init__(self, play: Play) -> None:
        self.play = play

    async def load(self, recorded: Recorded) -> Delivery | None:
        return Delivery(
            Snapshot(self.play.conversation, self.play.customer), messages=tuple(self.play.entries)
        )


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "backoff", lambda attempts: 0.0)
    monkeypatch.setattr(dispatching, "LOOK_AGAIN", 0)
    monkeypatch.setattr(returning, "PAUSE", 0)


class Running:
    def __init__(self) -> None:
        self.carrier, self.received = Carrier(), Received()
        self.settled = self.received.settled
        self.play, self.ai, self.clock = Play(), ThinkingAI(), FixedClock()
        results = Results(self.received, self.received)
        asking = Asking(
            OneQuestion(self.play),
            self.received,  # type: ignore[arg-type]
            lambda tenant: self.ai,
            self.clock,
            results,
        )
        self.dispatcher = Dispatcher(self.carrier, asking, results, self.clock)

    def statuses(self) -> list[str]:
        return [s.status for s in self.settled]


async def test_one_conversations_messages_leave_in_order_though_the_first_fails_twice() -> None:
    running = Running()
    running.carrier.errors["a", 1] = [RetryLater("busy"), Uncertain("dropped")]
    running.dispatcher.dispatch([send(1), send(2), send(3)])
    await running.dispatcher.settled()
    assert running.carrier.carried == [("a", 1), ("a", 2), ("a", 3)]
    assert running.statuses() == ["retry", "retry", "done", "done", "done"]


async def test_what_may_have_arrived_once_may_have_arrived_for_good() -> None:
    running = Running()
    running.carrier.errors["a", 1] = [RetryLater("busy"), Uncertain("dropped"), RetryLater("busy")]
    running.dispatcher.dispatch([send(1)])
    await running.dispatcher.settled()
    whys = [settled.why for settled in running.settled]
    assert whys == ["busy", "uncertain: dropped", "uncertain: busy", ""]


async def test_a_card_that_may_be_posted_already_is_looked_for_by_the_update_that_takes_its_place() -> None:
    running = Running()
    taken_over = replace(sync(1, page=True), attempts=1)
    running.dispatcher.dispatch([taken_over, sync(4)])
    await running.dispatcher.settled()
    assert (running.carrier.carried, running.carrier.tried) == ([("a", 4)], [1])
    assert running.carrier.pages == [True]


async def test_one_lanes_trouble_stays_in_its_lane() -> None:
    running = Running()
    running.carrier.errors["a", 1] = [RetryLater("429", timedelta(seconds=3600))]
    running.dispatcher.dispatch([send(1, "a"), send(1, "b")])
    for _ in range(20):
        await asyncio.sleep(0)
    assert running.carrier.carried == [("b", 1)]
    await running.dispatcher.stop(timedelta(0))


async def test_what_will_never_arrive_is_parked_and_told_and_the_lane_goes_on() -> None:
    running = Running()
    running.carrier.errors["a", 1] = [AddressGone("the chat is gone")]
    running.dispatcher.dispatch([send(1), send(2)])
    await running.dispatcher.settled()
    assert running.statuses() == ["dead", "done"]
    [told] = running.received.events
    assert isinstance(told, DeliveryFailed)
    assert told.seq == 1


async def test_it_gives_up_after_its_attempts() -> None:
    running = Running()
    running.carrier.errors["a", 1] = [RetryLater("busy") for _ in range(dispatching.ATTEMPTS)]
    running.dispatcher.dispatch([send(1)])
    await running.dispatcher.settled()
    assert running.statuses() == ["retry"] * (dispatching.ATTEMPTS - 1) + ["dead"]


async def test_a_defect_in_an_adapter_parks_one_effect_only() -> None:
    running = Running()
    running.carrier.errors["a", 1] = [ZeroDivisionError()]
    running.dispatcher.dispatch([send(1), send(2)])
    await running.dispatcher.settled()
    assert running.statuses() == ["dead", "done"]


async def test_10_updates_of_one_card_that_wait_are_one_and_keep_their_page() -> None:
    running = Running()
    running.carrier.gate = asyncio.Event()
    running.dispatcher.dispatch([sync(1)])
    await asyncio.sleep(0)
    running.dispatcher.dispatch([sync(2), sync(3, page=True), sync(4)])
    running.carrier.gate.set()
    await running.dispatcher.settled()
    assert running.carrier.carried == [("a", 1), ("a", 4)]
    assert running.carrier.pages == [False, True]
    assert running.statuses() == ["done"] * 4


async def test_updates_between_which_another_process_has_a_note_do_not_wait_for_it_as_one() -> None:
    """It would wait for the first of them, and they for it: for ever."""
    running = Running()
    running.carrier.elsewhere = {3}
    running.dispatcher.dispatch([sync(1, page=True), sync(2), sync(4), sync(5)])
    while len(running.carrier.carried) < 2:
        await asyncio.sleep(0)
    assert (running.carrier.carried, running.carrier.pages[-1]) == ([("a", 1), ("a", 2)], False)
    running.carrier.elsewhere = set()
    await running.dispatcher.settled()
    assert running.carrier.carried[2:] == [("a", 5)]
    assert running.statuses() == ["done"] * 4


async def test_a_note_that_is_taken_over_between_merged_updates_finds_the_card_posted() -> None:
    running = Running()
    running.carrier.errors["a", 4] = [Uncertain("the answer was lost")]
    running.dispatcher.dispatch([sync(1, page=True), sync(4)])
    while not running.settled:
        await asyncio.sleep(0)
    running.dispatcher.dispatch([note(3)])
    await running.dispatcher.settled()
    assert running.carrier.carried == [("a", 1), ("a", 3), ("a", 4)]
    assert running.carrier.pages == [True, True, False]
    assert running.carrier.tried == [0, 1, 1], "the card may be posted already, and is looked for"


async def test_a_newer_question_takes_the_place_of_the_one_being_thought_about() -> None:
    running = Running()
    running.play.says("hello")
    first = running.play.asked
    running.clock.time = first.due
    running.dispatcher.dispatch([recorded(first)])
    while not running.ai.turns:
        await asyncio.sleep(0)
    running.play.says("where is my order?")
    running.clock.time = running.play.asked.due
    running.dispatcher.dispatch([recorded(running.play.asked)])
    running.ai.finish.set()
    await running.dispatcher.settled()
    [arrived] = running.received.events
    assert isinstance(arrived, AnswerArrived)
    assert arrived.upto == running.play.conv.asked
    assert [s.text for s in running.ai.turns[-1].messages] == ["hello", "where is my order?"]
    assert running.statuses() == ["withheld", "done"]


async def test_a_question_that_was_handed_off_meanwhile_is_not_asked() -> None:
    running = Running()
    running.play.says("hello")
    asked = running.play.asked
    running.play.says("let me talk to a human")
    running.clock.time = asked.due
    running.dispatcher.dispatch([recorded(asked)])
    await running.dispatcher.settled()
    assert running.ai.turns == []
    assert running.statuses() == ["withheld"]


async def test_an_answer_whose_commit_was_not_answered_is_recorded_once() -> None:
    running = Running()
    running.play.says("hello")
    running.clock.time = running.play.asked.due
    running.ai.finish.set()
    running.received.lost = 1
    running.dispatcher.dispatch([recorded(running.play.asked)])
    await running.dispatcher.settled()
    assert len(running.received.events) == 1
    assert running.statuses() == ["done"]


async def test_what_failed_for_good_is_marked_and_told_together_however_long_the_database_is_away() -> None:
    running = Running()
    running.carrier.errors["a", 1] = [AddressGone("the chat is gone")]
    running.received.away = 3
    running.dispatcher.dispatch([send(1)])
    await running.dispatcher.settled()
    assert [type(event) for event in running.received.events] == [DeliveryFailed]
    assert running.statuses() == ["dead"]


async def test_a_database_that_was_away_long_leaves_an_effect_all_its_tries() -> None:
    running = Running()
    away, busy = [Unavailable("away") for _ in range(40)], [RetryLater("busy") for _ in range(5)]
    running.carrier.errors["a", 1] = [*away, *busy]
    running.dispatcher.dispatch([send(1)])
    await running.dispatcher.settled()
    assert running.statuses() == ["retry"] * 5 + ["done"]


async def test_an_effect_that_every_process_died_of_is_parked_without_another_try() -> None:
    running = Running()
    running.dispatcher.dispatch([replace(send(1), attempts=dispatching.ATTEMPTS), send(2)])
    await running.dispatcher.settled()
    assert running.carrier.carried == [("a", 2)]
    assert running.statuses() == ["dead", "done"]


async def test_an_answer_waits_for_the_database_and_is_recorded_with_its_effect() -> None:
    running = Running()
    running.play.says("hello")
    running.clock.time = running.play.asked.due
    running.ai.finish.set()
    running.received.away = 5
    running.dispatcher.dispatch([recorded(running.play.asked)])
    await running.dispatcher.settled()
    assert len(running.received.events) == 1
    assert running.statuses() == ["done"]
    assert len(running.ai.turns) == 1, "asked once"


async def test_a_database_that_is_away_parks_nothing() -> None:
    running = Running()
    running.carrier.errors["a", 1] = [Unavailable("away") for _ in range(40)]
    running.dispatcher.dispatch([send(1)])
    await running.dispatcher.settled()
    assert running.carrier.carried == [("a", 1)]
    assert running.statuses()[-1] == "done"


async def test_without_an_answerer_the_turn_fails_openly() -> None:
    running = Running()
    running.play.says("hello")
    running.clock.time = running.play.asked.due
    running.ai = None  # type: ignore[assignment]
    running.dispatcher.dispatch([recorded(running.play.asked)])
    await running.dispatcher.settled()
    [arrived] = running.received.events
    assert isinstance(arrived, AnswerArrived)
    assert isinstance(arrived.result, ToolFailure)
