"""Brings one effect to its destination: reads what is true now, checks the fence, calls the adapter.

Each carrier returns the `Settled` to record, or raises a DeliveryError for the lane to deal with.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic

from bridge.dispatcher.pace import Pace, Paces
from bridge.domain.card import Card, draw
from bridge.domain.effects import PostNote, SendToCustomer, SyncCard
from bridge.domain.ids import ConversationId, TenantId, effect_key
from bridge.domain.model import Conversation, Handoff
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
    Outbox,
    Recorded,
    RetryLater,
    Settled,
)

RECENT = 1000
"""Cards whose place is remembered until it can be read back."""
READ_BACK = 30.0
"""Seconds in which a posted card's place is settled and can be read back."""


class Carrier:
    """Shared by the carriers: where things are, and how fast each may be written to."""

    def __init__(
        self,
        outbox: Outbox,
        directory: Directory,
        channels: Mapping[str, ChannelAdapter],
        desks: Mapping[str, DeskAdapter],
        transcript_url: Callable[[str], str],
    ) -> None:
        self._outbox = outbox
        self._directory = directory
        self._channels = channels
        self._desks = desks
        self._transcript_url = transcript_url
        self._paces = Paces()
        self._posted: OrderedDict[tuple[TenantId, ConversationId, int], tuple[float, CardRef]] = OrderedDict()

    async def send(self, recorded: Recorded, effect: SendToCustomer) -> Settled:
        """One entry to the customer. The AI's words are withheld when the owner has changed."""
        delivery = await self._outbox.load(recorded)
        if delivery is None or delivery.snapshot.conversation is None or delivery.entry is None:
            return Settled(recorded, "withheld", "the conversation is gone")
        conversation = delivery.snapshot.conversation
        if effect.fenced and conversation.epoch != effect.epoch:
            return Settled(recorded, "withheld", "the owner had changed")
        adapter, address = self._channel(recorded, conversation)
        place = (recorded.tenant, address.channel, address.external)
        if pace := self._paces.of(place, adapter.limits.per_second):
            await pace.wait()
        await adapter.send(address, delivery.entry, key=_key(recorded))
        return Settled(recorded, "done")

    async def sync_card(self, recorded: Recorded, effect: SyncCard) -> Settled:
        """Posts or updates the handoff's card, drawn from what is true at this moment."""
        found = await self._card(recorded, effect.handoff)
        if isinstance(found, Settled):
            return found
        delivery, conversation, handoff = found
        adapter, desk, pace = self._desk(recorded, handoff)
        card = self._draw(delivery, conversation, handoff)
        ref = self._where(recorded, effect.handoff, delivery)
        if ref is None and recorded.attempts > 0:
            ref = await adapter.find_card(desk, card.handoff)
        if pace:
            await pace.wait()
        try:
            ref = await self._put(adapter, desk, ref, card, recorded, page=effect.page)
        except RetryLater as error:
            if pace and error.after:
                pace.hold(error.after)
            raise
        self._remember(recorded, effect.handoff, ref)
        return Settled(recorded, "done", card=ref if ref != delivery.card else None)

    async def post_note(self, recorded: Recorded, effect: PostNote) -> Settled:
        """Shows one entry in the thread below the card."""
        found = await self._card(recorded, effect.handoff)
        if isinstance(found, Settled):
            return found
        delivery, _, handoff = found
        if delivery.entry is None:
            return Settled(recorded, "withheld", "the entry is gone")
        ref = self._where(recorded, effect.handoff, delivery)
        if ref is None:
            raise RetryLater("the card is not posted yet", timedelta(seconds=2))
        adapter, desk, pace = self._desk(recorded, handoff)
        if pace:
            await pace.wait()
        try:
            await adapter.post_note(desk, ref, delivery.entry, key=_key(recorded))
        except RetryLater as error:
            if pace and error.after:
                pace.hold(error.after)
            raise
        return Settled(recorded, "done")

    def _where(self, recorded: Recorded, number: int, delivery: Delivery) -> CardRef | None:
        """Where the card stands: as posted a moment ago, when that is not yet read back, else as stored."""
        place = (recorded.tenant, recorded.conversation, number)
        at, ref = self._posted.get(place, (0.0, None))
        if ref is None or ref == delivery.card or monotonic() - at > READ_BACK:
            self._posted.pop(place, None)
            return delivery.card
        return ref

    def _remember(self, recorded: Recorded, number: int, ref: CardRef) -> None:
        self._posted[recorded.tenant, recorded.conversation, number] = (monotonic(), ref)
        if len(self._posted) > RECENT:
            self._posted.popitem(last=False)

    async def _put(
        self,
        adapter: DeskAdapter,
        desk: DeskAddress,
        ref: CardRef | None,
        card: Card,
        recorded: Recorded,
        *,
        page: bool,
    ) -> CardRef:
        key = _key(recorded)
        if ref is not None:
            try:
                await adapter.update_card(desk, ref, card, page=page, key=key)
            except AddressGone:
                pass  # somebody deleted it: a handoff is never without its card
            else:
                return ref
        return await adapter.post_card(desk, card, key=key)

    async def _card(
        self, recorded: Recorded, number: int
    ) -> tuple[Delivery, Conversation, Handoff] | Settled:
        delivery = await self._outbox.load(recorded)
        conversation = delivery.snapshot.conversation if delivery else None
        if delivery is None or conversation is None or conversation.handoff is None:
            return Settled(recorded, "withheld", "the conversation is gone")
        if conversation.handoff.number != number:
            return Settled(recorded, "withheld", "a newer handoff has its own card")
        return delivery, conversation, conversation.handoff

    def _draw(self, delivery: Delivery, conversation: Conversation, handoff: Handoff) -> Card:
        customer = delivery.snapshot.customer
        assert customer is not None
        url = self._transcript_url(delivery.transcript) if delivery.transcript else ""
        return draw(conversation, customer, handoff, transcript=url)

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

    def _desk(self, recorded: Recorded, handoff: Handoff) -> tuple[DeskAdapter, DeskAddress, Pace | None]:
        for kind, adapter in self._desks.items():
            desk = self._directory.desk(recorded.tenant, handoff.desk, kind)
            if desk is not None:
                place = (recorded.tenant, handoff.desk)
                return adapter, desk, self._paces.of(place, adapter.limits.per_second)
        raise CredentialsRejected(f"the tenant has no desk named {handoff.desk!r} any more")


def _key(recorded: Recorded) -> str:
    return effect_key(recorded.conversation, recorded.effect.number)
