"""Who may see a desk's customers: the members of its channel. And what a workspace is called on the web."""

from datetime import datetime, timedelta
from typing import Any

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.settings import Settings
from bridge.ports import CardRef, Clock, DeliveryError

FRESH = timedelta(minutes=5)
_MOST = 5_000
_PAGES = 20


class Members:
    def __init__(self, api: WebApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._channels: dict[tuple[str, str], tuple[frozenset[str], datetime]] = {}
        self._webs: dict[str, str] = {}

    async def includes(self, desk: Settings, user: str) -> bool:
        """Raises DeliveryError: who can not be looked up is shown nothing."""
        now, key = self._clock.now(), (desk.team, desk.channel)
        members, until = self._channels.get(key, (frozenset(), now))
        if now >= until:
            members = await self._ask(desk)
            if len(self._channels) >= _MOST:
                self._channels.clear()
            self._channels[key] = (members, now + FRESH)
        return user in members

    async def _ask(self, desk: Settings) -> frozenset[str]:
        found: set[str] = set()
        asked: dict[str, Any] = {"channel": desk.channel, "limit": "1000"}
        for _ in range(_PAGES):
            answer = await self._api.call("conversations.members", desk, asked)
            found |= {str(user) for user in answer.get("members", ())}
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            asked["cursor"] = str(cursor)
        return frozenset(found)

    async def link(self, desk: Settings, ref: CardRef | None) -> str:
        """The address of a card in the workspace; empty where it is not known. Never fails."""
        if ref is None:
            return ""
        if desk.team not in self._webs:
            try:
                answer = await self._api.call("auth.test", desk, {})
            except DeliveryError:
                return ""
            self._webs[desk.team] = str(answer.get("url", ""))
        web = self._webs[desk.team]
        return f"{web}archives/{ref.place}/p{ref.thread.replace('.', '')}" if web else ""
