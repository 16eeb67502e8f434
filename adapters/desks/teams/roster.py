"""Who belongs to a desk's channel: those to whom a conversation can be passed on."""

from collections import OrderedDict
from datetime import datetime, timedelta

from adapters.desks.teams.connector import Connector, Line
from bridge.domain.model import Agent
from bridge.domain.text import cut, one_line
from bridge.ports import Clock, DeliveryError

FRESH = timedelta(minutes=5)
MOST = 100
"""People of one channel who are listed."""
_MOST_CHANNELS = 500


class Roster:
    def __init__(self, connector: Connector, clock: Clock) -> None:
        self._connector = connector
        self._clock = clock
        self._known: OrderedDict[str, tuple[tuple[Agent, ...], datetime]] = OrderedDict()

    async def of(self, line: Line, channel: str) -> tuple[Agent, ...]:
        """By name; empty where Teams does not say now."""
        now = self._clock.now()
        agents, until = self._known.get(channel, ((), now))
        if now < until:
            return agents
        try:
            listed = await self._connector.members(line, channel, MOST)
        except DeliveryError:
            return agents
        found = {str(m.get("aadObjectId") or m.get("id")): one_line(str(m.get("name") or "")) for m in listed}
        agents = tuple(Agent(f"teams:{id}", cut(name, 60)) for id, name in found.items() if name)
        self._known[channel] = (tuple(sorted(agents, key=lambda agent: agent.name.lower())), now + FRESH)
        if len(self._known) > _MOST_CHANNELS:
            self._known.popitem(last=False)
        return self._known[channel][0]
