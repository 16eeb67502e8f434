"""A strict Slack on a real port: its Web API, and the people who press and write in its channels.

    slack = FakeSlack(clock)
    await slack.start()                        # slack.api_url is for bridge.yaml
    slack.bridge = "http://127.0.0.1:8080"     # where it sends events to
    reply = await slack.press("claim", slack.card(), user="U1")
    reply = await slack.write_in_thread(slack.card(), "Hello María", user="U1")

It refuses what Slack refuses (`slack_rules`), keeps every call, and signs what it sends.
"""

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, web

from bridge.ports import Clock
from tests.fakes.slack_rules import message_error, texts, view_error

SIGNING_SECRET = "a-signing-secret-for-tests"
TEAM, CHANNEL, TOKEN = "T000000001", "C000000001", "xoxb-token-for-tests"
APP, BOT = "A000000001", "B000000001"


@dataclass
class Message:
    team: str
    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    thread: str = ""
    user: str = ""
    """Empty: the app's own."""

    @property
    def words(self) -> str:
        """All that people can read of it, in order."""
        return "\n".join(words for _, words in texts(self.blocks)) if self.blocks else self.text

    @property
    def buttons(self) -> list[str]:
        return [element["action_id"] for element in self._actions()]

    def value(self, button: str) -> str:
        return next(str(e["value"]) for e in self._actions() if e["action_id"] == button)

    def _actions(self) -> list[dict[str, Any]]:
        return [e for block in self.blocks if block["type"] == "actions" for e in block["elements"]]


@dataclass(frozen=True)
class Call:
    method: str
    token: str
    arguments: Mapping[str, Any]
    error: str


@dataclass(frozen=True)
class Whispered:
    """Seen by one person only."""

    channel: str
    user: str
    text: str


@dataclass(frozen=True)
class Reply:
    """How the bridge answered Slack."""

    status: int
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Refused(Exception):
    """Slack's `{"ok": false, "error": …}`."""


class FakeSlack:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.bridge = ""
        self.api_url = ""
        self.tokens = {TOKEN: TEAM}
        self.channels = {(TEAM, CHANNEL)}
        self.users = {"U1": "Ana Ruiz", "U2": "Ben"}
        self.messages: dict[tuple[str, str], Message] = {}
        self.calls: list[Call] = []
        self.whispered: list[Whispered] = []
        self.views: list[dict[str, Any]] = []
        self._faults: dict[str, deque[tuple[str, str]]] = defaultdict(deque)
        self._triggers: dict[str, float] = {}
        self._numbers = count(1)
        self._last: tuple[bytes, str] = (b"", "")

    # ---- its life

    async def start(self) -> None:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._called)
        app.router.add_post("/respond/{channel}/{user}", self._responded)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.api_url = f"http://{host}:{port}/api/"
        self._session = ClientSession()
        self._ending = asyncio.Event()

    async def stop(self) -> None:
        self._ending.set()
        await self._session.close()
        await self._runner.cleanup()

    # ---- faults, for the next call of a method

    def fail(self, method: str, error: str) -> None:
        self._faults[method].append(("error", error))

    def limit(self, method: str, retry_after: int | str) -> None:
        """429, with the seconds to wait."""
        self._faults[method].append(("limit", str(retry_after)))

    def break_down(self, method: str, status: int = 503) -> None:
        """A page of HTML instead of an answer."""
        self._faults[method].append(("status", str(status)))

    def hang(self, method: str) -> None:
        """The call is accepted, and no answer comes as long as Slack lives."""
        self._faults[method].append(("hang", ""))

    def drop(self, method: str, *, accepted: bool) -> None:
        """The connection is lost before the answer, once the call was accepted, or before that."""
        self._faults[method].append(("drop accepted" if accepted else "drop", ""))

    # ---- what can be seen

    def cards(self, channel: str = CHANNEL) -> list[Message]:
        """Oldest first."""
        found = [m for m in self.messages.values() if m.channel == channel and m.metadata]
        return [m for m in found if m.metadata and m.metadata["event_type"] == "handoff_card"]

    def card(self, channel: str = CHANNEL) -> Message:
        return self.cards(channel)[-1]

    def thread(self, message: Message) -> list[Message]:
        return [m for m in self.messages.values() if m.thread == message.ts and m.channel == message.channel]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def delete(self, message: Message) -> None:
        del self.messages[message.channel, message.ts]

    # ---- what people do

    async def press(
        self,
        button: str,
        message: Message,
        user: str = "U1",
        *,
        value: str | None = None,
        team: str = "",
        at: str = "",
    ) -> Reply:
        """Somebody presses a button. `value`, `team`: what a forger would put there."""
        pressed = {
            "type": "button",
            "block_id": "b1",
            "action_id": button,
            "text": {"type": "plain_text", "text": button},
            "action_ts": at or self._ts(),
            "value": message.value(button) if value is None else value,
        }
        where = {"message_ts": message.ts, "channel_id": message.channel}
        shown = {"ts": message.ts, "text": message.text, "bot_id": BOT, "blocks": message.blocks}
        payload = {
            "type": "block_actions",
            **self._person(user, team or message.team),
            "container": {"type": "message", **where, "is_ephemeral": False},
            "trigger_id": self._trigger(),
            "channel": {"id": message.channel, "name": "support"},
            "message": {"type": "message", "user": "UBOT", **shown},
            "response_url": self.api_url.replace("/api/", f"/respond/{message.channel}/{user}"),
            "actions": [pressed],
        }
        return await self.send_form(payload)

    async def submit_modal(
        self, view: Mapping[str, Any], values: Mapping[str, str], user: str = "U1"
    ) -> Reply:
        """Somebody sends a modal off. `values`: by the id that input block and element share."""
        typed = {
            name: {name: {"type": "plain_text_input", "value": value or None}}
            for name, value in values.items()
        }
        kept = {**view, "state": {"values": typed}, "hash": "1", "app_id": APP, "bot_id": BOT}
        payload = {"type": "view_submission", **self._person(user, TEAM), "view": kept}
        return await self.send_form(payload)

    async def write_in_thread(
        self, message: Message, text: str, user: str = "U1", *, raw: bool = False, **event: Any
    ) -> Reply:
        """Somebody writes below a message. `raw`: the text is in Slack's markup already."""
        sent = text if raw else text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        ts = self._ts()
        line = Message(message.team, message.channel, ts, sent, thread=message.ts, user=user)
        self.messages[line.channel, ts] = line
        said = {"type": "message", "user": user, "text": sent, "ts": ts, "thread_ts": message.ts}
        return await self.send_event({**said, "channel": message.channel, "channel_type": "channel", **event})

    async def echo(self, message: Message) -> Reply:
        """Slack tells the app of the app's own message."""
        said = {"type": "message", "text": message.text, "ts": message.ts, "channel": message.channel}
        thread = {"thread_ts": message.thread} if message.thread else {}
        return await self.send_event({**said, **thread, "user": "UBOT", "bot_id": BOT, "app_id": APP})

    # ---- what Slack sends

    async def send_event(self, event: Mapping[str, Any], team: str = TEAM) -> Reply:
        envelope = {
            "token": "deprecated",
            "team_id": team,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{next(self._numbers):08d}",
            "event_time": int(self.clock.now().timestamp()),
            "authorizations": [{"enterprise_id": None, "team_id": team, "user_id": "UBOT", "is_bot": True}],
        }
        return await self.send_json(envelope)

    async def send_json(self, payload: Any) -> Reply:
        return await self.deliver(json.dumps(payload).encode(), "application/json")

    async def send_form(self, payload: Any) -> Reply:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self.deliver(body, "application/x-www-form-urlencoded")

    async def resend(self) -> Reply:
        """The same delivery again, as after a lost answer."""
        return await self.deliver(*self._last, headers={"X-Slack-Retry-Num": "1"})

    async def deliver(
        self,
        body: bytes,
        content_type: str,
        *,
        timestamp: str | None = None,
        signature: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Any bytes; signed with the app's secret unless a signature is given ('' = without the header)."""
        self._last = (body, content_type)
        stamp = timestamp if timestamp is not None else str(int(self.clock.now().timestamp()))
        given = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signed(stamp, body) if signature is None else signature,
            **(headers or {}),
        }
        sent = {name: value for name, value in given.items() if value}
        async with self._session.post(f"{self.bridge}/slack/events", data=body, headers=sent) as response:
            return Reply(response.status, await response.text())

    # ---- the Web API

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        arguments: dict[str, Any] = await request.json() if request.method == "POST" else dict(request.query)
        kind, fault = self._faults[method].popleft() if self._faults[method] else ("", "")
        if kind == "limit":
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": fault}
            )
        if kind == "status":
            return web.Response(status=int(fault), text="<html>down</html>", content_type="text/html")
        try:
            if kind == "error":
                raise Refused(fault)
            answer = {"ok": True} if kind == "drop" else self._do(method, token, arguments)
            error = ""
        except Refused as refused:
            error = str(refused)
            answer = {"ok": False, "error": error}
        self.calls.append(Call(method, token, arguments, error))
        if kind == "hang":
            await self._ending.wait()
        if kind.startswith("drop") and request.transport is not None:
            request.transport.abort()
        return web.json_response(answer)

    def _identify(self, team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {"team_id": team, "user_id": "UBOT", "bot_id": BOT}

    def _do(self, method: str, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if token not in self.tokens:
            raise Refused("invalid_auth")
        methods: dict[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.postEphemeral": self._whisper,
            "views.open": self._open,
            "users.info": self._user,
            "conversations.history": self._history,
            "auth.test": self._identify,
        }
        if method not in methods:
            raise Refused("unknown_method")
        return {"ok": True, **methods[method](self.tokens[token], arguments)}

    def _post(self, team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, arguments)
        if error := message_error(arguments):
            raise Refused(error)
        thread = arguments.get("thread_ts", "")
        if thread and (channel, thread) not in self.messages:
            raise Refused("thread_not_found")
        blocks, metadata = arguments.get("blocks", []), arguments.get("metadata")
        ts = self._ts()
        kept = Message(team, channel, ts, arguments["text"], blocks, metadata, thread)
        self.messages[channel, ts] = kept
        return {"channel": channel, "ts": ts}

    def _update(self, team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, arguments)
        message = self.messages.get((channel, arguments.get("ts", "")))
        if message is None:
            raise Refused("message_not_found")
        if message.user:
            raise Refused("cant_update_message")
        if error := message_error(arguments, update=True):
            raise Refused(error)
        message.text = arguments["text"]
        message.blocks = arguments.get("blocks", message.blocks)
        message.metadata = arguments.get("metadata", message.metadata)
        return {"channel": channel, "ts": message.ts, "text": message.text}

    def _whisper(self, team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, arguments)
        user = arguments.get("user", "")
        if user not in self.users:
            raise Refused("user_not_in_channel")
        if not arguments.get("text"):
            raise Refused("no_text")
        self.whispered.append(Whispered(channel, user, arguments["text"]))
        return {"message_ts": self._ts()}

    def _open(self, team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        issued = self._triggers.pop(arguments.get("trigger_id", ""), None)
        if issued is None:
            raise Refused("exchanged_trigger_id")
        if self.clock.now().timestamp() - issued > 3:
            raise Refused("expired_trigger_id")
        if error := view_error(arguments.get("view")):
            raise Refused(error)
        view = {**arguments["view"], "id": f"V{next(self._numbers):08d}", "team_id": team}
        self.views.append(view)
        return {"view": view}

    def _user(self, team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        name = self.users.get(arguments.get("user", ""))
        if name is None:
            raise Refused("user_not_found")
        profile = {"display_name": name, "real_name": f"{name} (real)"}
        return {"user": {"id": arguments["user"], "team_id": team, "name": name.lower(), "profile": profile}}

    def _history(self, team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(team, arguments)
        oldest = float(arguments.get("oldest", 0))
        newest_first = sorted(
            (
                m
                for m in self.messages.values()
                if m.channel == channel and not m.thread and float(m.ts) >= oldest
            ),
            key=lambda m: float(m.ts),
            reverse=True,
        )
        start, limit = int(arguments.get("cursor", 0)), int(arguments.get("limit", 100))
        page: Sequence[Message] = newest_first[start : start + limit]
        more = len(newest_first) > start + limit
        with_metadata = arguments.get("include_all_metadata") in ("true", "1", True)
        return {
            "messages": [_as_history(message, with_metadata) for message in page],
            "has_more": more,
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    async def _responded(self, request: web.Request) -> web.Response:
        """A response_url was used."""
        body = await request.json()
        if body.get("response_type") != "ephemeral" or body.get("replace_original"):
            return web.Response(status=400, text="the tests expect private words only")
        person = request.match_info
        self.whispered.append(Whispered(person["channel"], person["user"], body["text"]))
        return web.Response(text="ok")

    def _channel(self, team: str, arguments: Mapping[str, Any]) -> str:
        channel = arguments.get("channel")
        if not isinstance(channel, str) or (team, channel) not in self.channels:
            raise Refused("channel_not_found")
        return channel

    def _person(self, user: str, team: str) -> dict[str, Any]:
        name = self.users.get(user, "somebody").lower().replace(" ", ".")
        return {
            "user": {"id": user, "username": name, "name": name, "team_id": team},
            "team": {"id": team, "domain": "example"},
            "api_app_id": APP,
            "token": "deprecated",
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _trigger(self) -> str:
        trigger = f"{next(self._numbers)}.trigger"
        self._triggers[trigger] = self.clock.now().timestamp()
        return trigger

    def _ts(self) -> str:
        return f"{int(self.clock.now().timestamp())}.{next(self._numbers):06d}"


def signed(timestamp: str, body: bytes, secret: str = SIGNING_SECRET) -> str:
    """Slack's v0 signature, written down a second time, apart from the bridge's own."""
    basis = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), basis, hashlib.sha256).hexdigest()


def _as_history(message: Message, with_metadata: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": "message",
        "ts": message.ts,
        "text": message.text,
        "blocks": message.blocks,
    }
    shown |= {"user": message.user} if message.user else {"bot_id": BOT}
    return shown | {"metadata": message.metadata} if with_metadata and message.metadata else shown
