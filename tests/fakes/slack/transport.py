"""How Slack reaches the bridge: signed requests, or the sockets that the bridge opened."""

import asyncio
import json
from collections.abc import Mapping
from itertools import cycle
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import ClientSession, WSMsgType, web

from tests.fakes.slack.web_api import WebApi, limited
from tests.fakes.slack.world import APP, APP_TOKEN, Refused, Reply, signed

Kind = Literal["events_api", "interactive", "slash_commands"]
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PATIENCE = 3.0


class Transport(WebApi):
    _session: ClientSession

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.sockets: list[web.WebSocketResponse] = []
        """Open ones. While there is one, everything goes that way, to one of them each time."""
        self.sent: list[Mapping[str, Any]] = []
        """Every payload that went through a socket."""
        self._tickets: set[str] = set()
        self._acks: dict[str, asyncio.Future[Any]] = {}
        self._turns = cycle(range(1_000_000))

    async def send(self, kind: Kind, payload: Mapping[str, Any]) -> Reply:
        if self.sockets:
            return await self.send_through_socket(kind, payload)
        if kind == "events_api":
            return await self.send_json(payload)
        return await self.send_form(payload) if kind == "interactive" else await self._send_fields(payload)

    async def send_json(self, payload: Any) -> Reply:
        return await self.deliver(json.dumps(payload).encode(), JSON)

    async def send_form(self, payload: Any) -> Reply:
        return await self._send_fields({"payload": json.dumps(payload)})

    async def _send_fields(self, fields: Mapping[str, Any]) -> Reply:
        return await self.deliver(urlencode(fields).encode(), FORM)

    async def resend(self) -> Reply:
        """The same delivery again, as after a lost answer."""
        return await self.deliver(*self._last, headers={"X-Slack-Retry-Num": "1"})

    async def deliver(
        self,
        body: bytes,
        content_type: str,
        *,
        timestamp: str | None = None,
        signature: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Any bytes; signed with the app's secret unless a signature is given ('' = without the header)."""
        self._last = (body, content_type)
        stamp = timestamp if timestamp is not None else str(int(self.clock.now().timestamp()))
        given = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signed(stamp, body) if signature is None else signature,
            **(headers or {}),
        }
        sent = {name: value for name, value in given.items() if value}
        async with self._session.post(f"{self.bridge}/slack/events", data=body, headers=sent) as response:
            return Reply(response.status, await response.text())

    # ---- sockets

    async def send_through_socket(
        self, kind: Kind, payload: Mapping[str, Any], *, retry: int = 0, patience: float = PATIENCE
    ) -> Reply:
        """To one of the open sockets; the reply is what it acknowledged with, within three seconds."""
        socket = self.sockets[next(self._turns) % len(self.sockets)]
        envelope: dict[str, Any] = {"envelope_id": str(uuid4()), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        acknowledged = asyncio.get_running_loop().create_future()
        self._acks[envelope["envelope_id"]] = acknowledged
        self.sent.append(payload)
        await socket.send_json(envelope)
        try:
            async with asyncio.timeout(patience):
                answer = await acknowledged
        except TimeoutError:
            return Reply(0, "")
        return Reply(200, json.dumps(answer) if answer else "")

    async def refresh_sockets(self) -> None:
        """Slack closes each connection now and then, and says so first."""
        for socket in list(self.sockets):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
            await socket.close()

    def break_sockets(self) -> None:
        """The line is cut without a word."""
        for socket in list(self.sockets):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()

    def _open_connection(self, token: str) -> dict[str, Any]:
        if token != APP_TOKEN:
            raise Refused("invalid_auth" if not token.startswith("xoxb") else "not_allowed_token_type")
        ticket = uuid4().hex
        self._tickets.add(ticket)
        base = self.api_url.replace("http://", "ws://").replace("/api/", "/link/")
        return {"ok": True, "url": f"{base}?ticket={ticket}&app_id={APP}"}

    async def _connections_open(self, request: web.Request) -> web.StreamResponse:
        kind, fault = ("", "")
        if waiting := self._faults["apps.connections.open"]:
            kind, fault = waiting.popleft()
        if kind == "limit":
            return limited(fault)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            if kind == "error":
                raise Refused(fault)
            return web.json_response(self._open_connection(token))
        except Refused as refused:
            return web.json_response({"ok": False, "error": str(refused)})

    async def _linked(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=10)
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        self.sockets.append(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(json.loads(message.data))
        finally:
            self.sockets.remove(socket)
        return socket

    def _acknowledged(self, answer: Mapping[str, Any]) -> None:
        waiting = self._acks.pop(answer["envelope_id"], None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload"))
