"""A whole bridge on a real port, with a strict Slack, a tenant's shop and its AI around it.

Everything goes over HTTP with real signatures; the clock is the test's own.
"""

import asyncio
import base64
import contextlib
import os
import random
import socket
import uuid
from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import yaml
from aiohttp import ClientSession, web

from adapters.registry import Registry
from bridge.domain.ids import TenantId
from bridge.settings import load_installation
from bridge.wiring.service import Service
from tests.fakes.customer_side import CustomerSide, ScriptedAnswerer
from tests.fakes.slack import CHANNEL, SIGNING_SECRET, TEAM, TOKEN, FakeSlack
from tests.walk.replica import SharedClock

IDENTITY = "an-identity-secret-for-tests-of-32-bytes"
ADMIN = "an-admin-token-for-tests"


class OwnClock:
    """Stands still until the test moves it."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        return self.time


class House:
    """One service and its surroundings. `open` starts all, `close` ends all."""

    own_time = True
    """Whether the bridge goes by the test's clock too; else by its own, the database's."""

    def __init__(self, folder: Path, database_url: str, clock: OwnClock | SharedClock | None = None) -> None:
        self.folder = folder
        self.database_url = database_url
        self.clock = clock or OwnClock()
        self.slack = FakeSlack(self.clock)
        self.shop = CustomerSide(now=self.clock.now)
        self.ai = ScriptedAnswerer(now=self.clock.now)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.master_key = base64.urlsafe_b64encode(os.urandom(32)).decode()
        self.slack_app: dict[str, Any] = {"signing_secret": SIGNING_SECRET}
        """How Slack and the bridge reach each other, as bridge.yaml says."""
        self.service: Service

    async def open(self, **tenant: Any) -> "House":
        await self.surround(**tenant)
        await self.start()
        return self

    async def surround(self, **tenant: Any) -> None:
        """All that a bridge needs, and no bridge yet."""
        await self.slack.start()
        await self.shop.__aenter__()
        await self.ai.__aenter__()
        self.slack.bridge = self.url
        self.http = ClientSession()
        self.write_settings(**tenant)

    async def close(self) -> None:
        await self.stop()
        await self.http.close()
        await self.ai.__aexit__(None, None, None)
        await self.shop.__aexit__(None, None, None)
        await self.slack.stop()

    async def start(self) -> None:
        """A fresh process, as far as one process can be: everything is opened anew."""
        installation = load_installation(self.folder / "bridge.yaml", Registry(), {})
        assert not installation.broken, installation.broken
        self.service = await Service.open(installation, self.clock if self.own_time else None)
        self._runner = web.AppRunner(self.service.application(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await self.service.start()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def second(self) -> "House":
        """Another replica: a service of its own on the same database, with the same surroundings.

        Its `slack` is the same Slack, whose next requests the load balancer sends to this replica.
        """
        other = copy(self)
        other.port = _free_port()
        other.url = f"http://127.0.0.1:{other.port}"
        other.slack = copy(self.slack)
        other.slack.bridge = other.url
        await other.start()
        return other

    async def stop(self) -> None:
        await self.service.close_streams()
        await self._runner.cleanup()
        await self.service.stop()

    def write_settings(self, **tenant: Any) -> None:
        bridge = {
            "listen": f"127.0.0.1:{self.port}",
            "public_url": self.url,
            "database": self.database_url,
            "master_key": self.master_key,
            "admin_token": ADMIN,
            "tenants": "tenants/",
            "outbound": {"private_hosts": ["127.0.0.1"]},
            "limits": {"per_address": 0, "per_session": 0},
            "slack": {**self.slack_app, "api_url": self.slack.api_url},
        }
        (self.folder / "tenants").mkdir(exist_ok=True)
        (self.folder / "bridge.yaml").write_text(yaml.safe_dump(bridge))
        (self.folder / "tenants/acme.yaml").write_text(yaml.safe_dump(self.tenant(**tenant)))

    def tenant(self, name: str = "acme", **changes: Any) -> dict[str, Any]:
        return {
            "tenant": name,
            "name": "Acme Outdoor",
            "languages": ["en", "es", "de"],
            "channels": {
                "web": {"kind": "webchat", "identity_secret": IDENTITY},
                "api": {"kind": "webhook", "secret": self.shop.secret, "deliver_to": self.shop.url},
            },
            "answerer": {"kind": "http", "url": self.ai.url, "secret": self.ai.secret, "timeout": 5},
            "desks": {
                "support": {"kind": "slack", "team": TEAM, "channel": CHANNEL, "bot_token": TOKEN},
                "sales": {"kind": "console", "agents": [{"name": "Sol"}]},
            },
            "routing": {"desk": "support", "buying_intent": {"cart_value": 500, "desk": "sales"}},
            "turns": {"gather": "0s"},
        } | changes

    # what happens

    async def idle(self) -> None:
        await self.service.idle()

    async def until(self, true: Callable[[], object]) -> None:
        """For what follows an acknowledgement without being recorded: private words, a modal."""
        async with asyncio.timeout(10):
            while not true():
                await asyncio.sleep(0.005)

    async def later(self, **passes: float) -> None:
        """Time passes; the alarm clock rings."""
        self.clock.time += timedelta(**passes)
        await self.service.alarms.tick()
        await self.idle()

    async def visitor(self, *, of: str = "acme", **session: Any) -> "Visitor":
        """A customer of a tenant."""
        async with self.http.post(f"{self.url}/webchat/{of}/web/sessions", json=session) as response:
            assert response.status == 201, await response.text()
            made = await response.json()
        return Visitor(self, made["token"], made["conversation"], of)

    async def vip(self) -> "Visitor":
        claims = {
            "sub": "4711",
            "name": "Vera",
            "tags": ["vip"],
            "exp": self.clock.now() + timedelta(hours=1),
        }
        return await self.visitor(identity=jwt.encode(claims, IDENTITY, algorithm="HS256"))

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.url + path, headers=headers) as response:
            return response.status, await response.text()

    async def audit(self, conversation: str) -> list[dict[str, Any]]:
        """The rows of one conversation's chain."""
        rows = [row async for row in self.service.audit.export(TenantId("acme"))]
        return [row for row in rows if row.get("stream") == conversation]


class Visitor:
    """A customer on web chat."""

    def __init__(self, house: House, token: str, conversation: str, tenant: str = "acme") -> None:
        self.house = house
        self.conversation = conversation
        self.headers = {"Authorization": f"Bearer {token}"}
        self._base = f"{house.url}/webchat/{tenant}/web"

    async def posts(self, text: str, id: str = "") -> tuple[int, Any]:
        """Sends without waiting for what follows."""
        body = {"id": id or str(uuid.uuid4()), "text": text}
        async with self.house.http.post(
            f"{self._base}/messages", json=body, headers=self.headers
        ) as response:
            return response.status, await response.json()

    async def says(self, text: str) -> list[str]:
        """Writes, and reads what came back once everything has settled."""
        before = len(await self.reads())
        status, _ = await self.posts(text)
        assert status == 202
        await self.house.idle()
        return (await self.reads())[before + 1 :]

    async def signals(self, **signal: Any) -> int:
        status = await self.signals_only(**signal)
        await self.house.idle()
        return status

    async def signals_only(self, **signal: Any) -> int:
        """Sends without waiting for what follows."""
        async with self.house.http.post(
            f"{self._base}/signals", json=signal, headers=self.headers
        ) as response:
            return response.status

    async def events(self, after: int = 0) -> Sequence[dict[str, Any]]:
        headers = {**self.headers, "Accept": "application/json"}
        async with self.house.http.get(f"{self._base}/events?after={after}", headers=headers) as response:
            assert response.status == 200
            page = await response.json()
        return list(page["events"])

    async def reads(self) -> list[str]:
        """All texts of the chat, in order."""
        return [e["data"]["text"] for e in await self.events() if e["event"] == "message"]

    async def state(self) -> dict[str, Any]:
        return dict([e["data"] for e in await self.events() if e["event"] == "state"][-1])


def _free_port() -> int:
    """Below the range that the system gives to outgoing connections: nobody takes it meanwhile."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
