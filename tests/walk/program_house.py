"""The program as an operator has it: `init`, edited files, commands and `serve`, each a process of its own.

Around it stand a strict Slack, the tenant's shop and its AI. It never imports the bridge's parts: what a
test learns, it learns from exit codes, from what was printed, or over HTTP.
"""

import asyncio
import json
import os
import secrets
import signal
import socket
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import jwt
import yaml
from aiohttp import ClientConnectionError, ClientResponse, ClientSession, ClientTimeout

from tests.fakes.customer_side import CustomerSide, ScriptedAnswerer
from tests.fakes.slack import CHANNEL, SIGNING_SECRET, TEAM, TOKEN, FakeSlack, Message

ROOT = Path(__file__).parents[2]
IDENTITY = "an-identity-secret-for-tests-of-32-bytes"
PATIENCE = 30.0
"""Seconds that anything at all may take; on a busy machine a process needs some of them to start."""


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """What it wrote, of which a finding or an error is one line on one stream alone."""
        return self.out + self.err


class Program:
    """One installation in one folder, and the world around it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.slack = FakeSlack(RealClock())
        self.shop = CustomerSide()
        self.ai = ScriptedAnswerer()
        self.admin = secrets.token_urlsafe(24)
        self.serving: asyncio.subprocess.Process | None = None
        self.http: ClientSession

    async def __aenter__(self) -> Self:
        await self.slack.start()
        await self.shop.__aenter__()
        await self.ai.__aenter__()
        self.slack.bridge = self.url
        self.http = ClientSession(timeout=ClientTimeout(total=PATIENCE))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        await self.http.close()
        await self.ai.__aexit__(None, None, None)
        await self.shop.__aexit__(None, None, None)
        await self.slack.stop()

    # settings

    async def begin(self) -> None:
        """`init`, then what an operator would write into the two files."""
        begun = await self.run("init")
        assert begun.code == 0, begun.said
        bridge = _read(self.folder / "bridge.yaml")
        bridge |= {
            "listen": f"127.0.0.1:{self.port}",
            "public_url": self.url,
            "database": self.database_url,
            "admin_token": self.admin,
            "outbound": {"private_hosts": ["127.0.0.1"]},
            "limits": {"per_address": 0, "per_session": 0},
            "slack": {"signing_secret": SIGNING_SECRET, "api_url": self.slack.api_url},
        }
        _write(self.folder / "bridge.yaml", bridge)
        self.write_tenant()

    def write_tenant(self, **changes: Any) -> Path:
        path = self.folder / "tenants/acme.yaml"
        tenant = _read(path)
        tenant |= {
            "name": "Acme Outdoor",
            "languages": ["en", "es", "de"],
            "channels": {
                "web": {"kind": "webchat", "identity_secret": IDENTITY},
                "api": {"kind": "webhook", "secret": self.shop.secret, "deliver_to": self.shop.url},
            },
            "answerer": {"kind": "http", "url": self.ai.url, "secret": self.ai.secret, "timeout": 5},
            "desks": {"support": {"kind": "slack", "team": TEAM, "channel": CHANNEL, "bot_token": TOKEN}},
            "routing": {"desk": "support", "buying_intent": {"cart_value": 500}},
            "turns": {"gather": "0s"},
        }
        _write(path, tenant | changes)
        return path

    # commands

    async def run(self, *args: str | Path, stdin: str = "", cwd: Path | None = None, **env: str) -> Done:
        process = await asyncio.create_subprocess_exec(
            *self._command(args),
            cwd=cwd or self.folder,
            env=self._environment(env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(2 * PATIENCE):
            out, err = await process.communicate(stdin.encode())
        assert b"Traceback" not in out + err, err.decode()
        return Done(process.returncode or 0, out.decode(), err.decode())

    async def serve(self, **env: str) -> None:
        """Starts the service, and waits until it is ready."""
        await self.launch(**env)
        await self.until(self._ready)

    async def launch(self, **env: str) -> None:
        """Starts the service, and waits for nothing."""
        with (self.folder / "serve.log").open("ab") as log:
            self.serving = await asyncio.create_subprocess_exec(
                *self._command(["serve"]),
                cwd=self.folder,
                env=self._environment(env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def died(self) -> int:
        """Waits until the service has ended by itself; its exit code, or the negative number of a signal."""
        assert self.serving is not None
        async with asyncio.timeout(PATIENCE):
            code = await self.serving.wait()
        self.serving = None
        return code

    async def kill(self) -> None:
        """`kill -9`: not a line of the program runs after it."""
        await self._ended(signal.SIGKILL)

    async def terminate(self) -> tuple[int, float]:
        """SIGTERM; the exit code, and how many seconds it took."""
        began = time.monotonic()
        return await self._ended(signal.SIGTERM), time.monotonic() - began

    # what can be seen

    async def until(self, true: Callable[[], Awaitable[object] | object], seconds: float = PATIENCE) -> None:
        """Polls until it is so; fails after `seconds`."""
        async with asyncio.timeout(seconds):
            while True:
                found = true()
                if await found if isinstance(found, Awaitable) else found:
                    return
                await asyncio.sleep(0.02)

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.url + path, headers=headers) as response:
            return response.status, await response.text()

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        async with self.http.post(self.url + path, json=body, headers=headers) as response:
            return response.status, json.loads(await response.text())

    async def card(self, about: str) -> Message:
        """The card that shows these words, as soon as there is one."""
        await self.until(lambda: self.cards(about))
        [card] = self.cards(about)
        return card

    def cards(self, about: str) -> list[Message]:
        return [card for card in self.slack.cards() if about in card.words]

    async def visitor(self, **session: Any) -> "Visitor":
        status, made = await self.post("/webchat/acme/web/sessions", session)
        assert status == 201, made
        return Visitor(self, made["token"], made["conversation"])

    async def _ready(self) -> bool:
        assert self.serving is not None
        if self.serving.returncode is not None:
            raise AssertionError((self.folder / "serve.log").read_text("utf-8"))
        try:
            return (await self.get("/readyz"))[0] == 200
        except ClientConnectionError:
            return False

    async def _ended(self, number: signal.Signals) -> int:
        if self.serving is None:
            return 0
        if self.serving.returncode is None:
            self.serving.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            code = await self.serving.wait()
        self.serving = None
        return code

    def _command(self, args: Any) -> list[str]:
        return [sys.executable, "-m", "bridge", *map(str, args)]

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
        return {**inherited, "PYTHONPATH": str(ROOT), **more}


class Visitor:
    """A customer on web chat."""

    def __init__(self, program: Program, token: str, conversation: str) -> None:
        self.program = program
        self.token = token
        self.conversation = conversation
        self.headers = {"Authorization": f"Bearer {token}"}

    async def posts(self, text: str, id: str = "") -> tuple[int, Any]:
        body = {"id": id or str(uuid.uuid4()), "text": text}
        return await self.program.post("/webchat/acme/web/messages", body, **self.headers)

    async def says(self, text: str) -> None:
        status, told = await self.posts(text)
        assert status == 202, told

    async def signals(self, **signal: Any) -> int:
        return (await self.program.post("/webchat/acme/web/signals", signal, **self.headers))[0]

    async def page(self, after: int = 0) -> dict[str, Any]:
        status, page = await self.program.get(
            f"/webchat/acme/web/events?after={after}", **self.headers, Accept="application/json"
        )
        assert status == 200, page
        return dict(json.loads(page))

    async def reads(self, author: str = "") -> list[str]:
        """The texts of the chat in order, of all or of one kind of author."""
        said = [e["data"] for e in (await self.page())["events"] if e["event"] == "message"]
        return [m["text"] for m in said if not author or m["author"] == author]

    async def state(self) -> dict[str, Any]:
        return dict([e["data"] for e in (await self.page())["events"] if e["event"] == "state"][-1])

    async def until_reads(self, text: str) -> None:
        async def read() -> bool:
            return text in await self.reads()

        await self.program.until(read)

    async def until_mode(self, mode: str) -> None:
        async def reached() -> bool:
            return bool((await self.state())["mode"] == mode)

        await self.program.until(reached)

    async def until_offered(self) -> None:
        async def offered() -> bool:
            return "offer" in await self.state()

        await self.program.until(offered)

    async def stream(self, after: int | None = None, *, resumed: bool = False) -> ClientResponse:
        """An open event stream, as EventSource asks for it; `resumed`: by the header of a reconnection."""
        headers = {"Accept": "text/event-stream"}
        query = f"token={self.token}"
        if after is not None and resumed:
            headers["Last-Event-ID"] = str(after)
        elif after is not None:
            query += f"&after={after}"
        return await self.program.http.get(
            f"{self.program.url}/webchat/acme/web/events?{query}", headers=headers
        )


async def next_event(stream: ClientResponse) -> dict[str, Any] | None:
    """The next event of a stream: `{"id", "event", "data"}`; None when the stream has ended."""
    lines: dict[str, str] = {}
    while line := (await stream.content.readline()).decode():
        name, _, value = line.rstrip("\r\n").partition(":")
        if name:
            lines[name] = value.removeprefix(" ")
        elif not line.strip() and "data" in lines:
            return {**lines, "data": json.loads(lines["data"])}
    return None


def identity(secret: str = IDENTITY, algorithm: str = "HS256", **claims: Any) -> str:
    """A customer's signed identity, good for an hour unless the claims say otherwise."""
    told = {"sub": "4711", "exp": int(time.time()) + 3600, **claims}
    return jwt.encode(told, "" if algorithm == "none" else secret, algorithm=algorithm)


def _read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text("utf-8")))


def _write(path: Path, settings: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True), "utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
