"""Everything of the Teams desk put together, and the way of one activity through it."""

from typing import Any

from aiohttp import web

from adapters.desks.teams.chats import Chats
from adapters.desks.teams.connecting import Connecting
from adapters.desks.teams.connector import Connector
from adapters.desks.teams.delivery import Delivery
from adapters.desks.teams.framework import Dispatch
from adapters.desks.teams.gate import Gate
from adapters.desks.teams.incoming import PERSONAL_VERBS, Changed, Installed, Line, Press, parse
from adapters.desks.teams.keys import SigningKeys
from adapters.desks.teams.lines import Lines
from adapters.desks.teams.people import People
from adapters.desks.teams.places import Places
from adapters.desks.teams.presses import PATIENCE, Presses
from adapters.desks.teams.roster import Roster
from adapters.desks.teams.settings import Installation
from adapters.desks.teams.tokens import AccessTokens
from adapters.desks.teams.whisper import Whisper
from adapters.errands import Errands
from adapters.http import parse_json, problem, read_body
from bridge.ports import Host, Unavailable


class Room:
    def __init__(self, host: Host, installation: Installation) -> None:
        self._host = host
        self._gate = Gate(
            installation, SigningKeys(host.http, installation.openid_url, host.clock), host.clock
        )
        self.connector = Connector(host.http, installation, AccessTokens(host.http, installation, host.clock))
        self.errands = Errands("teams")
        self._places = Places(host, installation)
        self._people = People(host, self.connector)
        self.delivery = Delivery(host, self.connector, self._places, self._people)
        whisper = Whisper(self.connector, self._people)
        self.patience = PATIENCE
        roster = Roster(self.connector, host.clock)
        self._presses = Presses(
            host,
            self._places,
            self._people,
            roster,
            whisper,
            self.errands,
            self.delivery,
            lambda: self.patience,
        )
        self._lines = Lines(host, self._places, self._people, whisper, self.errands)
        self._chats = Chats(host, self._places, self._people, self.connector, self.errands)
        self._connecting = Connecting(host, self._places, self.connector, self.errands)
        self._dispatch = Dispatch(self)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """One address for all that Teams sends. A stranger gets a 401, whatever they sent.

        Only strangers are throttled by address: all of Teams' genuine requests come from a few.
        """
        try:
            return await self._received(request)
        except web.HTTPUnauthorized:
            self._host.throttle.admit(request)
            raise
        except Unavailable:
            raise problem(
                503, "unavailable", "Nothing can be recorded at the moment.", {"Retry-After": "1"}
            ) from None

    async def _received(self, request: web.Request) -> web.StreamResponse:
        claims = await self._gate.claims(request)
        if request.content_type != "application/json":
            raise problem(415, "not_json", "An activity is sent as application/json.")
        payload = parse_json(await read_body(request))
        app = self._gate.app(claims, payload)
        incoming = parse(payload, app)
        await self._places.heard_from(app, str(payload["serviceUrl"]))
        answer = await self._dispatch(str(payload["type"]), incoming)
        if payload["type"] != "invoke":
            return web.Response()
        if answer is None:
            raise problem(400, "unknown_invoke", "Nothing here answers to that.")
        return web.json_response(answer)

    # ---- what the framework brings

    async def pressed(self, press: Press, *, answered: bool) -> dict[str, Any]:
        if press.verb in PERSONAL_VERBS:
            return await self._chats.pressed(press, answered=answered)
        return await self._presses.pressed(press, answered=answered)

    async def wrote(self, line: Line) -> None:
        if await self._connecting.connects(line):
            return
        if line.spot.personal:
            await self._chats.wrote(line)
        else:
            await self._lines.wrote(line)

    async def changed(self, changed: Changed) -> None:
        await self._lines.changed(changed)

    async def installed(self, installed: Installed) -> None:
        if installed.spot.team:
            await self._places.removed(installed.spot, there=installed.there)
        elif installed.spot.personal and installed.there:
            await self._chats.welcome(installed.spot)
