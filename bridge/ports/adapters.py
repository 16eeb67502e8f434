"""What an adapter offers: channels, desks, answerers."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from aiohttp import web

from bridge.domain.card import Card
from bridge.domain.ids import HandoffId
from bridge.domain.model import (
    Answer,
    Entry,
    ToolFailure,
    Turn,
)
from bridge.ports.addresses import CardRef, ChannelAddress, ChannelLimits, DeskAddress, DeskLimits, Receipt


class ChannelAdapter(Protocol):
    """A way to customers. One instance a kind serves all tenants."""

    kind: str
    push: bool
    """Messages are carried by `send`; otherwise the customer's side reads them from the bridge."""
    states: bool
    """Shows modes and offers, not only text."""
    choices: bool
    """Shows callback times as buttons: the text need not list them."""
    limits: ChannelLimits

    def routes(self) -> Iterable[web.AbstractRouteDef]: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def send(self, to: ChannelAddress, entry: Entry, *, key: str) -> Receipt:
        """Brings one entry to the customer. `key` is the same for every attempt. Raises DeliveryError."""
        ...


class DeskAdapter(Protocol):
    """A place where agents work. One instance a kind serves all tenants."""

    kind: str
    limits: DeskLimits

    def routes(self) -> Iterable[web.AbstractRouteDef]: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...

    async def post_card(self, desk: DeskAddress, card: Card, *, key: str) -> CardRef:
        """Posts a new card and calls the desk. Raises DeliveryError; `Uncertain` when it may have arrived."""
        ...

    async def update_card(self, desk: DeskAddress, ref: CardRef, card: Card, *, page: bool, key: str) -> None:
        """Makes a posted card true; with `page` also calls the desk again, in the card's thread.

        Raises AddressGone when the card was deleted: it is then posted anew.
        """
        ...

    async def post_note(
        self, desk: DeskAddress, ref: CardRef, note: Entry, card: Card, *, key: str
    ) -> Receipt:
        """Shows a customer's message, a draft or a note in the card's thread.

        `card` is the handoff as it stands: for a button on a draft, or on a note `about` a message that
        could not be delivered, and for whom to mention.
        """
        ...

    async def find_card(self, desk: DeskAddress, handoff: HandoffId) -> CardRef | None:
        """The card that an uncertain post may have left; None when there is none."""
        ...


@runtime_checkable
class FindsNotes(Protocol):
    """A desk that can look up a note too: one whose post was uncertain is not posted a second time."""

    async def find_note(self, desk: DeskAddress, ref: CardRef, *, key: str) -> bool:
        """Whether the note with this key stands in the card's thread. Raises DeliveryError."""
        ...


class Answerer(Protocol):
    """The tenant's AI. One instance a tenant's settings version."""

    async def answer(self, turn: Turn, *, key: str) -> Answer | ToolFailure:
        """Never raises for what the AI does wrong: that is a ToolFailure."""
        ...

    async def close(self) -> None: ...
