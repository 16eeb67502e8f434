"""The tenant's own systems, over real HTTP on loopback: the shop that receives, and the AI that answers.

Both check every signature with the `standardwebhooks` package, which shares no code with ours; what
is not genuine is refused with 401 and kept in `refused`. Nothing here sleeps but `drip`, whose slowness
is the point; tests wait with `until`.

    async with CustomerSide() as shop, ScriptedAnswerer() as bot:
        bot.say("It leaves today.", confidence=0.93)
        await shop.post(f"{bridge}/channels/acme/api", {"type": "message", "conversation": "c1", ...})
        await shop.until(lambda: shop.texts("c1") == ["It leaves today."])
"""

import asyncio
import base64
import binascii
import hmac
import json
import secrets
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""What the other side does with one genuine request."""
Now = Callable[[], datetime]


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def real_now() -> datetime:
    return datetime.now(UTC)


# ---- behaviours: what a test scripts ----------------------------------------------------------


def status(code: int, body: bytes = b"", **headers: str) -> Behaviour:
    """A status; headers are written `Retry_After="30"`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, body=body, headers=named)

    return answer


def reply(body: Mapping[str, Any]) -> Behaviour:
    return status(200, json.dumps(body).encode(), Content_Type="application/json")


def raw(body: bytes) -> Behaviour:
    """200 with these very bytes."""
    return status(200, body, Content_Type="application/json")


def redirect(to: str) -> Behaviour:
    return status(307, Location=to)


async def drop(request: web.Request) -> web.StreamResponse:
    """Takes the request and closes the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def drip(body: bytes, every: float = 0.05) -> Behaviour:
    """200, then one byte at a time."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for byte in body:
            await response.write(bytes([byte]))
            await asyncio.sleep(every)
        return response

    return answer


def flood(size: int) -> Behaviour:
    """200 with a body of `size` bytes, sent as fast as it is taken."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(0, size, 65_536):
            await response.write(b" " * 65_536)
        return response

    return answer


# ---- the shared server --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """One genuine request."""

    id: str
    """Its webhook-id."""
    body: dict[str, Any]
    headers: Mapping[str, str]


class SignedEndpoint:
    """An HTTP server that takes signed posts: verifies, keeps, then does what it was told to do next."""

    path = "/"

    def __init__(self, secret: str | None = None, *, now: Now = real_now) -> None:
        self.secret = secret or new_secret()
        self.received: list[Received] = []
        """All that was genuine, in the order of arrival, repeats included."""
        self.refused: list[str] = []
        """Why requests were not genuine."""
        self._now = now
        self._oracle = Webhook(self.secret)
        self._script: deque[Behaviour] = deque()
        self._news = asyncio.Condition()
        self._closing = asyncio.Event()
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._take)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server(shutdown_timeout=1)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        await self._server.close()

    @property
    def url(self) -> str:
        """Where it listens; its host is 127.0.0.1."""
        return str(self._server.make_url(self.path))

    def then(self, *behaviours: Behaviour) -> None:
        """Does these with the next genuine requests, one each; afterwards as usual again."""
        self._script.extend(behaviours)

    async def hang(self, request: web.Request) -> web.StreamResponse:
        """A behaviour: never answers, until this server closes."""
        await self._closing.wait()
        return web.Response(status=503)

    async def until(self, true: Callable[[], bool], seconds: float = 10) -> None:
        """Waits until something received makes it true; TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(true)

    async def usual(self, request: web.Request, received: Received) -> web.StreamResponse:
        raise NotImplementedError

    async def _take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        try:
            received = self._verified(request, body)
        except Refused as refused:
            self.refused.append(str(refused))
            return web.Response(status=401)
        async with self._news:
            self.received.append(received)
            self._news.notify_all()
        if self._script:
            return await self._script.popleft()(request)
        return await self.usual(request, received)

    def _verified(self, request: web.Request, body: bytes) -> Received:
        id = request.headers.get("webhook-id", "")
        if request.method != "POST" or not id or "." in id:
            raise Refused(f"{request.method} with the id {id!r}")
        try:
            at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
            expected = self._oracle.sign(id, at, body.decode())
            given = request.headers["webhook-signature"].split(" ")
            parsed = json.loads(body)
        except (KeyError, ValueError, binascii.Error) as error:
            raise Refused(f"malformed: {error!r}") from None
        if abs(self._now() - at) > timedelta(minutes=5):
            raise Refused(f"signed at {at}, now is {self._now()}")
        if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in given):
            raise Refused("the signature does not fit")
        if not isinstance(parsed, dict) or request.content_type != "application/json":
            raise Refused("not a JSON object")
        return Received(id, parsed, dict(request.headers))


class Refused(Exception):
    pass


# ---- the shop -------------------------------------------------------------------------------------


class CustomerSide(SignedEndpoint):
    """A tenant's `deliver_to`, and the way in: what its customers were shown, and what they write."""

    path = "/bridge"

    async def usual(self, request: web.Request, received: Received) -> web.StreamResponse:
        return web.Response(status=204)

    def shown(self, conversation: str) -> list[dict[str, Any]]:
        """What the customer saw: messages and states in order, each id once, as a receiver does it."""
        once = {each.id: each.body for each in self.received}
        return [body for body in once.values() if body.get("conversation") == conversation]

    def messages(self, conversation: str) -> list[dict[str, Any]]:
        return [body for body in self.shown(conversation) if body["type"] == "message"]

    def texts(self, conversation: str, author: str | None = None) -> list[str]:
        found = self.messages(conversation)
        return [m["text"] for m in found if author is None or m["author"] == author]

    def states(self, conversation: str) -> list[dict[str, Any]]:
        return [body for body in self.shown(conversation) if body["type"] == "state"]

    def signed(self, body: bytes, *, id: str | None = None, at: datetime | None = None) -> dict[str, str]:
        """The headers of a genuine request, made by the oracle."""
        id, at = id or f"msg_{uuid.uuid4().hex}", at or self._now()
        return {
            "content-type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._oracle.sign(id, at, body.decode("utf-8")),
        }

    async def post(self, url: str, body: Mapping[str, Any], *, id: str | None = None) -> tuple[int, Any]:
        """Posts a signed event to the bridge; gives back the status and the JSON."""
        encoded = json.dumps(body).encode()
        async with (
            ClientSession() as session,
            session.post(url, data=encoded, headers=self.signed(encoded, id=id)) as response,
        ):
            return response.status, await response.json()

    async def write(self, url: str, conversation: str, text: str, **more: Any) -> int:
        """A customer writes. `more` are further keys of the message, such as `customer`; the status."""
        said = {"type": "message", "conversation": conversation, "text": text, **more}
        return (await self.post(url, said))[0]


# ---- the AI ---------------------------------------------------------------------------------------


class ScriptedAnswerer(SignedEndpoint):
    """A tenant's AI: says what it is told to, in order; unscripted it repeats what it was asked."""

    path = "/answer"

    async def usual(self, request: web.Request, received: Received) -> web.StreamResponse:
        asked = received.body["messages"][-1]["text"]
        return web.json_response({"text": f"You asked: {asked}", "confidence": 0.95})

    def say(self, text: str, *, confidence: float | None = 0.95, **more: Any) -> None:
        """The next answer; `more` are further keys, such as `tool_calls` or `handoff`."""
        self.then(reply({"text": text, "confidence": confidence, **more}))

    def hold(self, text: str, *, confidence: float | None = 0.95, **more: Any) -> asyncio.Event:
        """The next answer, given only when the event is set: an answer that comes late."""
        gate = asyncio.Event()

        async def answer(request: web.Request) -> web.StreamResponse:
            await gate.wait()
            return web.json_response({"text": text, "confidence": confidence, **more})

        self.then(answer)
        return gate

    @property
    def asked(self) -> list[dict[str, Any]]:
        """Every question, in order."""
        return [each.body for each in self.received]

    async def until_asked(self, times: int = 1) -> None:
        await self.until(lambda: len(self.received) >= times)
