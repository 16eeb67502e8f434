"""A desk's callbacks as a calendar (RFC 5545), at a secret link, for the agents' own calendars.

Whoever holds the link may read it; it is random, stored hashed, and stops working when a new one is made.
It says when, who and about what; addresses and what was written stay inside. A GET changes nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web
from icalendar import Calendar, Event

from bridge.domain.ids import TenantId
from bridge.ports import CallbackView, Throttle

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Callbacks(Protocol):
    """What the calendar reads."""

    async def desk_of(self, token: str) -> tuple[TenantId, str] | None: ...
    async def views(self, tenant: TenantId, desk: str) -> Sequence[CallbackView]: ...


def calendar_routes(callbacks: Callbacks, throttle: Throttle) -> Sequence[web.AbstractRouteDef]:
    async def show(request: web.Request) -> web.Response:
        throttle.admit(request)
        found = await callbacks.desk_of(request.match_info["token"])
        if found is None:
            return web.Response(status=404, text="This calendar does not exist.", headers=_HEADERS)
        body = render(await callbacks.views(*found), found[1], datetime.now(UTC))
        return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=_HEADERS)

    return [web.get("/calendars/{token}.ics", show)]


def render(views: Sequence[CallbackView], desk: str, now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//handoff-bridge//callbacks//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Callbacks: {desk}")
    for view in views:
        event = Event()
        event.add("uid", f"{view.conversation}.{view.number}@handoff-bridge")
        event.add("dtstamp", now)
        event.add("dtstart", view.at.astimezone(UTC))
        event.add("dtend", view.until.astimezone(UTC))
        event.add("summary", f"Callback: {view.who}")
        event.add("description", f"{view.want}\nPromised for {view.local} ({view.zone})")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
