"""Cards and notes out to Teams: posted once, updated by the message's id, never doubled for long.

A bot can not search a channel. So where a card stands is learned from the post's answer, and when that
was lost, from the first client that shows the card: it asks for the card anew and names the message. A
second card that was posted meanwhile shows itself the same way, and is taken away.
"""

import logging
from collections import OrderedDict
from datetime import timedelta
from time import monotonic
from typing import TypeVar

from adapters.desks.teams.card import message
from adapters.desks.teams.card import page as page_message
from adapters.desks.teams.connector import Connector, Posted, thread_id
from adapters.desks.teams.notes import render_note
from adapters.desks.teams.people import People
from adapters.desks.teams.places import Places
from bridge.domain.card import Card
from bridge.domain.ids import HandoffId
from bridge.domain.model import Agent, Entry
from bridge.ports import (
    AddressGone,
    CardRef,
    CredentialsRejected,
    DeskAddress,
    Host,
    Receipt,
    RetryLater,
    Uncertain,
)

logger = logging.getLogger(__name__)
POSTED = "teams.posted"
"""In the vault: where a card was seen whose post was uncertain."""
WITNESS = 3.0
"""Seconds that a lost answer waits for a client that shows the card, before the card is posted again."""
_MOST = 5_000
Kept = TypeVar("Kept")


class Delivery:
    def __init__(self, host: Host, connector: Connector, places: Places, people: People) -> None:
        self._host = host
        self._connector = connector
        self._places = places
        self._people = people
        self._posted: OrderedDict[str, CardRef] = OrderedDict()
        self._uncertain: OrderedDict[str, float] = OrderedDict()
        self.witness = WITNESS
        self._dead: set[tuple[str, str]] = set()

    async def post(self, desk: DeskAddress, card: Card) -> CardRef:
        """Raises DeliveryError; `Uncertain` when it may have arrived."""
        try:
            posted = await self._post(desk, card)
        except Uncertain:
            _keep(self._uncertain, card.handoff, monotonic())
            raise
        except AddressGone as error:  # no channel: what is posted anew would not arrive either
            raise self._alarm(desk, CredentialsRejected(str(error))) from None
        except CredentialsRejected as error:
            raise self._alarm(desk, error) from None
        self._dead.discard((desk.tenant, desk.desk))
        ref = CardRef(desk.settings.channel, posted.activity)
        if self._uncertain.pop(card.handoff, None) is not None:
            await self._host.vault.put(POSTED, card.handoff, {"place": ref.place, "thread": ref.thread})
        _keep(self._posted, card.handoff, ref)
        return ref

    async def show(self, desk: DeskAddress, ref: CardRef, card: Card) -> None:
        """Makes a posted card say what is true."""
        line = await self._places.line(desk)
        owner = await self._people.user(line.app.app_id, card.owner)
        activity = message(card, self._called(desk, card), owner=owner)
        await self._connector.update(line, thread_id(ref.place, ref.thread), ref.thread, activity)

    async def call_again(self, desk: DeskAddress, ref: CardRef, card: Card) -> None:
        """An update notifies nobody: a page stands below the card, and names whom it calls."""
        line = await self._places.line(desk)
        activity = page_message(card, self._called(desk, card))
        await self._connector.post(line, thread_id(ref.place, ref.thread), activity)

    async def note(self, desk: DeskAddress, ref: CardRef, entry: Entry, card: Card) -> Receipt:
        line = await self._places.line(desk)
        activity = render_note(entry, card)
        return Receipt(await self._connector.post(line, thread_id(ref.place, ref.thread), activity))

    async def find(self, handoff: HandoffId) -> CardRef | None:
        """The card that an uncertain post may have left. Raises RetryLater while it may yet be seen."""
        if known := self._posted.get(handoff):
            return known
        if seen := await self._host.vault.get(POSTED, handoff):
            return CardRef(str(seen["place"]), str(seen["thread"]))
        since = self._uncertain.get(handoff)
        rest = self.witness - (monotonic() - since) if since is not None else 0.0
        if rest > 0:
            raise RetryLater("an uncertain post may yet be seen", timedelta(seconds=rest))
        return None

    async def seen(self, desk: DeskAddress, handoff: str, ref: CardRef) -> None:
        """A client shows a handoff's card there."""
        if self._posted.get(handoff) == ref:
            return
        if await self._host.board.at(desk, ref):
            _keep(self._posted, handoff, ref)
            return
        kept = await self._host.vault.get(POSTED, handoff)
        if kept is None:
            await self._host.vault.put(POSTED, handoff, {"place": ref.place, "thread": ref.thread})
        elif kept["thread"] != ref.thread:
            await self._take_away(desk, ref, CardRef(str(kept["place"]), str(kept["thread"])))

    async def probe(self, desk: DeskAddress) -> None:
        """Asks the connector whether app, secret and channel fit together. Raises DeliveryError."""
        if not desk.settings.connected:
            return
        line = await self._places.line(desk)
        await self._connector.members(line, desk.settings.channel, 1)

    async def _post(self, desk: DeskAddress, card: Card) -> Posted:
        line = await self._places.line(desk)
        if await self._places.is_removed(desk):
            raise CredentialsRejected("the app was removed from the team; add it there again")
        owner = await self._people.user(line.app.app_id, card.owner)
        activity = message(card, self._called(desk, card), owner=owner)
        return await self._connector.begin_thread(line, desk.settings.channel, activity)

    async def _take_away(self, desk: DeskAddress, ref: CardRef, true: CardRef) -> None:
        """One of two cards of one handoff, once it is sure that the other is the one."""
        if await self._host.board.at(desk, true):
            line = await self._places.line(desk)
            await self._connector.delete(line, thread_id(ref.place, ref.thread), ref.thread)

    def _called(self, desk: DeskAddress, card: Card) -> tuple[Agent, ...]:
        """Who is on call, as far as they are in Teams; else whom the settings name."""
        on_call = tuple(agent for agent in card.mention if agent.id.startswith("teams:"))
        named = (entry.partition(" ") for entry in desk.settings.notify)
        return on_call or tuple(Agent(f"teams:{id}", name or id) for id, _, name in named)

    def _alarm(self, desk: DeskAddress, error: CredentialsRejected) -> CredentialsRejected:
        """Said once, until a post gets through again: each handoff meanwhile goes to the fallback desk."""
        place = (desk.tenant, desk.desk)
        if place not in self._dead:
            self._dead.add(place)
            logger.error("teams: the desk %s of %s can not be paged: %s", desk.desk, desk.tenant, error)
        return error


def _keep(known: "OrderedDict[str, Kept]", key: str, value: Kept) -> None:
    known[key] = value
    if len(known) > _MOST:
        known.popitem(last=False)
