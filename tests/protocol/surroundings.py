"""What stands around the dispatcher while its rules are asked: it answers and takes note, no more."""

import asyncio
from dataclasses import replace

from bridge.domain.answer import Answer, ToolFailure, Turn
from bridge.domain.decide import Snapshot
from bridge.domain.effects import SyncCard
from bridge.domain.events import Event, Outcome, OutcomeKind
from bridge.domain.model import Author, Conversation, Entry, EntryKind
from bridge.ports import ChannelAddress, ChannelLimits, Delivery, Receipt, Recorded, Settled, Typing
from tests.domain.play import START
from tests.protocol.core import CUSTOMER


class AsItStands:
    """An outbox that reads one conversation, in one state."""

    def __init__(self, conversation: Conversation) -> None:
        words = Entry(1, EntryKind.MESSAGE, Author.ASSISTANT, "Acme", "Words.", START)
        self._delivery = Delivery(Snapshot(conversation, CUSTOMER), entry=words, messages=(words,))

    async def load(self, recorded: Recorded) -> Delivery:
        return self._delivery


class Behind(AsItStands):
    """An outbox in which, for a while, another process has something earlier than the second message."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation)
        self.behind = True
        self.looked = asyncio.Event()

    async def load(self, recorded: Recorded) -> Delivery:
        self.looked.set()
        return replace(self._delivery, behind=self.behind)


class Slow:
    """An outbox that has not answered yet."""

    async def load(self, recorded: Recorded) -> Delivery:
        await asyncio.Event().wait()
        raise AssertionError("nobody waits that long")


class SlowDesk:
    """A carrier whose desk has not answered yet."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def sync_card(self, recorded: Recorded, effect: SyncCard) -> Settled:
        assert effect.page, "an update calls the desk for those that were merged into it"
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody waits that long")


class Wire:
    """A channel that takes note of what is put on its wire."""

    limits = ChannelLimits()

    def __init__(self) -> None:
        self.numbers: list[str] = []

    async def send(self, to: ChannelAddress, entry: Entry, *, key: str) -> Receipt:
        self.numbers.append(key.rpartition(".")[2])
        return Receipt()


class Received:
    """The way in and the recorder, taking note only."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.settled: list[Settled] = []

    def settle(self, settled: Settled) -> None:
        self.settled.append(settled)

    async def record(self, event: Event, settled: Settled | None = None) -> Outcome:
        if settled is not None:
            self.settled.append(settled)
        return await self.receive(event)

    async def receive(self, event: Event) -> Outcome:
        self.events.append(event)
        return Outcome(OutcomeKind.RECORDED)

    def typing(self, tenant: str, conversation: str, typing: Typing) -> None:
        pass


class QuickAI:
    async def answer(self, turn: Turn, *, key: str) -> Answer | ToolFailure:
        return Answer("An answer.", 0.95)

    async def close(self) -> None:
        pass
