"""Microsoft's side over real HTTP: who signs, access tokens, and the connector with its refusals."""

import asyncio
import itertools
import time
from collections import defaultdict
from typing import Any

from aiohttp import web

from tests.fakes.teams import rules
from tests.fakes.teams.signer import ISSUER, Signer
from tests.fakes.teams.world import ANA, APP, BEN, CHANNEL, EVE, SECRET, TEAM, TENANT, Call, Fault, Message

WINDOWS = ((1.0, 7), (2.0, 8), (30.0, 60), (3600.0, 1800))


class Services:
    """`url` is the connector's; `openid_url` and `token_url` are for bridge.yaml."""

    def __init__(self) -> None:
        self.signer = Signer()
        self.apps = {APP: SECRET}
        self.channels = {CHANNEL: {ANA.id, BEN.id}, TEAM: {ANA.id, BEN.id}}
        self.messages: dict[tuple[str, str], Message] = {}
        self.posts_of_people: set[str] = set()
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.strict_pace = True
        self.token_fetches = 0
        self.token_gate = asyncio.Event()
        """While it is not set, the identity service takes its time."""
        self.token_gate.set()
        self.key_fetches = 0
        self.keys_down = False
        self._tokens: set[str] = set()
        self._numbers = itertools.count(1700000000001)
        self._sent: dict[str, list[float]] = defaultdict(list)

    async def start_services(self) -> None:
        app = web.Application(middlewares=[self._connector_gate])
        app.router.add_get("/openid", self._openid)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/{tenant}/token", self._token)
        conversations = "/connector/v3/conversations"
        app.router.add_post(conversations, self._create)
        app.router.add_post(f"{conversations}/{{c}}/activities", self._post)
        app.router.add_put(f"{conversations}/{{c}}/activities/{{a}}", self._put)
        app.router.add_delete(f"{conversations}/{{c}}/activities/{{a}}", self._delete)
        app.router.add_get(f"{conversations}/{{c}}/members/{{m}}", self._member)
        app.router.add_get(f"{conversations}/{{c}}/pagedmembers", self._members)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._host = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop_services(self) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"{self._host}/connector/"

    @property
    def openid_url(self) -> str:
        return f"{self._host}/openid"

    @property
    def token_url(self) -> str:
        return f"{self._host}/{{tenant_id}}/token"

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def revoke_tokens(self) -> None:
        self._tokens.clear()

    # ---- identity

    async def _openid(self, request: web.Request) -> web.Response:
        if self.keys_down:
            raise web.HTTPServiceUnavailable
        self.key_fetches += 1
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self._host}/keys"})

    async def _keys(self, request: web.Request) -> web.Response:
        return web.json_response(self.signer.jwks())

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.token_fetches += 1
        await self.token_gate.wait()
        asked = (form.get("grant_type"), form.get("scope"), request.match_info["tenant"])
        right = asked == ("client_credentials", "https://api.botframework.com/.default", TENANT)
        if not right or self.apps.get(str(form.get("client_id"))) != form.get("client_secret"):
            return web.json_response({"error": "invalid_client", "error_description": "no"}, status=401)
        token = f"access-{self.token_fetches}"
        self._tokens.add(token)
        return web.json_response({"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    # ---- the connector

    @web.middleware
    async def _connector_gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith("/connector"):
            answered: web.StreamResponse = await handler(request)
            return answered
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self._tokens:
            return _error(401, "Unauthorized")
        body = await request.json() if request.can_read_body else None
        self.calls.append(Call(request.method, request.path, body))
        fault = next((f for f in self.faults if f.method == request.method), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.accepted:
                await handler(request)
            if fault.status == 0:
                assert request.transport is not None
                request.transport.abort()
            return _error(fault.status or 500, fault.code, fault.headers)
        kept: web.StreamResponse = await handler(request)
        return kept

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("tenantId") != TENANT or body.get("bot", {}).get("id") != f"28:{APP}":
            return _error(400, "BadSyntax")
        if not body.get("isGroup"):
            [member] = body["members"]
            return web.json_response({"id": f"a:{member['id']}"}, status=201)
        channel = body["channelData"]["channel"]["id"]
        if channel not in self.channels:
            return _error(403, "BotNotInConversationRoster")
        if code := rules.activity_error(body.get("activity")):
            return _error(413 if code == "MessageSizeTooBig" else 400, code)
        if self._too_fast(channel):
            return _error(429, "Throttled", {"Retry-After": "1"})
        id = str(next(self._numbers))
        conversation = f"{channel};messageid={id}"
        self.messages[channel, id] = Message(conversation, id, body["activity"])
        return web.json_response({"id": conversation, "activityId": id}, status=201)

    async def _post(self, request: web.Request) -> web.Response:
        conversation, activity = request.match_info["c"], await request.json()
        place, _, root = conversation.partition(";messageid=")
        if place not in self.channels and not place.startswith("a:"):
            return _error(403, "BotNotInConversationRoster")
        begins = self.messages.get((place, root))
        if root and conversation not in self.posts_of_people and (begins is None or begins.deleted):
            return _error(404, "ConversationNotFound")
        if code := rules.activity_error(activity):
            return _error(413 if code == "MessageSizeTooBig" else 400, code)
        if self._too_fast(place):
            return _error(429, "Throttled", {"Retry-After": "1"})
        id = str(next(self._numbers))
        self.messages[place, id] = Message(conversation, id, activity)
        return web.json_response({"id": id}, status=201)

    async def _put(self, request: web.Request) -> web.Response:
        message, activity = self._message(request), await request.json()
        if message is None:
            return _error(404, "ActivityNotFoundInConversation")
        if activity.get("id") != message.id:
            return _error(400, "ServiceError")
        if code := rules.activity_error(activity):
            return _error(413 if code == "MessageSizeTooBig" else 400, code)
        message.activity, message.edits = activity, message.edits + 1
        return web.json_response({"id": message.id})

    async def _delete(self, request: web.Request) -> web.Response:
        message = self._message(request)
        if message is None:
            return _error(404, "ActivityNotFoundInConversation")
        message.deleted = True
        return web.Response()

    async def _member(self, request: web.Request) -> web.Response:
        members = self.channels.get(request.match_info["c"].partition(";")[0])
        if members is None:
            return _error(403, "BotNotInConversationRoster")
        if request.match_info["m"] not in members:
            return _error(404, "MemberNotFoundInConversation")
        return web.json_response({"id": request.match_info["m"]})

    async def _members(self, request: web.Request) -> web.Response:
        members = self.channels.get(request.match_info["c"])
        if members is None:
            return _error(403, "BotNotInConversationRoster")
        many = int(request.query["pageSize"])
        return web.json_response(
            {"members": [p.account() for p in (ANA, BEN, EVE) if p.id in members][:many]}
        )

    def _message(self, request: web.Request) -> Message | None:
        place = request.match_info["c"].partition(";")[0]
        message = self.messages.get((place, request.match_info["a"]))
        return message if message and not message.deleted else None

    def _too_fast(self, place: str) -> bool:
        now, sent = time.monotonic(), self._sent[place]
        if self.strict_pace and any(
            sum(1 for at in sent if now - at < seconds) >= many for seconds, many in WINDOWS
        ):
            return True
        sent.append(now)
        return False


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"code": code, "message": "no"}}, status=status, headers=headers)
