"""What was just recorded is carried without being read again; what may be out of date is read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bridge.dispatcher import recent as module
from bridge.dispatcher.recent import MESSAGES, Recent
from bridge.domain.decide import Snapshot
from bridge.domain.effects import AskAnswerer, Effect, PostNote, SendToCustomer, SyncCard
from bridge.domain.events import SessionOpened
from bridge.domain.ids import ConversationId, TenantId
from bridge.domain.model import Entry
from bridge.fanout import conversation_topic, desk_topic
from bridge.ports import CardRef, Delivery, Key, Recorded, Settled, Step, Written
from bridge.recorder import Committed
from tests.core.surroundings import TENANT
from tests.domain.play import Play

CONVERSATION = ConversationId("a" * 32)
KEY = Key(TENANT, CONVERSATION)
READ = Delivery(Snapshot(None, None), transcript="read")


@dataclass
class Store:
    """An outbox, and a customer's reads, that count what they were asked for."""

    answer: Delivery = READ
    asked: list[Recorded] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)

    async def load(self, recorded: Recorded) -> Delivery | None:
        self.asked.append(recorded)
        return self.answer

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int
    ) -> Sequence[Entry]:
        self.pages.append(after)
        return []

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nothing else is asked of the outbox, and {name} was")


class Told:
    """A play whose every commit is told to the memory."""

    def __init__(self, answer: Delivery = READ) -> None:
        self.play, self.outbox = Play(), Store(answer)
        self.recent = Recent(self.outbox, self.outbox)
        self._told = 0

    def commit(
        self, *, shared: Collection[ConversationId] = (), links: dict[int, str] | None = None
    ) -> list[Recorded]:
        """What was played since the last commit; its effects as they go to the dispatcher."""
        new = self.play.decisions[self._told :]
        self._told = len(self.play.decisions)
        event = SessionOpened(tenant=TENANT, conversation=CONVERSATION)
        steps = [Step(event, decision, self.play.customer) for decision in new]
        effects = [Recorded(TENANT, CONVERSATION, e) for decision in new for e in decision.effects]
        written = Written(shared, {(KEY, number): token for number, token in (links or {}).items()})
        return list(self.recent.committed(Committed(steps, effects, None, written)))

    async def loads(self, recorded: Recorded) -> Delivery:
        found = await self.recent.load(recorded)
        assert found is not None
        return found


def of(effects: list[Recorded], kind: type[Effect]) -> Recorded:
    return [each for each in effects if isinstance(each.effect, kind)][-1]


async def test_a_question_and_its_answer_are_carried_without_a_read() -> None:
    told = Told()
    told.play.says("When do you open?")
    question = of(told.commit(), AskAnswerer)
    asked = await told.loads(question)
    assert [message.text for message in asked.messages] == ["When do you open?"]
    assert asked.snapshot == Snapshot(told.play.conversation, told.play.customer)
    told.play.ai("At nine.")
    answer = of(told.commit(), SendToCustomer)
    sent = await told.loads(answer)
    assert sent.entry is not None
    assert sent.entry.text == "At nine."
    assert told.outbox.asked == []


async def test_the_ais_words_are_read_again_unless_they_come_straight_from_their_commit() -> None:
    told = Told()
    told.play.says("When do you open?")
    told.commit()
    told.play.ai("At nine.")
    answer = of(told.commit(), SendToCustomer)
    assert await told.loads(replace(answer, straight=False)) is READ
    assert await told.loads(replace(answer, attempts=1)) is READ


async def test_a_claim_of_this_process_is_known_to_a_message_that_is_just_leaving() -> None:
    told = Told()
    told.play.says("When do you open?")
    told.commit()
    told.play.ai("At nine.")
    answer = of(told.commit(), SendToCustomer)
    told.play.says("I want to talk to a human")
    told.commit()
    delivery = await told.loads(answer)
    assert delivery.snapshot.conversation is not None
    assert delivery.snapshot.conversation.epoch > answer.effect.epoch


async def test_a_card_and_its_notes_know_where_they_stand() -> None:
    told = Told()
    told.play.says("I want to talk to a human")
    card = of(told.commit(links={1: "acme.secret"}), SyncCard)
    first = await told.loads(card)
    assert (first.card, first.transcript) == (None, "acme.secret")
    ref = CardRef("C1", "1.1", "slack", "support")
    told.recent.settled(Settled(card, "done", card=ref))
    told.play.says("are you there?")
    note = await told.loads(of(told.commit(), PostNote))
    assert note.entry is not None
    assert (note.card, note.entry.text) == (ref, "are you there?")
    assert told.outbox.asked == []


async def test_a_card_that_somebody_else_posted_is_read() -> None:
    told = Told()
    told.play.says("I want to talk to a human")
    card = of(told.commit(), SyncCard)
    assert await told.loads(card) is READ


async def test_what_another_process_has_effects_of_is_read() -> None:
    told = Told()
    told.play.says("hello")
    question = of(told.commit(shared={CONVERSATION}), AskAnswerer)
    assert await told.loads(question) is READ


@pytest.mark.parametrize(
    ("topic", "forgotten"),
    [
        (conversation_topic(TENANT, CONVERSATION), True),
        (conversation_topic(TENANT, ConversationId("b" * 32)), False),
        (desk_topic(TENANT, "support"), False),
        ("*", True),
    ],
)
async def test_what_another_process_recorded_is_forgotten_here(topic: str, forgotten: bool) -> None:
    told = Told()
    told.play.says("hello")
    question = of(told.commit(), AskAnswerer)
    told.recent.elsewhere(topic)
    assert (await told.loads(question) is READ) == forgotten


async def test_a_gap_is_noticed_by_its_numbers() -> None:
    """Another process recorded something, and its hint was lost."""
    told = Told()
    told.play.says("first")
    told.commit()
    told.play.says("on the other replica")
    told._told += 1
    told.play.says("third")
    assert await told.loads(of(told.commit(), AskAnswerer)) is READ


async def test_what_was_read_once_is_known_for_the_next_question() -> None:
    told = Told()
    told.play.says("first")
    told._told += 1  # recorded elsewhere
    told.play.says("second")
    question = of(told.commit(), AskAnswerer)
    messages = tuple(told.play.entries)
    told.outbox.answer = Delivery(Snapshot(told.play.conversation, told.play.customer), messages=messages)
    await told.loads(question)
    told.play.says("third")
    asked = await told.loads(of(told.commit(), AskAnswerer))
    assert [message.text for message in asked.messages] == ["first", "second", "third"]
    assert len(told.outbox.asked) == 1


async def test_the_ai_is_given_the_newest_messages_of_a_long_conversation() -> None:
    told = Told()
    for number in range(MESSAGES + 10):
        told.play.says(f"message {number}")
        question = of(told.commit(), AskAnswerer)
    asked = await told.loads(question)
    assert [m.text for m in asked.messages] == [f"message {n}" for n in range(10, MESSAGES + 10)]


async def test_memory_is_bounded_by_conversations_and_by_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TEXT", 1000)
    told = Told()
    told.play.says("x" * 600)
    small = of(told.commit(), AskAnswerer)
    assert await told.loads(small) is not READ
    told.play.says("x" * 600)
    large = of(told.commit(), AskAnswerer)
    assert await told.loads(large) is READ
    assert told.recent._text == 0


async def test_an_old_state_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH", -1.0)
    told = Told()
    told.play.says("I want to talk to a human")
    assert await told.loads(of(told.commit(links={1: "acme.secret"}), SyncCard)) is READ


async def shown(told: Told, after: int, limit: int = 200) -> list[str]:
    return [e.text or str(e.kind) for e in await told.recent.entries(TENANT, CONVERSATION, after, limit)]


async def test_a_stream_is_told_what_was_just_recorded_without_a_read() -> None:
    told = Told()
    told.play.says("When do you open?")
    told.commit()
    told.play.ai("At nine.")
    told.commit()
    assert await shown(told, 0) == ["When do you open?", "At nine."]
    assert await shown(told, 1) == ["At nine."]
    assert await shown(told, 2) == []
    assert told.outbox.pages == []


async def test_a_customer_is_shown_neither_notes_nor_drafts() -> None:
    told = Told()
    told.play.says("When do you open?")
    told.play.ai("Perhaps at nine.", confidence=0.1)
    told.commit()
    assert "Perhaps at nine." in [entry.text for entry in told.play.entries]
    assert "Perhaps at nine." not in await shown(told, 0)


async def test_what_is_not_whole_in_memory_is_read() -> None:
    told = Told()
    for number in range(module.ENTRIES + 1):
        told.play.says(f"message {number}")
        told.commit()
    assert len(await shown(told, 1)) == module.ENTRIES
    await shown(told, 0)
    await shown(told, 1, limit=2)
    told.recent.elsewhere(conversation_topic(TENANT, CONVERSATION))
    await shown(told, module.ENTRIES)
    assert told.outbox.pages == [0, 1, module.ENTRIES]


async def test_an_old_page_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hint may have been lost: a stream that looks again with its keep-alive finds what is stored."""
    monkeypatch.setattr(module, "FRESH", -1.0)
    told = Told()
    told.play.says("When do you open?")
    told.commit()
    await shown(told, 0)
    assert told.outbox.pages == [0]
