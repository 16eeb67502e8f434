"""A web server with calendars on it, as it may be found: well, gone, or something else altogether."""

from datetime import UTC, datetime, timedelta
from typing import Self

from aiohttp import web

STAMP = "%Y%m%dT%H%M%SZ"


def on_call(start: datetime, end: datetime, summary: str = "On call - Ana") -> str:
    """A calendar with one shift."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//test//",
        "BEGIN:VEVENT",
        "UID:1",
        "DTSTAMP:20260101T000000Z",
        f"DTSTART:{start.astimezone(UTC):{STAMP}}",
        f"DTEND:{end.astimezone(UTC):{STAMP}}",
        f"SUMMARY:{summary}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines)


def around(now: datetime) -> str:
    return on_call(now - timedelta(hours=1), now + timedelta(hours=8))


class CalendarServer:
    """Answers `/NAME.ics` with what `pages` holds; `asked` counts."""

    def __init__(self) -> None:
        self.pages: dict[str, str | int] = {}
        self.asked = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{name}.ics", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        page = self.pages.get(request.match_info["name"], 404)
        if isinstance(page, int):
            headers = {"Location": "http://169.254.169.254/latest"} if page == 302 else {}
            return web.Response(status=page, headers=headers)
        return web.Response(text=page, content_type="text/calendar")
