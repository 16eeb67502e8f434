"""The app's Home: what waits, what is mine, who is on call with my own switch, callbacks, my last week.

A user sees the desks whose channels they are in, and of the others nothing.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.blocks import Block
from adapters.desks.slack.incoming import HomeOpened, HomePress
from adapters.desks.slack.listing import (
    Listed,
    callback_words,
    context,
    on_call_in_slack,
    rows,
    section,
)
from adapters.desks.slack.members import Members
from adapters.desks.slack.people import People
from adapters.desks.slack.places import Places
from adapters.desks.slack.wording import unmarked
from adapters.desks.slack.workspaces import Workspaces
from adapters.figures import figures_words
from bridge.ports import CallbackView, DeliveryError, DeskAddress, DeskFigures, Host, OnCall

logger = logging.getLogger(__name__)

WEEK = timedelta(days=7)
MOST_DESKS, MOST_CALLBACKS, LOOKED_THROUGH = 5, 4, 100
_NOTHING = (
    "There is no desk for you here yet. An admin runs `handoff-bridge connect TENANT DESK`, and somebody "
    "types the code in the desk's channel: `/handoff connect CODE`. You see the desks whose channels you "
    "are in."
)


@dataclass(frozen=True, slots=True)
class DeskView:
    """One desk as one agent sees it."""

    desk: DeskAddress
    tenant: str
    waiting: Sequence[Listed]
    mine: Sequence[Listed]
    on_call: OnCall
    on_duty: bool
    callbacks: Sequence[CallbackView]
    figures: DeskFigures


def home_view(desks: Sequence[DeskView], hidden: int = 0) -> dict[str, Any]:
    """The view to publish. `hidden`: desks that are not shown for lack of room."""
    most = min(8, (95 // max(len(desks), 1) - 9) // 4)  # two blocks a row, 100 in all
    several = len({view.tenant for view in desks}) > 1
    blocks = [block for view in desks for block in _desk(view, most, several)] or [section(_NOTHING)]
    if hidden:
        blocks.append(context(f"{hidden} more of your desks are not shown: look into their channels."))
    refresh = {"type": "button", "action_id": "refresh", "text": _plain("Refresh")}
    return {"type": "home", "blocks": [*blocks[:99], {"type": "actions", "elements": [refresh]}]}


def _desk(view: DeskView, most: int, several: bool) -> list[Block]:
    name = f"{view.desk.desk} · {view.tenant}" if several else view.desk.desk
    listed = {each.card.handoff for each in (*view.waiting[:most], *view.mine[:most])}
    callbacks = [callback_words(callback, listed) for callback in view.callbacks[:MOST_CALLBACKS]]
    more = len(view.callbacks) - len(callbacks)
    callbacks += [f"… and {more} more"] if more > 0 else []
    return [
        {"type": "header", "text": _plain(name[:140])},
        _duty(view),
        *rows("Waiting", view.waiting, most, "Nobody waits."),
        *rows("Yours", view.mine, most),
        *([section("*Callbacks promised*\n" + "\n".join(callbacks))] if callbacks else []),
        context(figures_words(view.figures)),
        {"type": "divider"},
    ]


def _duty(view: DeskView) -> Block:
    block = section(f"<#{view.desk.settings.channel}> · {on_call_in_slack(view.on_call)}")
    value = json.dumps({"channel": view.desk.settings.channel, "desk": view.desk.desk})
    action, words = ("duty_off", "Go off duty") if view.on_duty else ("duty_on", "Go on duty")
    block["accessory"] = {"type": "button", "action_id": action, "text": _plain(words), "value": value}
    return block


def _read_value(value: str) -> dict[str, str]:
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return {k: v for k, v in read.items() if isinstance(v, str)} if isinstance(read, dict) else {}


def _plain(words: str) -> Block:
    return {"type": "plain_text", "text": words, "emoji": False}


class Homes:
    """Shows each their Home when they open it, and takes the presses in it."""

    def __init__(
        self,
        host: Host,
        api: WebApi,
        workspaces: Workspaces,
        people: People,
        members: Members,
        places: Places,
    ) -> None:
        self._host = host
        self._api = api
        self._workspaces = workspaces
        self._people = people
        self._members = members
        self._places = places

    async def opened(self, opened: HomeOpened) -> None:
        await self.show(opened.team, opened.user)

    async def pressed(self, press: HomePress) -> None:
        """Switches whoever pressed on or off duty, and shows their Home anew. Raises Unavailable."""
        if press.action in ("duty_on", "duty_off") and (desk := await self._mine(press)):
            if not await self._people.is_person(desk.settings, press.user):
                return
            agent = await self._people.agent(desk.settings, press.user, press.user_name)
            await self._host.duty.switch(desk.tenant, desk.desk, agent, press.action == "duty_on")

    async def show(self, team: str, user: str) -> None:
        """Raises DeliveryError, Unavailable."""
        standing = self._places.of_workspace(team)
        token = await self._token(team, standing)
        if not token:
            return
        mine = [desk for desk in standing if await self._may_see(desk, user)]
        views = await asyncio.gather(*(self._view(desk, user) for desk in mine[:MOST_DESKS]))
        view = home_view(views, len(mine) - len(views))
        await self._api.ask("views.publish", token, {"user_id": user, "view": view})

    async def _token(self, team: str, standing: Sequence[DeskAddress]) -> str:
        """Of a desk there, or of the workspace itself while it has no desk; empty for a stranger's."""
        if standing:
            return await self._workspaces.token(standing[0].settings)
        workspace = await self._workspaces.get(team)
        return workspace.token if workspace else ""

    async def _mine(self, press: HomePress) -> DeskAddress | None:
        """The desk that a button names, if it stands in this workspace and its channel is the user's."""
        target = _read_value(press.value)
        for desk in self._places.desks(press.team, target.get("channel", "")):
            if desk.desk == target.get("desk") and await self._may_see(desk, press.user):
                return desk
        return None

    async def _may_see(self, desk: DeskAddress, user: str) -> bool:
        try:
            return await self._members.includes(desk.settings, user)
        except DeliveryError as error:
            logger.warning("slack: who is in the channel of desk %s is not known: %s", desk.desk, error)
            return False

    async def _view(self, desk: DeskAddress, user: str) -> DeskView:
        board, agent = self._host.board, f"slack:{user}"
        listed = await self.listed(desk)
        on_call = await self._host.duty.on_call(desk.tenant, desk.desk)
        tenant = self._host.directory.tenant(desk.tenant)
        return DeskView(
            desk=desk,
            tenant=unmarked(tenant.name if tenant else desk.tenant),
            waiting=[each for each in listed if each.card.state == "waiting"],
            mine=[each for each in listed if each.card.owner and each.card.owner.id == agent],
            on_call=on_call,
            on_duty=any(known.id == agent for known in on_call.agents),
            callbacks=await board.callbacks(desk.tenant, desk.desk),
            figures=await board.figures(desk.tenant, desk.desk, agent, self._host.clock.now() - WEEK),
        )

    async def listed(self, desk: DeskAddress) -> list[Listed]:
        """A desk's open conversations with the addresses of their cards, the longest waiting first."""
        cards = await self._host.board.open_cards(desk.tenant, desk.desk, LOOKED_THROUGH)
        places = await self._host.board.places(desk.tenant, desk.desk)
        going = [card for card in cards if card.state in ("waiting", "claimed")]
        return [Listed(c, await self._members.link(desk.settings, places.get(c.handoff))) for c in going]
