"""`@bridge connect CODE`: whoever may write in a channel makes it a desk, with a code from the admin."""

import re

from adapters.desks.teams.connector import Connector
from adapters.desks.teams.incoming import Line
from adapters.desks.teams.notes import told
from adapters.desks.teams.places import Places
from adapters.desks.teams.wording import escaped
from adapters.errands import Errands
from bridge.ports import ConnectRefused, Host

_COMMAND = re.compile(r"connect\b[\s:]*(?P<code>[\w-]{0,40})\s*", re.IGNORECASE)
_NO_CODE = "Which code? Your admin makes one: handoff-bridge connect TENANT DESK"
_NO_CHANNEL = "A desk is a channel of a team: below a card there, people speak with one customer each."


class Connecting:
    def __init__(self, host: Host, places: Places, connector: Connector, errands: Errands) -> None:
        self._connecting = host.connecting
        self._places = places
        self._connector = connector
        self._errands = errands

    async def connects(self, line: Line) -> bool:
        """Whether the line was such a command; then it is carried out. Raises Unavailable."""
        command = _COMMAND.fullmatch(line.text)
        if command is None or not (line.called or line.spot.personal):
            return False
        words = await self._connected(line, command["code"])
        self._errands.start(self._say(line, words))
        return True

    async def _connected(self, line: Line, code: str) -> str:
        spot = line.spot
        if not spot.channel or not spot.team:
            return _NO_CHANNEL
        if not code:
            return _NO_CODE
        place = {"app_id": spot.app.app_id, "team": spot.team, "channel": spot.channel}
        try:
            desk = await self._connecting.redeem(code, "teams", place, spot.agent.id)
        except ConnectRefused as refused:
            return str(refused)
        return f"This channel is the desk {desk.desk} now. Handoffs appear here as cards."

    async def _say(self, line: Line, words: str) -> None:
        way = self._places.line_of(line.spot)
        await self._connector.post(way, line.spot.conversation, told(escaped(words)))
