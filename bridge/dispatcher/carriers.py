"""Brings one effect to its destination: reads what is true now, checks the fence, calls the adapter.

Each carrier returns the `Settled` to record, or raises a DeliveryError for the lane to deal with.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import Protocol

from bridge.dispatcher.pace import Pace, Paces
from bridge.domain.card import Card, draw
from bridge.domain.effects import PostNote, SendToCustomer, SyncCard
from bridge.domain.ids import ConversationId, TenantId, effect_key
from bridge.domain.model import Agent, Conversation, Entry, Handoff
from bridge.domain.rota import called_by
from bridge.ports import (
    AddressGone,
    CardRef,
    ChannelAdapter,
    ChannelAddress,
    CredentialsRejected,
    Delivery,
    DeskAdapter,
    DeskAddress,
    Directory,
    Duty,
    FindsNotes,
    Recorded,
    RetryLater,
    Settled,
)


class Loads(Protocol):
    """Where what an effect needs comes from: the outbox, or a memory before it."""

    async def load(self, recorded: Recorded) -> Delivery | None: ...


Place = tuple[TenantId, ConversationId, int, str]
"""A handoff of a conversation, at a desk."""
RECENT = 1000
"""Cards whose place is remembered until it can be read back."""
READ_BACK = 30.0
"""Seconds in which a posted card's place is settled and can be read back."""


class OutOfTurn(Exception):
    """Something recorded earlier comes first, and another process has it still."""


class Carrier:
    """Shared by the carriers: where things are, and how fast each may be written to."""

    def __init__(
        self,
        deliveries: Loads,
        directory: Directory,
        channels: Mapping[str, ChannelAdapter],
        desks: Mapping[str, DeskAdapter],
        transcript_url: Callable[[str], str],
        duty: Duty | None = None,
    ) -> None:
        """`duty`: who is on call, asked when a page is sent; without one pages call nobody by name."""
        self._deliveries = deliveries
        self._directory = directory
        self._channels = channels
        self._desks = desks
        self._transcript_url = transcript_url
        self._duty = duty
        self.lost: Callable[[Recorded, Sequence[int]], bool] = lambda recorded, earlier: False
        """Whether nobody here knows of one of these effects, which come before this one."""
        self._paces = Paces()
        self._posted: OrderedDict[Place, tuple[float, CardRef]] = OrderedDict()

    async def send(self, recorded: Recorded, effect: SendToCustomer) -> Settled:
        """One entry to the customer. The AI's words are withheld when the owner has changed.

        The fence is asked again after the pace: the owner may have changed while the message waited.
        """
        found = _fenced(recorded, effect, await self._in_turn(recorded))
        if isinstance(found, Settled):
            return found
        adapter, address = self._channel(recorded, found[0])
        place = (recorded.tenant, address.channel, address.external)
        pace = self._paces.of(place, adapter.limits.per_second)
        if pace and await pace.wait():
            found = _fenced(recorded, effect, await self._deliveries.load(replace(recorded, straight=False)))
            if isinstance(found, Settled):
                return found
        await adapter.send(address, found[1], key=_key(recorded))
        return Settled(recorded, "done")

    async def sync_card(self, recorded: Recorded, effect: SyncCard) -> Settled:
        """Posts or updates the handoff's card, drawn from what is true at this moment."""
        found = await self._card(recorded, effect.handoff)
        if isinstance(found, Settled):
            return found
        delivery, conversation, handoff = found
        if effect.desk not in ("", handoff.desk):
            return await self._sync_left(recorded, effect, delivery)
        at = self._desk(recorded, handoff.desk)
        card = self._draw(delivery, at)
        page = effect.page and effect.epoch == conversation.epoch  # else it was answered before it left
        if page:
            card = replace(card, mention=await self._called(recorded, handoff))
        ref = self._where(recorded, delivery, at)
        ref = await self._put(recorded, at, ref, card, page=page)
        return Settled(recorded, "done", card=ref if ref != delivery.card else None)

    async def _sync_left(self, recorded: Recorded, effect: SyncCard, delivery: Delivery) -> Settled:
        """The card at a desk where the handoff is no longer says where it went, if it is still there."""
        at = self._desk(recorded, effect.desk)
        ref = self._where(recorded, delivery, at)
        if ref is None:
            return Settled(recorded, "withheld", "no card was left there")
        try:
            async with at.paced():
                card = self._draw(delivery, at)
                await at.adapter.update_card(at.address, ref, card, page=False, key=_key(recorded))
        except AddressGone:
            return Settled(recorded, "withheld", "the card was deleted")
        return Settled(recorded, "done")

    async def post_note(self, recorded: Recorded, effect: PostNote) -> Settled:
        """Shows one entry in the thread below the card."""
        found = await self._card(recorded, effect.handoff)
        if isinstance(found, Settled):
            return found
        delivery, _, handoff = found
        if delivery.entry is None:
            return Settled(recorded, "withheld", "the entry is gone")
        at = self._desk(recorded, handoff.desk)
        ref = self._where(recorded, delivery, at)
        if ref is None and delivery.card is None and not handoff.been_at:
            raise RetryLater("the card is not posted yet", timedelta(seconds=2))
        card = self._draw(delivery, at)
        if ref is None:  # it moved, or the desk is of another kind now: its agents have no card yet
            called = replace(card, mention=await self._called(recorded, handoff))
            ref = await self._put(recorded, at, None, called, page=False)
        try:
            await self._note(recorded, at, ref, delivery.entry, card)
        except AddressGone:  # somebody deleted the card: nothing is shown below it any more
            ref = await self._put(recorded, at, None, card, page=False)
            await self._note(recorded, at, ref, delivery.entry, card)
        return Settled(recorded, "done", card=ref if ref != delivery.card else None)

    async def _note(self, recorded: Recorded, at: "_Desk", ref: CardRef, entry: Entry, card: Card) -> None:
        """Posts a note, unless an earlier try had done it."""
        key = _key(recorded)
        finds = at.adapter if recorded.attempts > 0 and isinstance(at.adapter, FindsNotes) else None
        if finds and await finds.find_note(at.address, ref, key=key):
            return
        async with at.paced():
            await at.adapter.post_note(at.address, ref, entry, card, key=key)

    async def _in_turn(self, recorded: Recorded) -> Delivery | None:
        """Raises OutOfTurn while something earlier for the same side is another process's, or has been lost
        here: the answer to its commit was, or it is just being taken over."""
        delivery = await self._deliveries.load(recorded)
        if delivery is not None and (delivery.behind or self.lost(recorded, delivery.earlier)):
            raise OutOfTurn
        return delivery

    def _where(self, recorded: Recorded, delivery: Delivery, at: "_Desk") -> CardRef | None:
        """Where the card stands at a desk: as posted a moment ago, when that is not yet read back, else as
        stored. None when it stands at another desk, or at one of another kind: the settings changed since.
        """
        place = _place(recorded, at.address.desk)
        since, ref = self._posted.get(place, (0.0, None))
        if ref is None or ref == delivery.card or monotonic() - since > READ_BACK:
            self._posted.pop(place, None)
            ref = delivery.card
        return ref if ref and (ref.kind, ref.desk) == (at.adapter.kind, at.address.desk) else None

    def _remember(self, recorded: Recorded, ref: CardRef) -> None:
        self._posted[_place(recorded, ref.desk)] = (monotonic(), ref)
        if len(self._posted) > RECENT:
            self._posted.popitem(last=False)

    async def _put(
        self, recorded: Recorded, at: "_Desk", ref: CardRef | None, card: Card, *, page: bool
    ) -> CardRef:
        """Makes the card true where it stands, or posts it where it doesn't."""
        if ref is None and recorded.attempts > 0:
            ref = await at.adapter.find_card(at.address, card.handoff)
        async with at.paced():
            ref = await self._update_or_post(recorded, at, ref, card, page=page)
        ref = replace(ref, kind=at.adapter.kind, desk=at.address.desk)
        self._remember(recorded, ref)
        return ref

    async def _update_or_post(
        self, recorded: Recorded, at: "_Desk", ref: CardRef | None, card: Card, *, page: bool
    ) -> CardRef:
        key = _key(recorded)
        if ref is not None:
            try:
                await at.adapter.update_card(at.address, ref, card, page=page, key=key)
            except AddressGone:
                pass  # somebody deleted it: a handoff is never without its card
            else:
                return ref
        return await at.adapter.post_card(at.address, card, key=key)

    async def _card(
        self, recorded: Recorded, number: int
    ) -> tuple[Delivery, Conversation, Handoff] | Settled:
        delivery = await self._in_turn(recorded)
        conversation = delivery.snapshot.conversation if delivery else None
        if delivery is None or conversation is None or conversation.handoff is None:
            return Settled(recorded, "withheld", "the conversation is gone")
        if conversation.handoff.number != number:
            return Settled(recorded, "withheld", "a newer handoff has its own card")
        return delivery, conversation, conversation.handoff

    def _draw(self, delivery: Delivery, at: "_Desk") -> Card:
        conversation, customer = delivery.snapshot.conversation, delivery.snapshot.customer
        assert conversation is not None
        assert conversation.handoff is not None
        assert customer is not None
        url = self._transcript_url(delivery.transcript) if delivery.transcript else ""
        return draw(conversation, customer, conversation.handoff, transcript=url, at=at.address.desk)

    async def _called(self, recorded: Recorded, handoff: Handoff) -> tuple[Agent, ...]:
        """Read now, not when the page was recorded: agents who went home are not called."""
        if self._duty is None or not handoff.open:
            return ()
        on_call = await self._duty.on_call(recorded.tenant, handoff.desk)
        return called_by(on_call.agents, handoff)

    def _channel(
        self, recorded: Recorded, conversation: Conversation
    ) -> tuple[ChannelAdapter, ChannelAddress]:
        for kind, adapter in self._channels.items():
            settings = self._directory.channel(recorded.tenant, conversation.channel, kind)
            if settings is not None:
                address = ChannelAddress(
                    recorded.tenant,
                    conversation.channel,
                    conversation.external,
                    settings,
                    conversation.id,
                )
                return adapter, address
        raise AddressGone(f"the tenant has no channel named {conversation.channel!r} any more")

    def _desk(self, recorded: Recorded, desk: str) -> "_Desk":
        for kind, adapter in self._desks.items():
            address = self._directory.desk(recorded.tenant, desk, kind)
            if address is not None:
                place = (recorded.tenant, desk)
                return _Desk(adapter, address, self._paces.of(place, adapter.limits.per_second))
        raise CredentialsRejected(f"the tenant has no desk named {desk!r} any more")


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where a card stands now: the desk as the settings say at this moment, and its pace."""

    adapter: DeskAdapter
    address: DeskAddress
    pace: Pace | None

    @asynccontextmanager
    async def paced(self) -> AsyncIterator[None]:
        """One post when the pace lets it through; a desk that asks for quiet gets it."""
        if self.pace:
            await self.pace.wait()
        try:
            yield
        except RetryLater as error:
            if self.pace and error.after:
                self.pace.hold(error.after)
            raise


def _fenced(
    recorded: Recorded, effect: SendToCustomer, delivery: Delivery | None
) -> tuple[Conversation, Entry] | Settled:
    """What is to be sent, unless it must not be any more."""
    conversation = delivery.snapshot.conversation if delivery else None
    if delivery is None or conversation is None or delivery.entry is None:
        return Settled(recorded, "withheld", "the conversation is gone")
    if effect.fenced and conversation.epoch != effect.epoch:
        return Settled(recorded, "withheld", "the owner had changed")
    if delivery.entry.seq in conversation.withdrawn:
        return Settled(recorded, "withheld", "it was taken back")
    return conversation, delivery.entry


def _place(recorded: Recorded, desk: str) -> Place:
    assert isinstance(recorded.effect, SyncCard | PostNote)
    return (recorded.tenant, recorded.conversation, recorded.effect.handoff, desk)


def _key(recorded: Recorded) -> str:
    return effect_key(recorded.conversation, recorded.effect.number)
