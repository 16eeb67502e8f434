"""Who sits at a console desk: signing in with name and key, and the cookie that remembers it.

The cookie is stateless and signed. It names tenant, desk and agent, ends after 12 hours, and is worth
nothing once the agent is gone from the settings or has another key: both are looked up at every request.
Whatever is wrong, the answer is the same 401.
"""

import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from aiohttp import web

from adapters.desks.console.settings import AgentSettings, Settings, only_this_machine
from adapters.http import problem, unauthorized
from bridge.domain.ids import TenantId
from bridge.domain.model import Agent
from bridge.ports import DeskAddress, Host

COOKIE = "console_seat"
SITTING = timedelta(hours=12)
KIND = "console"


@dataclass(frozen=True, slots=True)
class Seat:
    """One agent at one desk of one tenant, for as long as the cookie holds."""

    tenant: TenantId
    desk: str
    agent: Agent
    until: datetime


class Sessions:
    def __init__(self, host: Host) -> None:
        self._host = host

    def sign_in(self, request: web.Request, name: str, key: str) -> tuple[DeskAddress, Seat]:
        """The seat for a right name and key at the desk in the path. Raises the one 401 otherwise."""
        desk = self._desk(request)
        known = _settings(desk).agent(name) if desk else None
        if desk is None or not self._opens(known, key) or known is None:
            raise unauthorized()
        until = self._host.clock.now() + SITTING
        return desk, Seat(desk.tenant, desk.desk, Agent(f"{KIND}:{name}", known.name), until)

    def remember(self, response: web.StreamResponse, desk: DeskAddress, seat: Seat) -> None:
        known = _settings(desk).agent(seat.agent.name)
        assert known is not None
        fields = [seat.tenant, seat.desk, known.name, int(seat.until.timestamp()), self._stamp(known)]
        response.set_cookie(
            COOKIE,
            self._host.secrets.sign("console", json.dumps(fields).encode()),
            path=_path(seat.tenant, seat.desk),
            max_age=int(SITTING.total_seconds()),
            httponly=True,
            samesite="Strict",
            secure=self._host.public_url.startswith("https:"),
        )

    def forget(self, response: web.StreamResponse, seat: Seat) -> None:
        response.del_cookie(COOKIE, path=_path(seat.tenant, seat.desk), httponly=True, samesite="Strict")

    def require(self, request: web.Request) -> Seat:
        """The seat that the cookie proves for the desk in the path; the one 401 for anything else."""
        seat = self._read(request)
        if seat is None:
            self._host.throttle.admit(request)
            raise unauthorized()
        return seat

    def colleagues(self, seat: Seat) -> list[str]:
        """The other agents of a seat's desk, by name."""
        desk = self._host.directory.desk(seat.tenant, seat.desk, KIND)
        agents = _settings(desk).agents if desk else ()
        return [agent.name for agent in agents if agent.name != seat.agent.name]

    def colleague(self, seat: Seat, name: str) -> Agent:
        """An agent of the seat's desk; 400 where there is none of that name."""
        if name not in (*self.colleagues(seat), seat.agent.name):
            raise problem(400, "bad_field", "'to' must be the name of a colleague at this desk.")
        return Agent(f"{KIND}:{name}", name)

    def holds(self, request: web.Request) -> bool:
        """Whether the seat is still good: for streams, which outlive a change of the settings."""
        return self._read(request) is not None

    def _read(self, request: web.Request) -> Seat | None:
        payload = self._host.secrets.read("console", request.cookies.get(COOKIE, ""))
        desk = self._desk(request)
        if payload is None or desk is None:
            return None
        tenant, name_of_desk, name, until, stamp = json.loads(payload)
        known = _settings(desk).agent(name)
        if (tenant, name_of_desk) != (desk.tenant, desk.desk) or known is None:
            return None
        now = self._host.clock.now()
        if until <= now.timestamp() or not hmac.compare_digest(stamp, self._stamp(known)):
            return None
        ends = datetime.fromtimestamp(until, tz=now.tzinfo)
        return Seat(desk.tenant, desk.desk, Agent(f"{KIND}:{known.name}", known.name), ends)

    def _desk(self, request: web.Request) -> DeskAddress | None:
        path = request.match_info
        return self._host.directory.desk(path["tenant"], path["desk"], KIND)

    def _opens(self, known: AgentSettings | None, key: str) -> bool:
        """Compares in constant time, also where there is nobody of that name."""
        if known is not None and known.key is None:
            return only_this_machine(self._host.public_url)
        right = known.key.get_secret_value() if known and known.key else ""
        same = hmac.compare_digest(sha256(key.encode()).digest(), sha256(right.encode()).digest())
        return same and bool(right)

    def _stamp(self, known: AgentSettings) -> str:
        """Changes with the agent's key. Keyed, so that a cookie gives nothing to guess the key by."""
        key = known.key.get_secret_value() if known.key else ""
        return sha256(self._host.secrets.sign("console-key", key.encode()).encode()).hexdigest()[:24]


def _settings(desk: DeskAddress) -> Settings:
    assert isinstance(desk.settings, Settings)
    return desk.settings


def _path(tenant: str, desk: str) -> str:
    return f"/console/{tenant}/{desk}"
