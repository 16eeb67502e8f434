"""The floor's web server: what the outside sees of the bridge, and nothing behind it but the store.

`python -m bench.floors.web --port N --world URL --database URL`. aiohttp, one process, signatures checked
and made, one shared client session. What must leave leaves after its commit, in tasks of their own.
"""

import argparse
import asyncio
import base64
import hmac
import json
import time
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from aiohttp import ClientSession, TCPConnector, web

from bench import scene
from bench.floors.card import card_blocks
from bench.floors.events import EventStore


class Floor:
    def __init__(self, store: EventStore, world: str) -> None:
        self._store = store
        self._world = world
        self._tasks: set[asyncio.Task[None]] = set()
        self._streams: dict[str, list[web.StreamResponse]] = defaultdict(list)
        self._http: ClientSession

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/readyz", self._ready),
                web.post("/channels/{tenant}/{channel}", self._webhook),
                web.post("/webchat/{tenant}/{channel}/sessions", self._session),
                web.post("/webchat/{tenant}/{channel}/messages", self._message),
                web.post("/webchat/{tenant}/{channel}/signals", self._signal),
                web.get("/webchat/{tenant}/{channel}/events", self._events),
                web.post("/slack/events", self._slack),
            ]
        )
        app.cleanup_ctx.append(self._running)
        return app

    async def _running(self, _app: web.Application) -> Any:
        await self._store.open()
        self._http = ClientSession(connector=TCPConnector(limit=0))
        yield
        await self._http.close()
        await self._store.close()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ready(self, _request: web.Request) -> web.Response:
        return web.Response()

    # customers

    async def _webhook(self, request: web.Request) -> web.Response:
        told = json.loads(await webhook_body(request))
        tenant, id = request.match_info["tenant"], request.headers["webhook-id"]
        conversation, text, profile = told["conversation"], told["text"], json.dumps(told["customer"])
        if text == scene.WANTS_A_PERSON:
            await self._hand_off(tenant, conversation, id, profile, told["customer"]["name"], text, push=True)
            return web.json_response({"seq": 1}, status=202)
        seq = await self._store.wrote(tenant, conversation, id, profile, text)
        if seq is not None:
            self._later(self._answer(tenant, conversation, seq, text, push=True))
        return web.json_response({"seq": seq}, status=202)

    async def _session(self, request: web.Request) -> web.Response:
        told = await request.json()
        tenant, conversation = request.match_info["tenant"], uuid4().hex
        name = told["customer"]["name"]
        await self._store.opened(tenant, conversation, json.dumps(told["customer"]))
        return web.json_response(
            {"token": f"{conversation}.{name}", "conversation": conversation}, status=201
        )

    async def _message(self, request: web.Request) -> web.Response:
        told = await request.json()
        tenant, conversation = request.match_info["tenant"], _bearer(request).partition(".")[0]
        seq = await self._store.wrote(tenant, conversation, told["id"], "", told["text"])
        if seq is not None:
            await self._show(conversation, "customer", told["text"])
            self._later(self._answer(tenant, conversation, seq, told["text"], push=False))
        return web.json_response({"seq": seq}, status=202)

    async def _signal(self, request: web.Request) -> web.Response:
        await request.read()
        conversation, _, name = _bearer(request).partition(".")
        await self._hand_off(
            request.match_info["tenant"], conversation, uuid4().hex, "", name, "person", push=False
        )
        return web.json_response({"seq": 1}, status=202)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        conversation = request.query["token"].partition(".")[0]
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await stream.prepare(request)
        await stream.write(b": open\n\n")
        self._streams[conversation].append(stream)
        try:
            await asyncio.Event().wait()
        finally:
            del self._streams[conversation]
        return stream

    async def _answer(self, tenant: str, conversation: str, seq: int, text: str, *, push: bool) -> None:
        asked = {
            "tenant": tenant,
            "conversation": conversation,
            "turn": seq,
            "language": "en",
            "customer": {},
            "messages": [{"author": "customer", "name": "", "text": text, "at": _at()}],
        }
        answer = json.loads(await self._post("/answer", asked))
        if not await self._store.answered(tenant, conversation, seq, answer["text"], push=push):
            return
        if push:
            await self._push(tenant, conversation, f"send{seq}", "assistant", answer["text"])
        else:
            await self._show(conversation, "assistant", answer["text"])

    async def _hand_off(
        self, tenant: str, conversation: str, key: str, profile: str, name: str, text: str, *, push: bool
    ) -> None:
        told = scene.PERSON_IS_COMING
        epoch = await self._store.asked_for_person(tenant, conversation, key, profile, text, told, push=push)
        if epoch is None:
            return
        self._later(self._page(tenant, conversation, epoch, name, push=push))
        if push:
            self._later(self._tell(tenant, conversation, epoch, told, "waiting"))

    async def _tell(self, tenant: str, conversation: str, epoch: int, words: str, mode: str) -> None:
        await self._push(tenant, conversation, f"told{epoch}", "system", words)
        await self._post("/shop", {"type": "state", "conversation": conversation, "mode": mode})
        await self._store.done(tenant, conversation, f"state{epoch}")

    async def _push(self, tenant: str, conversation: str, kind: str, author: str, text: str) -> None:
        await self._post("/shop", message(conversation, author, text))
        await self._store.done(tenant, conversation, kind)

    async def _show(self, conversation: str, author: str, text: str) -> None:
        if conversation in self._streams:
            data = json.dumps(message(conversation, author, text), separators=(",", ":"))
            for stream in self._streams[conversation]:
                await stream.write(f"id: 1\nevent: message\ndata: {data}\n\n".encode())

    # Slack

    async def _slack(self, request: web.Request) -> web.Response:
        body = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"].encode()
        mac = hmac.digest(scene.SIGNING_SECRET.encode(), b"v0:" + stamp + b":" + body, "sha256")
        if not hmac.compare_digest(f"v0={mac.hex()}", request.headers["X-Slack-Signature"]):
            raise web.HTTPUnauthorized
        if request.content_type == "application/json":
            await self._line(json.loads(body))
        else:
            await self._pressed(json.loads(parse_qs(body.decode())["payload"][0]))
        return web.Response()

    async def _pressed(self, told: dict[str, Any]) -> None:
        place = json.loads(told["actions"][0]["value"])
        tenant, conversation, push = place["tenant"], place["conversation"], bool(place["push"])
        agent, words = told["user"]["id"], scene.HAS_JOINED
        epoch = await self._store.claimed(tenant, conversation, place["epoch"], agent, words, push=push)
        if epoch is None:
            return
        self._later(self._update(tenant, told["message"], place | {"epoch": epoch}, agent))
        if push:
            self._later(self._tell(tenant, conversation, epoch, words, "human"))

    async def _line(self, envelope: dict[str, Any]) -> None:
        event = envelope["event"]
        tenant = scene.tenant_name(int(event["channel"][1:]))
        key, text = envelope["event_id"], event["text"]
        conversation = await self._store.agent_wrote(tenant, event["channel"], event["thread_ts"], key, text)
        if conversation is not None:
            self._later(self._push(tenant, conversation, f"send{key}", "agent", text))

    async def _page(self, tenant: str, conversation: str, epoch: int, name: str, *, push: bool) -> None:
        place = {"tenant": tenant, "conversation": conversation, "epoch": epoch, "push": int(push)}
        channel = scene.desk_channel(int(tenant[1:]))
        posted = json.loads(await self._api("chat.postMessage", card_blocks(channel, name, place)))
        await self._store.posted(tenant, conversation, channel, posted["ts"], epoch)

    async def _update(self, tenant: str, message: dict[str, Any], place: dict[str, Any], agent: str) -> None:
        name = message["text"].partition(" ")[0]
        card = card_blocks(scene.desk_channel(int(tenant[1:])), name, place, owner=agent)
        await self._api("chat.update", {**card, "ts": message["ts"]})
        await self._store.done(tenant, place["conversation"], f"card{place['epoch']}")

    # out

    async def _post(self, path: str, told: dict[str, Any]) -> bytes:
        body = json.dumps(told).encode()
        async with self._http.post(self._world + path, data=body, headers=signed_headers(body)) as response:
            return await response.read()

    async def _api(self, method: str, message: dict[str, Any]) -> bytes:
        headers = {"Authorization": f"Bearer {scene.BOT_TOKEN}"}
        async with self._http.post(f"{self._world}/api/{method}", json=message, headers=headers) as response:
            return await response.read()


async def webhook_body(request: web.Request) -> bytes:
    """The body of a webhook that is genuinely signed."""
    body = await request.read()
    signature = _signature(request.headers["webhook-id"], request.headers["webhook-timestamp"], body)
    if not hmac.compare_digest(signature, request.headers["webhook-signature"]):
        raise web.HTTPUnauthorized
    return body


def signed_headers(body: bytes) -> dict[str, str]:
    id, at = uuid4().hex, str(int(time.time()))
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": at,
        "webhook-signature": _signature(id, at, body),
    }


def message(conversation: str, author: str, text: str) -> dict[str, Any]:
    return {
        "type": "message",
        "conversation": conversation,
        "seq": 1,
        "author": author,
        "name": "",
        "text": text,
        "at": _at(),
    }


def _signature(id: str, at: str, body: bytes) -> str:
    mac = hmac.digest(scene.KEY, f"{id}.{at}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"


def _bearer(request: web.Request) -> str:
    return request.headers["Authorization"].removeprefix("Bearer ")


def _at() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench.floors.web")
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--world", required=True)
    arguments.add_argument("--database", required=True)
    given = arguments.parse_args()
    app = Floor(_store(given.database), given.world).application()
    web.run_app(app, host=scene.HOST, port=given.port, access_log=None, print=None)


def _store(url: str) -> EventStore:
    if url.startswith("sqlite:///"):
        from bench.floors.sqlite import SqliteStore

        return SqliteStore(url.removeprefix("sqlite:///"))
    from bench.floors.postgres import PostgresStore

    return PostgresStore(url)


if __name__ == "__main__":
    main()
