"""The whole of it, on a real port."""

import asyncio

from aiohttp import ClientSession, web

from tests.fakes.slack.oauth import OAuth


class FakeSlack(OAuth):
    async def start(self) -> None:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_post("/api/oauth.v2.access", self._exchange)
        app.router.add_post("/api/apps.connections.open", self._connections_open)
        app.router.add_route("*", "/api/{method}", self._called)
        app.router.add_get("/link/", self._linked)
        app.router.add_get("/files/{file}/{name}", self._downloaded)
        app.router.add_post("/respond/{number}", self._responded)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.api_url = f"http://{host}:{port}/api/"
        self._session = ClientSession()
        self._ending = asyncio.Event()

    async def stop(self) -> None:
        self._ending.set()
        for socket in list(self.sockets):
            await socket.close()
        await self._session.close()
        await self._runner.cleanup()

    async def _downloaded(self, request: web.Request) -> web.StreamResponse:
        """A file's private address: without a token of its workspace Slack shows its sign-in page."""
        team, _, content = self.files[request.match_info["file"]]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token) != team or "files:read" not in self.workspaces[team].scopes:
            return web.Response(text="<html>Sign in to Slack</html>", content_type="text/html")
        return web.Response(body=content, content_type="application/octet-stream")
