"""The embedded answerer, with a small folder and one look-up, passes what every answerer must."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.contracts.answerer import GARBLED, AnswererContract, AnswererDriver, Tool
from tests.fakes.desk_core import OwnClock

ORDER = "AC-1042"
KEY_IN_ADDRESS = "k-5b1f0c77"
FOLDER = """\
---
url: https://shop.example/help
---
## What does delivery cost?
Also: How much is shipping? | delivery costs

Delivery costs 4.90 € and is free from 60 €.

## What are your opening hours?
Also: When do you open? | opening times

Our stores are open Monday to Saturday, 10:00 to 20:30.
"""


class Orders:
    """The shop's look-up, on a real socket."""

    def __init__(self) -> None:
        self.does: Tool = "works"
        self.held = 0
        self._news = asyncio.Condition()
        self._closing = asyncio.Event()
        app = web.Application()
        app.router.add_get("/orders", self._look_up)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url(f"/orders?key={KEY_IN_ADDRESS}"))

    async def close(self) -> None:
        self._closing.set()
        await self.server.close()

    async def until_held(self, times: int) -> None:
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: self.held >= times)

    async def _look_up(self, request: web.Request) -> web.Response:
        if self.does == "hangs":
            async with self._news:
                self.held += 1
                self._news.notify_all()
            await self._closing.wait()
        if self.does == "garbles":
            garbled = {"ok": True, "number": ORDER, "status": json.loads(GARBLED)["text"]}
            return web.json_response({**garbled, "parcel": json.loads(GARBLED)})
        if self.does != "works":
            return web.json_response({"ok": False, "number": ORDER, "status": "on the moon"})
        return web.json_response({"ok": True, "number": request.query["number"], "status": "on its way"})


class FaqDriver(AnswererDriver):
    kind = "faq"
    addresses = (KEY_IN_ADDRESS, "127.0.0.1")
    answers: Mapping[str, str] = {
        "What does delivery cost?": "4.90 €",
        "What are your opening hours?": "10:00 to 20:30",
    }
    look_up = f"Where is my order {ORDER}?"

    def __init__(self) -> None:
        self.orders = Orders()

    async def open(self, folder: Path, clock: OwnClock) -> None:
        (folder / "help.md").write_text(FOLDER, "utf-8")
        self._folder = folder
        await self.orders.server.start_server(shutdown_timeout=1)

    async def close(self) -> None:
        await self.orders.close()

    def section(self) -> dict[str, Any]:
        tool = {
            "name": "order_status",
            "url": self.orders.url,
            "when": r"\b(?P<number>AC-\d{4})\b",
            "answer": "Order {{ result.number }} is {{ result.status }}.",
            "timeout": 0.3,
        }
        return {"folder": str(self._folder), "tools": [tool]}

    def tool(self, does: Tool) -> None:
        self.orders.does = does

    async def until_asked(self, times: int) -> None:
        await self.orders.until_held(times)


class TestFaq(AnswererContract):
    def driver(self) -> AnswererDriver:
        return FaqDriver()
