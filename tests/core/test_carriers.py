"""Carriers: the fence at the last moment, order between replicas, and a card where its desk is now."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bridge.dispatcher.carriers import Carrier, OutOfTurn
from bridge.dispatcher.pace import BURST
from bridge.domain.card import Card
from bridge.domain.decide import Snapshot
from bridge.domain.effects import PostNote, SendToCustomer, SyncCard
from bridge.domain.ids import ConversationId, HandoffId
from bridge.domain.model import Entry
from bridge.ports import CardRef, ChannelLimits, Delivery, DeskAddress, DeskLimits, Receipt, Recorded
from tests.core.surroundings import TENANT, OneTenant
from tests.domain.play import Play


class Desk:
    """A desk of one kind that keeps what it is given."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.limits = DeskLimits(per_second=None)
        self.done: list[tuple[str, str]] = []
        self.paged = 0
        self.shown: list[Card] = []

    async def post_card(self, desk: DeskAddress, card: Card, *, key: str) -> CardRef:
        self.done.append(("post", ""))
        return CardRef(f"{self.kind}-place", "1")

    async def update_card(self, desk: DeskAddress, ref: CardRef, card: Card, *, page: bool, key: str) -> None:
        self.done.append(("update", ref.place))
        self.shown.append(card)
        self.paged += page

    async def post_note(
        self, desk: DeskAddress, ref: CardRef, note: Entry, card: Card, *, key: str
    ) -> Receipt:
        self.done.append(("note", ref.place))
        return Receipt()

    async def find_card(self, desk: DeskAddress, handoff: HandoffId) -> CardRef | None:
        self.done.append(("find", ""))
        return None


class Channel:
    def __init__(self, per_second: float | None = None) -> None:
        self.limits = ChannelLimits(per_second=per_second)
        self.sent: list[str] = []

    async def send(self, to: Any, message: Entry, *, key: str) -> Receipt:
        self.sent.append(message.text)
        return Receipt()


@dataclass
class Deliveries:
    """An outbox that gives these, one at a look; the last one again and again."""

    given: list[Delivery] = field(default_factory=list)

    async def load(self, recorded: Recorded) -> Delivery | None:
        return self.given.pop(0) if len(self.given) > 1 else self.given[0]


class OneDesk(OneTenant):
    """A tenant whose desk is of this kind now."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def desk(self, tenant: Any, name: str, kind: str) -> DeskAddress | None:
        return DeskAddress(tenant, name, None) if kind == self.kind else None


def waiting() -> Delivery:
    """A conversation that waits for a person, and its newest entry."""
    play = Play()
    play.says("I want to talk to a human")
    return Delivery(Snapshot(play.conversation, play.customer), entry=play.entries[-1])


def recorded(effect: Any, attempts: int = 0) -> Recorded:
    return Recorded(TENANT, ConversationId("a" * 32), effect, attempts)


def carrier(*given: Delivery, channel: Channel | None = None, now: str = "slack") -> tuple[Carrier, Desk]:
    desks = {kind: Desk(kind) for kind in ("slack", "console")}
    outbox: Any = Deliveries(list(given))
    channels: Any = {"webhook": channel or Channel()}
    typed: Any = desks
    return Carrier(outbox, OneDesk(now), channels, typed, str), desks[now]


SYNC = SyncCard(number=3, epoch=1, handoff=1, page=False)
NOTE = PostNote(number=4, epoch=1, handoff=1, seq=1)


async def test_a_new_card_remembers_the_kind_of_its_desk() -> None:
    carry, desk = carrier(waiting())
    settled = await carry.sync_card(recorded(SYNC), SYNC)
    assert settled.card == CardRef("slack-place", "1", "slack", "support")
    assert desk.done == [("post", "")]


async def test_a_card_is_updated_where_it_stands() -> None:
    here = CardRef("C1", "17.5", "slack", "support")
    carry, desk = carrier(replace(waiting(), card=here))
    settled = await carry.sync_card(recorded(SYNC), SYNC)
    assert (desk.done, settled.card) == ([("update", "C1")], None)


async def test_a_page_that_was_answered_before_it_left_calls_nobody() -> None:
    play = Play()
    play.says("I want to talk to a human")
    page = SyncCard(number=5, epoch=play.conv.epoch, handoff=1, page=True)
    calls = []
    for _ in range(2):
        here = Delivery(
            Snapshot(play.conversation, play.customer), card=CardRef("C1", "17.5", "slack", "support")
        )
        carry, desk = carrier(here)
        await carry.sync_card(recorded(page), page)
        calls.append(desk.paged)
        play.claims()
    assert calls == [1, 0]


async def test_a_card_is_posted_anew_where_the_desk_is_of_another_kind_now() -> None:
    there = CardRef("console:acme/support", "x", "console", "support")
    carry, desk = carrier(replace(waiting(), card=there))
    settled = await carry.sync_card(recorded(SYNC), SYNC)
    assert desk.done == [("post", "")]
    assert settled.card == CardRef("slack-place", "1", "slack", "support")


async def test_a_note_brings_its_card_to_a_desk_of_another_kind() -> None:
    there = CardRef("console:acme/support", "x", "console", "support")
    carry, desk = carrier(replace(waiting(), card=there))
    settled = await carry.post_note(recorded(NOTE), NOTE)
    assert desk.done == [("post", ""), ("note", "slack-place")]
    assert settled.card == CardRef("slack-place", "1", "slack", "support")


def passed_on() -> Delivery:
    """The same at another desk, where no card stands yet."""
    play = Play()
    play.says("I want to talk to a human")
    play.transfers("sales")
    return Delivery(Snapshot(play.conversation, play.customer), entry=play.entries[-1])


async def test_another_desk_gets_a_card_of_its_own() -> None:
    there = CardRef("C1", "17.5", "slack", "support")
    carry, desk = carrier(replace(passed_on(), card=there))
    settled = await carry.sync_card(recorded(SYNC), SYNC)
    assert desk.done == [("post", "")]
    assert settled.card == CardRef("slack-place", "1", "slack", "sales")


async def test_the_card_left_behind_is_updated_and_never_posted_anew() -> None:
    left = replace(SYNC, desk="support")
    carry, desk = carrier(replace(passed_on(), card=CardRef("C1", "17.5", "slack", "support")))
    settled = await carry.sync_card(recorded(left), left)
    assert (desk.done, settled.card, desk.shown[-1].moved_to) == ([("update", "C1")], None, "sales")
    carry, desk = carrier(passed_on())
    assert (await carry.sync_card(recorded(left), left)).status == "withheld"
    assert desk.done == []


async def test_a_note_for_a_desk_that_it_came_to_brings_its_card() -> None:
    carry, desk = carrier(passed_on())
    await carry.post_note(recorded(NOTE), NOTE)
    assert desk.done == [("post", ""), ("note", "slack-place")]


async def test_an_uncertain_card_is_looked_up_before_it_is_posted_again() -> None:
    carry, desk = carrier(waiting())
    await carry.sync_card(recorded(SYNC, attempts=1), SYNC)
    assert desk.done == [("find", ""), ("post", "")]


async def test_what_another_replica_has_of_the_lane_goes_first() -> None:
    here = CardRef("C1", "17.5", "slack", "support")
    behind = replace(waiting(), behind=True)
    carry, desk = carrier(behind, replace(waiting(), card=here))
    with pytest.raises(OutOfTurn):
        await carry.sync_card(recorded(SYNC), SYNC)
    assert desk.done == []
    await carry.sync_card(recorded(SYNC), SYNC)
    assert desk.done == [("update", "C1")]


async def test_the_fence_is_asked_again_after_the_pace() -> None:
    mine = waiting()
    conversation = mine.snapshot.conversation
    assert conversation is not None
    claimed = replace(conversation, epoch=conversation.epoch + 1)
    late = replace(mine, snapshot=Snapshot(claimed, mine.snapshot.customer))
    channel = Channel(per_second=1000.0)
    carry, _ = carrier(*[mine] * (BURST + 1), late, channel=channel)
    effect = SendToCustomer(number=2, epoch=conversation.epoch, seq=1, fenced=True)
    for _ in range(BURST):
        assert (await carry.send(recorded(effect), effect)).status == "done"
    settled = await carry.send(recorded(effect), effect)
    assert (settled.status, len(channel.sent)) == ("withheld", BURST)


async def test_what_was_taken_back_is_not_sent() -> None:
    mine = waiting()
    conversation, entry = mine.snapshot.conversation, mine.entry
    assert conversation is not None
    assert entry is not None
    back = replace(conversation, withdrawn=(entry.seq,))
    channel = Channel()
    carry, _ = carrier(replace(mine, snapshot=Snapshot(back, mine.snapshot.customer)), channel=channel)
    effect = SendToCustomer(number=2, epoch=conversation.epoch, seq=entry.seq, fenced=False)
    assert (await carry.send(recorded(effect), effect)).status == "withheld"
    assert channel.sent == []
