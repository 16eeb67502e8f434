"""What an agent does: claim, send, pass on, take over, release, write. Each becomes one event.

Nothing is decided here. A press carries the epoch of the card that was seen; when the card had changed,
the core refuses and its sentence goes back to the one who pressed, as a 409. The page gives every press an
id, so that a press repeated after a lost answer has one effect.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aiohttp import web

from adapters.desks.console.origin import require_own_page
from adapters.desks.console.reading import FRESH, find
from adapters.desks.console.session import Seat, Sessions
from adapters.desks.console.wire import outcome_json
from adapters.http import field_text, not_found, problem, read_json
from bridge.domain.events import (
    AgentDeleted,
    AgentEdited,
    AgentWrote,
    ClaimPressed,
    DeskEvent,
    OutcomeKind,
    ReleasePressed,
    RetryPressed,
    SendDraftPressed,
    SendSuggestedPressed,
    TakeOverPressed,
    TransferPressed,
)
from bridge.domain.ids import EventKey
from bridge.domain.model import ReleaseOutcome
from bridge.ports import Found, Host, Typing, Unavailable

LONGEST_LINE = 8000
LONGEST_NOTE = 2000
LONGEST_NAME = 200
BODY = 64 * 1024


class Presses:
    def __init__(self, host: Host, sessions: Sessions) -> None:
        self._host = host
        self._sessions = sessions

    async def sign_in(self, request: web.Request) -> web.Response:
        require_own_page(request, self._host.public_url)
        body = await read_json(request, BODY)
        name = field_text(body, "name", limit=60).strip()
        key = field_text(body, "key", limit=200, required=False)
        path = request.match_info
        self._host.throttle.admit(request, session=f"console:{path['tenant']}/{path['desk']}/{name}")
        desk, seat = self._sessions.sign_in(request, name, key)
        response = web.json_response({"agent": seat.agent.name, "until": seat.until.isoformat()})
        self._sessions.remember(response, desk, seat)
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        require_own_page(request, self._host.public_url)
        response = web.Response(status=204)
        self._sessions.forget(response, self._sessions.require(request))
        return response

    async def claim(self, request: web.Request) -> web.Response:
        seat, found, body = await self._press(request)
        return await self._record(ClaimPressed(**_who(seat, found, body), epoch=_epoch(body)))

    async def send(self, request: web.Request) -> web.Response:
        seat, found, body = await self._press(request)
        text = field_text(body, "text", limit=LONGEST_LINE) if body.get("text") is not None else None
        return await self._record(
            SendSuggestedPressed(**_who(seat, found, body), epoch=_epoch(body), text=text)
        )

    async def release(self, request: web.Request) -> web.Response:
        seat, found, body = await self._press(request)
        note = field_text(body, "note", limit=LONGEST_NOTE, required=False).strip()
        outcome = _release_outcome(body)
        return await self._record(
            ReleasePressed(**_who(seat, found, body), epoch=_epoch(body), note=note, outcome=outcome)
        )

    async def transfer(self, request: web.Request) -> web.Response:
        """To a colleague of this desk by name, or to another desk."""
        seat, found, body = await self._press(request)
        name = field_text(body, "to", limit=LONGEST_NAME, required=False)
        return await self._record(
            TransferPressed(
                **_who(seat, found, body),
                epoch=_epoch(body),
                to=self._sessions.colleague(seat, name) if name else None,
                to_desk=field_text(body, "to_desk", limit=LONGEST_NAME, required=False),
                reason=field_text(body, "reason", limit=LONGEST_NOTE, required=False).strip(),
            )
        )

    async def take_over(self, request: web.Request) -> web.Response:
        """From the owner whom the card that was pressed named."""
        seat, found, body = await self._press(request)
        owner = field_text(body, "owner", limit=LONGEST_NAME)
        return await self._record(TakeOverPressed(**_who(seat, found, body), epoch=_epoch(body), owner=owner))

    async def draft(self, request: web.Request) -> web.Response:
        seat, found, body = await self._press(request)
        text = field_text(body, "text", limit=LONGEST_LINE) if body.get("text") is not None else None
        who, epoch, seq = _who(seat, found, body), _epoch(body), _whole(body, "seq")
        return await self._record(SendDraftPressed(**who, epoch=epoch, seq=seq, text=text))

    async def retry(self, request: web.Request) -> web.Response:
        seat, found, body = await self._press(request)
        who, epoch, seq = _who(seat, found, body), _epoch(body), _whole(body, "seq")
        return await self._record(RetryPressed(**who, epoch=epoch, seq=seq))

    async def edit(self, request: web.Request) -> web.Response:
        """A line that this console sent says something else now; without a text it is taken back."""
        seat, found, body = await self._press(request)
        line, text = field_text(body, "line", limit=LONGEST_NAME), _maybe_text(body)
        said = {**_who(seat, found, body), "line": line, "at": self._host.clock.now()}
        return await self._record(AgentEdited(**said, text=text) if text else AgentDeleted(**said))

    async def line(self, request: web.Request) -> web.Response:
        """A line in the thread. Whether it goes to the customer is decided by the core, not here."""
        seat, found, body = await self._press(request)
        if not body.get("id"):
            raise problem(400, "bad_field", "'id' must be a UUID.")
        text = field_text(body, "text", limit=LONGEST_LINE)
        now = self._host.clock.now()
        who, line = _who(seat, found, body), str(UUID(body["id"]))
        return await self._record(AgentWrote(**who, text=text, at=now, line=line), status=202)

    async def typing(self, request: web.Request) -> web.Response:
        """Shows the customer that the owner writes; anybody else's typing is their own affair."""
        seat, found, _ = await self._press(request)
        owner = found.card.owner
        if owner is not None and owner.id == seat.agent.id:
            self._host.inbound.typing(seat.tenant, found.conversation, Typing("agent", seat.agent.name))
        return web.Response(status=204)

    async def _press(self, request: web.Request) -> tuple[Seat, Found, Mapping[str, Any]]:
        seat = self._sessions.require(request)
        require_own_page(request, self._host.public_url)
        body = await read_json(request, BODY)
        return seat, await find(self._host, seat, request), body

    async def _record(self, event: DeskEvent, status: int = 200) -> web.Response:
        try:
            outcome = await self._host.inbound.receive(event)
        except Unavailable:
            why = "Nothing done: it could not be recorded just now. Try again."
            raise problem(503, "unavailable", why, {"Retry-After": "2"}) from None
        if outcome.kind is OutcomeKind.UNKNOWN:
            raise not_found()
        if not outcome.done:
            why = outcome.why or "Nothing done: it came too late."
            raise problem(409, outcome.code or "too_late", why)
        return web.json_response(outcome_json(outcome), status=status, headers=FRESH)


def _who(seat: Seat, found: Found, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tenant": seat.tenant,
        "conversation": found.conversation,
        "key": _key(body),
        "handoff": found.handoff,
        "desk": seat.desk,
        "agent": seat.agent,
    }


def _key(body: Mapping[str, Any]) -> EventKey:
    raw = body.get("id")
    if raw is None:
        return EventKey("")
    try:
        return EventKey(f"console:{UUID(raw)}")
    except (ValueError, TypeError, AttributeError):
        raise problem(400, "bad_field", "'id' must be a UUID.") from None


def _epoch(body: Mapping[str, Any]) -> int:
    return _whole(body, "epoch")


def _whole(body: Mapping[str, Any], name: str) -> int:
    number = body.get(name)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**53:
        raise problem(400, "bad_field", f"'{name}' must be the whole number that the page was given.")
    return number


def _maybe_text(body: Mapping[str, Any]) -> str:
    return field_text(body, "text", limit=LONGEST_LINE, required=False).strip()


def _release_outcome(body: Mapping[str, Any]) -> ReleaseOutcome | None:
    raw = field_text(body, "outcome", limit=LONGEST_NAME, required=False)
    try:
        return ReleaseOutcome(raw) if raw else None
    except ValueError:
        known = ", ".join(ReleaseOutcome)
        raise problem(400, "bad_field", f"'outcome' must be one of {known}.") from None
