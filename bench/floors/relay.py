"""slack-bolt alone: a relay between customers and Slack that remembers everything in memory.

`python -m bench.floors.relay --port N --world URL`. One AsyncApp with one token on aiohttp, signature
checking on, one shared client session. It acknowledges at once and does the rest in tasks, as Bolt's
`process_before_response` allows: without it Bolt polls for the acknowledgement, which costs 10 ms a press.
What a restart forgets, it forgets.
"""

import argparse
import asyncio
import json
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession, TCPConnector, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bench import scene
from bench.floors.card import card_blocks
from bench.floors.web import message, signed_headers, webhook_body


class Relay:
    def __init__(self, world: str) -> None:
        self._world = world
        self._threads: dict[tuple[str, str], str] = {}
        self._owners: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: ClientSession
        self._bolt: AsyncApp

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/readyz", self._ready),
                web.post("/channels/{tenant}/{channel}", self._webhook),
                web.post("/webchat/{tenant}/{channel}/sessions", self._session),
                web.post("/webchat/{tenant}/{channel}/signals", self._signal),
                web.post("/slack/events", self._slack),
            ]
        )
        app.cleanup_ctx.append(self._running)
        return app

    async def _running(self, _app: web.Application) -> Any:
        self._http = ClientSession(connector=TCPConnector(limit=0))
        client = AsyncWebClient(
            scene.BOT_TOKEN, base_url=f"{self._world}/api/", session=self._http, retry_handlers=[]
        )
        self._bolt = AsyncApp(
            token=scene.BOT_TOKEN,
            signing_secret=scene.SIGNING_SECRET,
            client=client,
            process_before_response=True,
        )
        self._listen()
        yield
        await self._http.close()

    def _listen(self) -> None:
        """Functions, not methods: Bolt makes deep copies of what it calls."""

        @self._bolt.action("claim")
        async def claimed(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
            await ack()
            self._later(self._claimed(body, client))

        @self._bolt.event("message")
        async def wrote(event: dict[str, Any]) -> None:
            self._later(self._line(event))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ready(self, _request: web.Request) -> web.Response:
        return web.Response()

    async def _slack(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self._bolt.async_dispatch(await to_bolt_request(request)))

    # customers

    async def _webhook(self, request: web.Request) -> web.Response:
        told = json.loads(await webhook_body(request))
        name = told["customer"]["name"]
        await self._hand_off(request.match_info["tenant"], told["conversation"], name, push=True)
        return web.json_response({"seq": 1}, status=202)

    async def _session(self, request: web.Request) -> web.Response:
        conversation = uuid4().hex
        self._names[conversation] = (await request.json())["customer"]["name"]
        return web.json_response({"token": conversation, "conversation": conversation}, status=201)

    async def _signal(self, request: web.Request) -> web.Response:
        conversation = request.headers["Authorization"].removeprefix("Bearer ")
        await self._hand_off(
            request.match_info["tenant"], conversation, self._names[conversation], push=False
        )
        return web.json_response({"seq": 1}, status=202)

    async def _hand_off(self, tenant: str, conversation: str, name: str, *, push: bool) -> None:
        channel = scene.desk_channel(int(tenant[1:]))
        place = {"tenant": tenant, "conversation": conversation, "epoch": 1, "push": int(push)}
        posted = await self._bolt.client.chat_postMessage(**card_blocks(channel, name, place))
        self._threads[channel, posted["ts"]] = conversation
        if push:
            await self._tell(conversation, "system", scene.PERSON_IS_COMING)

    # Slack

    async def _claimed(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        place = json.loads(body["actions"][0]["value"])
        agent, shown = body["user"]["id"], body["message"]
        if self._owners.setdefault(place["conversation"], agent) != agent:
            return
        name = shown["text"].partition(" ")[0]
        card = card_blocks(body["channel"]["id"], name, {**place, "epoch": 2}, owner=agent)
        await client.chat_update(ts=shown["ts"], **card)
        if place["push"]:
            await self._tell(place["conversation"], "system", scene.HAS_JOINED)

    async def _line(self, event: dict[str, Any]) -> None:
        conversation = self._threads.get((event["channel"], event.get("thread_ts", "")))
        if conversation is not None:
            await self._tell(conversation, "agent", event["text"])

    async def _tell(self, conversation: str, author: str, text: str) -> None:
        body = json.dumps(message(conversation, author, text)).encode()
        async with self._http.post(
            f"{self._world}/shop", data=body, headers=signed_headers(body)
        ) as response:
            await response.read()


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench.floors.relay")
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--world", required=True)
    given = arguments.parse_args()
    app = Relay(given.world).application()
    web.run_app(app, host=scene.HOST, port=given.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
