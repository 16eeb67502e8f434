"""An agent's own chat with the bot: what waits at their desks, their duty and their week.

An agent's desks are those whose channel they belong to, as Teams says; everybody else in the company
learns nothing here, not even that somebody waits.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.desks.teams.card import CARD
from adapters.desks.teams.connector import Connector
from adapters.desks.teams.incoming import Line, Press, Spot
from adapters.desks.teams.overview import DeskView, overview, overview_message
from adapters.desks.teams.people import People
from adapters.desks.teams.places import Places
from adapters.errands import Errands
from bridge.domain.model import Agent
from bridge.ports import CredentialsRejected, DeliveryError, DeskAddress, Host, Unavailable

FRESH = timedelta(minutes=5)
"""How long a membership is believed."""
WEEK = timedelta(days=7)
AT_ONCE = 8
"""Memberships that are asked for at the same time."""
_MOST = 10_000
_WORDS = {"on": True, "on duty": True, "off": False, "off duty": False}


class Chats:
    def __init__(
        self, host: Host, places: Places, people: People, connector: Connector, errands: Errands
    ) -> None:
        self._host = host
        self._places = places
        self._people = people
        self._connector = connector
        self._errands = errands
        self._few = asyncio.Semaphore(AT_ONCE)
        self._members: OrderedDict[tuple[str, str], tuple[bool, datetime]] = OrderedDict()

    async def wrote(self, line: Line) -> None:
        """`on`, `off`, and anything else: what waits. Raises Unavailable when nothing could be recorded."""
        await self._people.met(line.spot)
        desks = await self._desks(line.spot)
        switch = _WORDS.get(" ".join(line.text.lower().split()))
        if switch is not None:
            await self._switch(line.spot, desks, switch)
        self._errands.start(self._show(line.spot, desks))

    async def welcome(self, spot: Spot) -> None:
        """The bot's chat was opened for the first time."""
        await self._people.met(spot)
        self._errands.start(self._show(spot, await self._desks(spot)))

    async def pressed(self, press: Press, *, answered: bool) -> dict[str, Any]:
        """The body of the answer: the overview as it is from then on. Raises Unavailable."""
        desks = await self._desks(press.spot)
        if press.verb != "waiting":
            await self._switch(press.spot, desks, press.verb == "on_duty")
        if not answered:
            self._errands.start(self._show(press.spot, desks))
            return {}
        return {"statusCode": 200, "type": CARD, "value": overview(await self._views(press.spot, desks))}

    async def _switch(self, spot: Spot, desks: Sequence[DeskAddress], on: bool) -> None:
        for desk in desks:
            await self._host.duty.switch(desk.tenant, desk.desk, spot.agent, on)

    async def _show(self, spot: Spot, desks: Sequence[DeskAddress]) -> None:
        line = self._places.line_of(spot)
        await self._connector.post(line, spot.conversation, overview_message(await self._views(spot, desks)))

    async def _views(self, spot: Spot, desks: Sequence[DeskAddress]) -> list[DeskView]:
        return [await self._view(spot.agent, desk) for desk in desks]

    async def _view(self, agent: Agent, desk: DeskAddress) -> DeskView:
        board = self._host.board
        cards = await board.open_cards(desk.tenant, desk.desk)
        on_call = await self._host.duty.on_call(desk.tenant, desk.desk)
        return DeskView(
            name=desk.desk,
            going=tuple(card for card in cards if card.state in ("waiting", "claimed")),
            promised=tuple(await board.callbacks(desk.tenant, desk.desk)),
            on_call=on_call,
            on_duty=agent.id in [known.id for known in on_call.agents],
            figures=await board.figures(desk.tenant, desk.desk, agent.id, self._host.clock.now() - WEEK),
        )

    async def _desks(self, spot: Spot) -> list[DeskAddress]:
        """The desks whose channel they belong to. Raises Unavailable when Teams does not say."""
        desks = self._places.of_app(spot.app.app_id)
        belongs = await asyncio.gather(*(self._belongs(spot, desk) for desk in desks))
        return [desk for desk, member in zip(desks, belongs, strict=True) if member]

    async def _belongs(self, spot: Spot, desk: DeskAddress) -> bool:
        key, now = (desk.settings.channel, spot.user), self._host.clock.now()
        member, until = self._members.get(key, (False, now))
        if now < until:
            return member
        try:
            async with self._few:
                line = self._places.line_of(spot)
                member = await self._connector.has_member(line, desk.settings.channel, spot.user)
        except CredentialsRejected:
            member = False  # the app is not in that channel's team: nobody can be known to be
        except DeliveryError as error:
            raise Unavailable(str(error)) from None
        self._members[key] = (member, now + FRESH)
        if len(self._members) > _MOST:
            self._members.popitem(last=False)
        return member
