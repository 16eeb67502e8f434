"""The tenant's AI over HTTP passes what every answerer must."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.contracts.answerer import GARBLED, AnswererContract, AnswererDriver, Tool
from tests.fakes.customer_side import Received, ScriptedAnswerer
from tests.fakes.desk_core import OwnClock

ORDER = "AC-1042"
WORDS = "It leaves today."


class OrderAI(ScriptedAnswerer):
    """Repeats what it is asked; asked for an order it uses its look-up."""

    tool: Tool = "works"
    looked_up = 0

    async def usual(self, request: web.Request, received: Received) -> web.StreamResponse:
        asked = " ".join(said["text"] for said in received.body["messages"])
        if ORDER not in asked:
            return web.json_response({"text": f"You asked: {asked[:200]}", "confidence": 0.95})
        if self.tool == "hangs":
            async with self._news:
                self.looked_up += 1
                self._news.notify_all()
            return await self.hang(request)
        call: dict[str, Any] = {"name": "order", "arguments": {"number": ORDER}, "ok": self.tool != "fails"}
        if self.tool == "garbles":
            call["result"] = json.loads(GARBLED)
        sure = 1.7 if self.tool == "garbles" else 0.95
        return web.json_response({"text": WORDS, "confidence": sure, "tool_calls": [call]})


class HttpDriver(AnswererDriver):
    kind = "http"
    answers: Mapping[str, str] = {
        "What does delivery cost?": "delivery cost",
        "When do you open?": "you open",
    }
    look_up = f"Where is my order {ORDER}?"
    words = WORDS
    ai: OrderAI

    async def open(self, folder: Path, clock: OwnClock) -> None:
        self.ai = OrderAI(now=clock.now)
        await self.ai.__aenter__()
        self.secrets = (self.ai.secret,)
        self.addresses = (self.ai.url,)

    async def close(self) -> None:
        await self.ai.__aexit__(None, None, None)

    def section(self) -> dict[str, Any]:
        return {"url": self.ai.url, "secret": self.ai.secret, "timeout": 1}

    def tool(self, does: Tool) -> None:
        self.ai.tool = does

    async def until_asked(self, times: int) -> None:
        await self.ai.until(lambda: self.ai.looked_up >= times)


class TestHttp(AnswererContract):
    def driver(self) -> AnswererDriver:
        return HttpDriver()
