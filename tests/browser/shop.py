"""A shop's page with the widget on it, and the bridge's web chat behind it, on two real origins.

The page is as strict as pages get: its Content-Security-Policy allows no inline script, no inline style
and no eval. The network between them can be cut.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from html import escape
from typing import Any, Self, TypeVar

from aiohttp import web

from adapters.channels.webchat import Adapter, Settings
from bridge.domain.tenant import ChannelTraits
from tests.fakes.desk_core import OwnClock
from tests.fakes.inbound import ACME, ChannelDirectory, InboundCore, channel_host

T = TypeVar("T")
SECRET = "acme-identity-secret-of-32-bytes!"

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Acme Outdoor</title>
<link rel="stylesheet" href="/page.css"></head><body>
<h1>Acme Outdoor</h1><p>Tents, boots and good weather.</p><button id="buy">Buy</button>
<div id="place"></div>
<script src="{src}" {attributes}></script></body></html>"""
# Hostile styles: what a shop's own sheet may do to everything on its page.
PAGE_CSS = """body { font: 18px/1.6 Georgia, serif; margin: 40px; background: #f4efe6; color: #3b2f20 }
* { letter-spacing: .04em } button, textarea, p, li { background: tomato; color: lime; font-size: 9px }
#place:not(:empty) { block-size: 600px; max-inline-size: 460px }"""


class Shop:
    """Runs in a thread of its own, for the browser's driver blocks."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runners: list[web.AppRunner] = []
        self._alive: set[asyncio.Transport] = set()
        self.is_cut = False
        self.lose_answers = False
        self.attributes = 'data-tenant="acme" data-channel="web"'
        self.requests: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._open())
        return self

    def __exit__(self, *error: object) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def do(self, act: Callable[[], object]) -> None:
        async def now() -> None:
            act()

        self.run(now())

    def cut(self) -> None:
        """The network is gone: open connections break, new ones fail."""
        self.is_cut = True
        self.do(self._break)

    def mend(self) -> None:
        self.is_cut = False

    def break_connections(self) -> None:
        """Open connections break; new ones work."""
        self.do(self._break)

    async def _open(self) -> None:
        clock = OwnClock()
        self.core = InboundCore(clock, ChannelTraits(push=False, states=True, files=True, edits=True))
        directory = ChannelDirectory(dict(self.core.tenants))
        page = web.Application()
        page.router.add_get("/", self._page)
        page.router.add_get("/page.css", self._css)
        self.url = await self._serve(page)
        directory.channels[ACME, "web", "webchat"] = Settings.model_validate(
            {"kind": "webchat", "origins": [self.url], "identity_secret": SECRET, **self._settings}
        )
        self.adapter = Adapter(channel_host(self.core, directory))
        bridge = web.Application(middlewares=[self._network])
        bridge.add_routes(self.adapter.routes())
        await self.adapter.start()
        self.bridge_url = await self._serve(bridge)

    async def _close(self) -> None:
        await self.adapter.stop()
        for runner in self._runners:
            await runner.cleanup()

    async def _serve(self, app: web.Application) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    @web.middleware
    async def _network(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        self.requests.append(f"{request.method} {request.path_qs}")
        if self.is_cut:
            transport.abort()
            return web.Response()
        self._alive.add(transport)
        try:
            response = await handler(request)
        finally:
            self._alive.discard(transport)
        if self.lose_answers and request.method == "POST":
            transport.abort()
        return response

    def _break(self) -> None:
        for transport in list(self._alive):
            transport.abort()

    async def _page(self, request: web.Request) -> web.Response:
        src = escape(f"{self.bridge_url}/widget.js")
        policy = (
            f"default-src 'none'; script-src {self.bridge_url}; connect-src {self.bridge_url};"
            " style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
            " require-trusted-types-for 'script'"
        )
        return web.Response(
            text=PAGE.format(src=src, attributes=self.attributes),
            content_type="text/html",
            headers={"Content-Security-Policy": policy},
        )

    async def _css(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE_CSS, content_type="text/css")
