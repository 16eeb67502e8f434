"""What stands around the bridge in a history: two tenants with shop and AI, one Slack with a workspace for
each, and a proxy on every way. The same for replicas in this process and in processes of their own."""

import asyncio
import base64
import os
import random
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import yaml
from aiohttp import ClientSession, ClientTimeout, web

from bridge.ports import Clock
from tests.fakes.customer_side import CustomerSide, Received, ScriptedAnswerer
from tests.fakes.slack import CHANNEL, SIGNING_SECRET, TEAM, TOKEN, FakeSlack
from tests.faults.proxy import Proxy
from tests.faults.seen import marks

TENANTS = ("acme", "globex")
PLACES = {"acme": (TEAM, CHANNEL, TOKEN), "globex": ("T000000002", "C000000002", "xoxb-token-of-globex")}
AGENTS = {"acme": ("U1", "U2"), "globex": ("U7", "U8")}
ADMIN = "an-admin-token-for-tests"
KINDS = ("sure",) * 11 + ("late",) * 3 + ("unsure",) * 3 + ("wish", "error", "garbage", "lost")


class Brain(ScriptedAnswerer):
    """Answers each question as its last message's mark says, the same every time it is asked."""

    def __init__(self, tenant: str, clock: Clock) -> None:
        super().__init__(now=clock.now)
        self.tenant = tenant
        self.strays: list[str] = []
        self.patience = 0.1
        """Seconds that a late answer takes."""

    async def usual(self, request: web.Request, received: Received) -> web.StreamResponse:
        texts = [m["text"] for m in received.body["messages"]]
        self.strays += strays(self.tenant, "\n".join(texts))
        asked = next((m for text in reversed(texts) for m in marks(text) if m[0] == "m"), "")
        kind = random.Random(asked).choice(KINDS)
        if kind == "late":
            await self.wait()
        if kind == "error":
            return web.Response(status=500)
        if kind == "garbage":
            return web.Response(text="{")
        if kind == "lost":
            assert request.transport is not None
            request.transport.abort()
        said: dict[str, Any] = {"text": f"a{asked[1:]} We open at nine.", "confidence": 0.95}
        said |= {"confidence": 0.3} if kind == "unsure" else {}
        said |= {"handoff": {"reason": "policy", "summary": "an exception"}} if kind == "wish" else {}
        return web.json_response(said)

    async def wait(self) -> None:
        """An answer that comes late: slowness is the point."""
        await asyncio.sleep(self.patience)


def strays(tenant: str, text: str) -> list[str]:
    return [f"{mark} was seen at {tenant}" for mark in marks(text) if f"-{tenant}-" not in mark]


class World:
    def __init__(self, folder: Path, database_url: str, clock: Clock) -> None:
        self.folder = folder
        self.direct_url = database_url
        self.slack = FakeSlack(clock)
        self.shops = {tenant: CustomerSide(now=clock.now) for tenant in TENANTS}
        self.brains = {tenant: Brain(tenant, clock) for tenant in TENANTS}
        self.to_database, self.to_slack = Proxy(), Proxy()
        self.to_shop = {tenant: Proxy() for tenant in TENANTS}
        self.master_key = base64.urlsafe_b64encode(os.urandom(32)).decode()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        enter = self._open.enter_async_context
        for proxy in (self.to_database, self.to_slack, *self.to_shop.values()):
            await enter(proxy)
        await self.slack.start()
        self._open.push_async_callback(self.slack.stop)
        team, channel, token = PLACES["globex"]
        self.slack.add_workspace(team, token, channel, {"U7": "Gil", "U8": "Gus"})
        for tenant in TENANTS:
            await enter(self.shops[tenant])
            await enter(self.brains[tenant])
        self.http = await enter(ClientSession(timeout=ClientTimeout(total=30)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def proxies(self) -> list[Proxy]:
        return [self.to_database, self.to_slack, *self.to_shop.values()]

    def write(self, ports: list[int]) -> list[Path]:
        """The settings: one file for each replica, beside the tenants that they share."""
        database, api = self.direct_url, self.to_slack.before_web(self.slack.api_url)
        if database.startswith("postgresql"):
            database = self.to_database.before_database(database)
        (self.folder / "tenants").mkdir(exist_ok=True)
        files = []
        for number, port in enumerate(ports):
            bridge = {
                "listen": f"127.0.0.1:{port}",
                "public_url": f"http://127.0.0.1:{ports[0]}",
                "database": database,
                "master_key": self.master_key,
                "admin_token": ADMIN,
                "tenants": "tenants/",
                "outbound": {"private_hosts": ["127.0.0.1"]},
                "limits": {"per_address": 0, "per_session": 0},
                "slack": {"signing_secret": SIGNING_SECRET, "api_url": api},
            }
            files.append(self.folder / f"bridge-{number}.yaml")
            files[-1].write_text(yaml.safe_dump(bridge))
        for tenant in TENANTS:
            (self.folder / f"tenants/{tenant}.yaml").write_text(yaml.safe_dump(self._tenant(tenant)))
        return files

    def _tenant(self, name: str) -> dict[str, Any]:
        team, channel, token = PLACES[name]
        shop, brain = self.shops[name], self.brains[name]
        deliver_to = self.to_shop[name].before_web(shop.url)
        return {
            "tenant": name,
            "name": name.title(),
            "languages": ["en"],
            "channels": {
                "web": {"kind": "webchat"},
                "api": {"kind": "webhook", "secret": shop.secret, "deliver_to": deliver_to},
            },
            "answerer": {"kind": "http", "url": brain.url, "secret": brain.secret, "timeout": 5},
            "desks": {"support": {"kind": "slack", "team": team, "channel": channel, "bot_token": token}},
            "routing": {"desk": "support"},
            "turns": {"gather": "0s"},
            "pages": {"repeat_after": "30s", "give_up_after": "100s", "claim_lease": "200s"},
        }
