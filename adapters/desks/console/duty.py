"""Who is on call at the desk, the agent's own switch, and the callbacks that the desk has promised.

A switch holds for `HOLDS` and says so: nobody stays on call, or away, because they forgot it.
"""

from datetime import timedelta
from typing import Any

from aiohttp import web

from adapters.desks.console.origin import require_own_page
from adapters.desks.console.reading import FRESH
from adapters.desks.console.session import Seat, Sessions
from adapters.http import problem, read_json
from bridge.ports import CallbackView, Host, OnCall, Unavailable

HOLDS = timedelta(hours=12)
BODY = 1024


class OnDuty:
    def __init__(self, host: Host, sessions: Sessions) -> None:
        self._host = host
        self._sessions = sessions

    async def show(self, request: web.Request) -> web.Response:
        seat = self._sessions.require(request)
        return await self._answer(seat, await self._host.duty.on_call(seat.tenant, seat.desk))

    async def switch(self, request: web.Request) -> web.Response:
        seat = self._sessions.require(request)
        require_own_page(request, self._host.public_url)
        body = await read_json(request, BODY)
        on = body.get("on")
        if not isinstance(on, bool):
            raise problem(400, "bad_field", "'on' must be true or false.")
        until = self._host.clock.now() + HOLDS
        try:
            now = await self._host.duty.switch(seat.tenant, seat.desk, seat.agent, on, until=until)
        except Unavailable:
            why = "Not switched: it could not be recorded just now. Try again."
            raise problem(503, "unavailable", why, {"Retry-After": "2"}) from None
        return await self._answer(seat, now)

    async def _answer(self, seat: Seat, now: OnCall) -> web.Response:
        callbacks = await self._host.board.callbacks(seat.tenant, seat.desk)
        body = {
            "now": self._host.clock.now().isoformat(),
            **_mine(seat, now),
            "staffed": now.staffed,
            "agents": [agent.name for agent in now.agents],
            "next_start": now.next_start.isoformat() if now.next_start else None,
            "callbacks": [_callback(view) for view in callbacks],
        }
        return web.json_response(body, headers=FRESH)


def _mine(seat: Seat, now: OnCall) -> dict[str, Any]:
    """Whether this agent is on call: by their own word, by name, or as one of the team."""
    said = next((switch for switch in now.switches if switch.agent.id == seat.agent.id), None)
    named = any(agent.id == seat.agent.id for agent in now.agents)
    on = said.on if said else named or (now.staffed and not now.agents)
    return {"on": on, "until": said.until.isoformat() if said and said.until else None}


def _callback(view: CallbackView) -> dict[str, Any]:
    return {
        "handoff": view.handoff,
        "number": view.number,
        "at": view.at.isoformat(),
        "local": view.local,
        "zone": view.zone,
        "due": view.state == "due",
        "who": view.who,
        "want": view.want,
        "reach": view.reach,
    }
