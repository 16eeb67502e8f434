"""Everything the bridge talks to, on one port: the tenants' AI, their shops, and Slack. Answers at once.

    world = await World.open()
    told = world.expect("assistant:c1")      # before it is caused
    await told                               # the shop was told what the assistant says

It lives in the load generator's process, whose processor time is not the subject's.
"""

import asyncio
import json
from itertools import count
from typing import Any

from bench.load.wire import Served
from bench.scene import ANSWER, HOST, TEAM

PATIENCE = 20.0
"""Seconds that anything at all may take."""

_ANSWER = json.dumps(
    {
        "text": ANSWER,
        "confidence": 0.94,
        "citations": [{"title": "Delivery", "url": "https://shop.example.com/help/delivery"}],
        "reasoning": "The help page on delivery names the days.",
        "tool_calls": [],
        "handoff": None,
    }
).encode()


class World:
    def __init__(self) -> None:
        self.port = 0
        self.calls = 0
        """Requests answered so far."""
        self.cards: dict[str, dict[str, Any]] = {}
        """Cards by the customer's name, as they were posted."""
        self._expected: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._stamps = count(1)
        self._server: asyncio.Server

    @classmethod
    async def open(cls) -> "World":
        world = cls()
        loop = asyncio.get_running_loop()
        world._server = await loop.create_server(lambda: Served(world._answer), HOST, 0, backlog=1024)
        world.port = world._server.sockets[0].getsockname()[1]
        return world

    async def close(self) -> None:
        self._server.close()

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.port}{path}"

    def expect(self, what: str) -> "asyncio.Future[dict[str, Any]]":
        """Done when it happens: `assistant:CONVERSATION`, `card:NAME`, `update:TS` and the like."""
        expected = self._expected.get(what)
        if expected is None:
            expected = self._expected[what] = asyncio.get_running_loop().create_future()
        return expected

    async def quiet(self, seconds: float = 0.15) -> None:
        """Until nobody has called for so long."""
        while True:
            before = self.calls
            await asyncio.sleep(seconds)
            if self.calls == before:
                return

    def happened(self, what: str, told: dict[str, Any]) -> None:
        expected = self._expected.pop(what, None)
        if expected is not None and not expected.done():
            expected.set_result(told)

    def _answer(self, path: str, body: bytes) -> bytes:
        self.calls += 1
        if path == "/answer":
            return _ANSWER
        if path == "/shop":
            told = json.loads(body)
            self.happened(f"{told.get('author', told['type'])}:{told['conversation']}", told)
            return b"{}"
        return json.dumps(self._slack(path.rpartition("/")[2], body)).encode()

    def _slack(self, method: str, body: bytes) -> dict[str, Any]:
        name = method.partition("?")[0]
        if name == "chat.postMessage":
            return self._posted(json.loads(body))
        if name == "chat.update":
            told = json.loads(body)
            self.happened(f"update:{told['ts']}", told)
            return {"ok": True, "channel": told["channel"], "ts": told["ts"], "text": told.get("text", "")}
        if name == "users.info":
            user = method.partition("user=")[2]
            return {"ok": True, "user": {"id": user, "name": "ana", "profile": {"display_name": "Ana"}}}
        if name == "auth.test":
            return {"ok": True, "team_id": TEAM, "user_id": "UBOT", "bot_id": "B000000001", "user": "bridge"}
        return {"ok": True, "messages": []}

    def _posted(self, message: dict[str, Any]) -> dict[str, Any]:
        ts = f"1700000000.{next(self._stamps):09d}"
        if message.get("metadata"):
            shown = json.dumps(message["blocks"])
            begins = shown.find("Eve-")
            name = shown[begins : begins + NAME_LENGTH]
            self.cards[name] = {**message, "ts": ts}
            self.happened(f"card:{name}", self.cards[name])
        return {"ok": True, "channel": message["channel"], "ts": ts, "message": {"ts": ts}}


NAME_LENGTH = 12


def customer_name(number: int) -> str:
    """A name that a card can be found by."""
    return f"Eve-{number:08d}"
