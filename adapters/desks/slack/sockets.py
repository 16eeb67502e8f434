"""Socket Mode: the bridge calls Slack, and Slack sends everything through that connection.

The same dispatch as for requests. What is not recorded is not acknowledged: Slack then sends an event
again, and shows who pressed that it failed. When Slack asks for a new connection, the new one is open
before the old one goes. The SDK's own client takes one message after the other and looks for a lost line
every few seconds; here a slow commit holds up nobody, and a lost line is replaced at once.
https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType, web

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.dispatch import Answer
from adapters.desks.slack.incoming import Incoming
from adapters.desks.slack.reading import read
from bridge.ports import CredentialsRejected, DeliveryError, Outbound, RetryLater

logger = logging.getLogger(__name__)

HEARTBEAT = 10.0
"""Seconds between our pings; a line without an answer to one is given up."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
GRACE = 3.0
_KINDS = ("events_api", "interactive", "slash_commands")


class Sockets:
    """Keeps one connection to Slack open from `start` to `stop`."""

    def __init__(
        self, http: Outbound, api: WebApi, app_token: str, dispatch: Callable[[Incoming], Awaitable[Answer]]
    ) -> None:
        self._http = http
        self._api = api
        self._app_token = app_token
        self._dispatch = dispatch
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: set[ClientWebSocketResponse] = set()

    def start(self) -> None:
        self._keep(self._stay_connected())

    async def stop(self) -> None:
        """What is being recorded is acknowledged first."""
        tasks = set(self._tasks)
        work = {task for task in tasks if task.get_name() == "slack-envelope"}
        if work:
            await asyncio.wait(work, timeout=GRACE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for line in list(self._lines):
            await line.close()

    async def probe(self) -> None:
        """Asks whether the app token is good. Raises DeliveryError."""
        await self._api.ask("apps.connections.open", self._app_token, {})

    def _keep(self, work: Coroutine[Any, Any, None], name: str = "slack-socket") -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stay_connected(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                line = await self._connect()
            except (DeliveryError, ClientError, OSError, TimeoutError) as error:
                asked = error.after if isinstance(error, RetryLater) else None
                told = error if isinstance(error, DeliveryError) else type(error).__name__
                level = logging.ERROR if isinstance(error, CredentialsRejected) else logging.WARNING
                logger.log(level, "slack: no socket: %s", told)
                await asyncio.sleep(asked.total_seconds() if asked else pause * random.uniform(0.5, 1))  # noqa: S311
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            logger.info("slack: connected by a socket")
            leaving = asyncio.Event()
            self._keep(self._listen(line, leaving))
            await leaving.wait()

    async def _connect(self) -> ClientWebSocketResponse:
        opened, _ = await self._api.ask("apps.connections.open", self._app_token, {})
        async with asyncio.timeout(HEARTBEAT):
            return await self._http.session.ws_connect(str(opened.get("url", "")), heartbeat=HEARTBEAT)

    async def _listen(self, line: ClientWebSocketResponse, leaving: asyncio.Event) -> None:
        """Until Slack closes it; `leaving` is set as soon as it should be replaced."""
        self._lines.add(line)
        try:
            async for message in line:
                if message.type is WSMsgType.TEXT:
                    self._read(line, message.data, leaving)
        finally:
            self._lines.discard(line)
            leaving.set()

    def _read(self, line: ClientWebSocketResponse, text: str, leaving: asyncio.Event) -> None:
        with contextlib.suppress(ValueError, RecursionError):
            envelope = json.loads(text)
            if not isinstance(envelope, dict):
                return
            if envelope.get("type") == "disconnect":
                if envelope.get("reason") == "link_disabled":
                    logger.error("slack: Socket Mode is switched off in the app's settings")
                leaving.set()
            elif envelope.get("type") in _KINDS and isinstance(envelope.get("envelope_id"), str):
                self._keep(self._bring(line, envelope), "slack-envelope")

    async def _bring(self, line: ClientWebSocketResponse, envelope: Mapping[str, Any]) -> None:
        answer = await self._answer(envelope.get("payload"))
        if answer.status != 200:
            return
        acknowledged: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
        if answer.payload is not None and envelope.get("accepts_response_payload"):
            acknowledged["payload"] = answer.payload
        try:
            await line.send_json(acknowledged)
        except (ClientError, OSError, RuntimeError):
            logger.info("slack: the socket was gone before the acknowledgement; Slack sends it again")

    async def _answer(self, payload: Any) -> Answer:
        try:
            incoming = read(payload if isinstance(payload, dict) else {})
        except web.HTTPException as refused:
            return Answer(refused.status)
        return await self._dispatch(incoming)
