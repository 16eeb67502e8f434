"""Agents as Teams knows them: who has which `29:…` at which app, and the personal chat with each.

Kept in the vault, because a card is also drawn by processes that never heard of its owner.
"""

from collections import OrderedDict

from adapters.desks.teams.connector import Connector, Line
from adapters.desks.teams.incoming import Spot
from bridge.domain.model import Agent
from bridge.ports import Host

PERSON = "teams.person"
_MOST = 10_000


class People:
    def __init__(self, host: Host, connector: Connector) -> None:
        self._vault = host.vault
        self._connector = connector
        self._known: OrderedDict[str, str] = OrderedDict()
        self._chats: OrderedDict[str, str] = OrderedDict()

    async def met(self, spot: Spot) -> None:
        """Keeps who is behind an agent's id. Raises Unavailable."""
        key = _key(spot.app.app_id, spot.agent)
        if await self._user(key) != spot.user:
            await self._vault.put(PERSON, key, {"id": spot.user})
            _keep(self._known, key, spot.user)

    async def user(self, app_id: str, agent: Agent | None) -> str:
        """Their id for this bot; empty where they were never met."""
        return await self._user(_key(app_id, agent)) if agent is not None else ""

    async def chat(self, line: Line, user: str) -> str:
        """The personal chat with somebody. Raises DeliveryError."""
        key = f"{line.app.app_id}:{user}"
        if key not in self._chats:
            _keep(self._chats, key, await self._connector.begin_chat(line, user))
        return self._chats[key]

    async def _user(self, key: str) -> str:
        if key not in self._known and (kept := await self._vault.get(PERSON, key)):
            _keep(self._known, key, str(kept.get("id")))
        return self._known.get(key, "")


def _key(app_id: str, agent: Agent) -> str:
    return f"{app_id}:{agent.id}"


def _keep(known: OrderedDict[str, str], key: str, value: str) -> None:
    known[key] = value
    if len(known) > _MOST:
        known.popitem(last=False)
