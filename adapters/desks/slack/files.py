"""Files that agents put into a thread: the customer gets a link of ours, which fetches the file from Slack.

Slack's own addresses ask for a sign-in. Our link is signed, names one file of one desk, and ends with the
time that the transcript's links have. It must never fetch anything but a file of Slack's, nor show one as a
page of ours.
"""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote, urlsplit

from aiohttp import ClientError, web

from adapters.desks.slack.incoming import Attached, Line
from adapters.desks.slack.workspaces import Workspaces
from adapters.http import not_found, problem
from bridge.domain.model import File
from bridge.domain.text import cut, one_line
from bridge.ports import CredentialsRejected, DeskAddress, Host

logger = logging.getLogger(__name__)

PATH = "/slack/files/{token}"
VALID = timedelta(days=30)
LARGEST = 100 * 1024 * 1024
PATIENCE = 60.0
_PURPOSE = "slack.file"
_HOST = "files.slack.com"
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
"""Types that a browser shows without running anything; the rest is downloaded."""


class Files:
    def __init__(self, host: Host, workspaces: Workspaces, api_url: str) -> None:
        self._host = host
        self._workspaces = workspaces
        self._own = urlsplit(api_url).netloc

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get(PATH, self._fetch)]

    def of(self, desk: DeskAddress, line: Line) -> tuple[File, ...]:
        """A line's files, each with our link to it; without one where it is none of Slack's own."""
        return tuple(self._file(desk, each) for each in line.files)

    def _file(self, desk: DeskAddress, given: Attached) -> File:
        name = cut(one_line(given.name or given.title or ""), 80) or "unnamed"
        mime = given.mime if len(given.mime) <= 100 else ""
        if not self._is_slacks(given.url):
            return File(name, "", mime, given.size)
        until = int((self._host.clock.now() + VALID).timestamp())
        kept = [desk.tenant, desk.desk, given.url, name, mime, until]
        token = self._host.secrets.sign(_PURPOSE, json.dumps(kept).encode())
        url = f"{self._host.public_url.rstrip('/')}{PATH.replace('{token}', token)}"
        return File(name, url, mime, given.size)

    def _is_slacks(self, url: str) -> bool:
        if len(url) > 1_000:
            return False
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return (parts.scheme == "https" and parts.netloc == _HOST) or parts.netloc == self._own

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        self._host.throttle.admit(request)
        read = self._host.secrets.read(_PURPOSE, request.match_info["token"])
        if read is None:
            raise not_found()
        tenant, name, url, filename, mime, until = json.loads(read)
        desk = self._host.directory.desk(tenant, name, "slack")
        if desk is None or self._host.clock.now().timestamp() > until:
            raise not_found()
        try:
            token = await self._workspaces.token(desk.settings)
        except CredentialsRejected:
            raise not_found() from None
        return await self._passed_on(request, url, token, filename, mime)

    async def _passed_on(
        self, request: web.Request, url: str, token: str, filename: str, mime: str
    ) -> web.StreamResponse:
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._host.http.session.get(url, headers=headers) as found,
            ):
                # Without the scope Slack shows its sign-in page, with a 200.
                page = found.content_type == "text/html" and mime != "text/html"
                if found.status != 200 or page or (found.content_length or 0) > LARGEST:
                    logger.warning("slack: a file can not be fetched; does the app have files:read?")
                    raise not_found()
                answer = web.StreamResponse(headers=dict(_headers(filename, mime)))
                await answer.prepare(request)
                async for chunk in found.content.iter_chunked(65_536):
                    await answer.write(chunk)
                return answer
        except (ClientError, OSError, TimeoutError):
            raise problem(503, "unavailable", "The file can not be fetched now.") from None


def _headers(filename: str, mime: str) -> Iterator[tuple[str, str]]:
    shown = mime in _SHOWN
    yield "Content-Type", mime if shown else "application/octet-stream"
    how = "inline" if shown else "attachment"
    yield "Content-Disposition", f"{how}; filename*=UTF-8''{quote(filename, safe='')}"
    yield "X-Content-Type-Options", "nosniff"
    yield "Content-Security-Policy", "default-src 'none'; sandbox"
    yield "Cache-Control", "private, no-store"
