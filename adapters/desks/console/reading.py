"""What an agent sees: the desk's cards, and one handoff with its thread. Only of the desk they sit at."""

from aiohttp import web

from adapters.desks.console.session import Seat, Sessions
from adapters.desks.console.wire import SHOWN, card_json, entry_json
from adapters.http import not_found, problem
from bridge.domain.ids import HandoffId, split_handoff_id
from bridge.ports import Found, Host

PAGE = 500
"""Thread entries in one answer; the page asks again from `next`."""
FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Reading:
    def __init__(self, host: Host, sessions: Sessions) -> None:
        self._host = host
        self._sessions = sessions

    async def seat(self, request: web.Request) -> web.Response:
        seat = self._sessions.require(request)
        tenant = self._host.directory.tenant(seat.tenant)
        company = tenant.name if tenant else seat.tenant
        body = {
            "agent": seat.agent.name,
            "company": company,
            "until": seat.until.isoformat(),
            "colleagues": self._sessions.colleagues(seat),
            "desks": [desk for desk in tenant.desks if desk != seat.desk] if tenant else [],
        }
        return web.json_response(body, headers=FRESH)

    async def cards(self, request: web.Request) -> web.Response:
        seat = self._sessions.require(request)
        cards = await self._host.board.open_cards(seat.tenant, seat.desk)
        now = self._host.clock.now().isoformat()
        body = {"now": now, "cards": [card_json(card, seat.agent) for card in cards]}
        return web.json_response(body, headers=FRESH)

    async def thread(self, request: web.Request) -> web.Response:
        """The card as it is now, and the thread's entries after `after`."""
        seat = self._sessions.require(request)
        found = await find(self._host, seat, request)
        after = _after(request)
        entries = await self._host.board.thread(seat.tenant, found.card.handoff, after)
        page = entries[:PAGE]
        body = {
            "now": self._host.clock.now().isoformat(),
            "card": card_json(found.card, seat.agent),
            "entries": [entry_json(entry, seat.agent) for entry in page if entry.kind in SHOWN],
            "next": page[-1].seq if page else after,
            "more": len(entries) > PAGE,
        }
        return web.json_response(body, headers=FRESH)


async def find(host: Host, seat: Seat, request: web.Request) -> Found:
    """The handoff in the path, when it is one of this desk; the same 404 for every other."""
    return await find_handoff(host, seat, request.match_info["handoff"])


async def find_handoff(host: Host, seat: Seat, handoff: str) -> Found:
    if split_handoff_id(handoff) is None:
        raise not_found()
    found = await host.board.find(seat.tenant, HandoffId(handoff))
    if found is None or found.tenant != seat.tenant or found.desk != seat.desk:
        raise not_found()
    return found


def _after(request: web.Request) -> int:
    raw = request.query.get("after", "0")
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 15):
        raise problem(400, "bad_field", "'after' must be a whole number from 0 up.")
    return int(raw)
