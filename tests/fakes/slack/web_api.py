"""The Web API: who may call what, messages, people, history. Each method answers or raises `Refused`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

from aiohttp import web

from tests.fakes.slack.rules import message_error
from tests.fakes.slack.views import Views
from tests.fakes.slack.world import BOT, Call, Channel, Message, Refused, Whispered, Workspace

Arguments = Mapping[str, Any]
Method = Callable[[Workspace, Arguments], dict[str, Any]]
BURST = 4.0
_SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "users.info": "users:read",
    "files.info": "files:read",
}


class WebApi(Views):
    """Needs a token in each call, and gives each token its own workspace only."""

    _ending: asyncio.Event

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        arguments = await _arguments(request)
        kind, fault = self._faults[method].popleft() if self._faults[method] else ("", "")
        if kind == "limit":
            return limited(fault)
        if kind == "status":
            return web.Response(status=int(fault), text="<html>down</html>", content_type="text/html")
        if method == "chat.postMessage" and (wait := self._too_fast(token, arguments)):
            self.refused_for_haste += 1
            return limited(wait)
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
        return web.json_response(answer, headers={"X-OAuth-Scopes": self._granted(token)})

    def _too_fast(self, token: str, arguments: Arguments) -> str:
        """Seconds to wait; empty when the post is within one a second and a short burst."""
        if self.rates is None:
            return ""
        place = (self.tokens.get(token, ""), str(arguments.get("channel")))
        earliest = max(self.rates.get(place, 0.0), monotonic() - BURST) + 1.0
        if earliest > monotonic():
            return "1"
        self.rates[place] = earliest
        return ""

    def _granted(self, token: str) -> str:
        known = self.workspaces.get(self.tokens.get(token, ""))
        return ",".join(sorted(known.scopes)) if known else ""

    def _workspace(self, token: str) -> Workspace:
        if token in self.revoked:
            raise Refused(self.revoked[token])
        if token not in self.tokens:
            raise Refused("invalid_auth")
        return self.workspaces[self.tokens[token]]

    def _do(self, method: str, token: str, arguments: Arguments) -> dict[str, Any]:
        workspace = self._workspace(token)
        methods: dict[str, Method] = {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.postEphemeral": self._whisper,
            "views.open": self._open,
            "views.push": self._push,
            "views.update": self._update_view,
            "views.publish": self._publish,
            "users.info": self._user,
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.members": self._members,
            "conversations.replies": self._replies,
            "auth.test": self._identify,
        }
        if method not in methods:
            raise Refused("unknown_method")
        needed = _SCOPES.get(method)
        if needed and needed not in workspace.scopes:
            raise Refused("missing_scope")
        return {"ok": True, **methods[method](workspace, arguments)}

    def _identify(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        web = f"https://{workspace.team.lower()}.slack.com/"
        return {"team_id": workspace.team, "user_id": workspace.bot_user, "bot_id": BOT, "url": web}

    def _info(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        channel = self._visible(workspace, arguments)
        flags = {"is_archived": channel.archived, "is_member": channel.joined, "is_private": channel.private}
        return {"channel": {"id": channel.id, "name": channel.name, **flags}}

    def _members(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        channel = self._visible(workspace, arguments)
        here = sorted(set(workspace.users) - channel.left)
        start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit", 100))
        more = str(start + limit) if len(here) > start + limit else ""
        page = here[start : start + limit]
        return {"members": page, "response_metadata": {"next_cursor": more}}

    def _post(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        channel = self._open_channel(workspace, arguments).id
        if error := message_error(arguments):
            raise Refused(error)
        thread = arguments.get("thread_ts", "")
        if thread and (channel, thread) not in self.messages:
            raise Refused("thread_not_found")
        blocks, metadata = arguments.get("blocks", []), arguments.get("metadata")
        ts = self.ts()
        kept = Message(workspace.team, channel, ts, arguments["text"], blocks, metadata, thread)
        self.messages[channel, ts] = kept
        return {"channel": channel, "ts": ts}

    def _update(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        channel = self._open_channel(workspace, arguments).id
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

    def _whisper(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        channel = self._open_channel(workspace, arguments)
        user = arguments.get("user", "")
        if user not in workspace.users or user in channel.left:
            raise Refused("user_not_in_channel")
        if error := message_error(arguments):
            raise Refused(error)
        blocks = tuple(arguments.get("blocks", ()))
        self.whispered.append(Whispered(channel.id, user, arguments["text"], blocks))
        return {"message_ts": self.ts()}

    def _user(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        name = workspace.users.get(arguments.get("user", ""))
        if name is None:
            raise Refused("user_not_found")
        profile = {"display_name": name, "real_name": f"{name} (real)"}
        known = {
            "id": arguments["user"],
            "team_id": workspace.team,
            "name": name.lower(),
            "tz": "Europe/Madrid",
            "is_bot": arguments["user"] in workspace.apps,
            "deleted": arguments["user"] in workspace.closed,
        }
        return {"user": {**known, "profile": profile}}

    def _history(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        """The channel's own messages, the newest first."""
        channel = self._readable(workspace, arguments)
        found = [m for m in self.messages.values() if m.channel == channel.id and not m.thread]
        return _page(sorted(found, key=lambda m: float(m.ts), reverse=True), arguments)

    def _replies(self, workspace: Workspace, arguments: Arguments) -> dict[str, Any]:
        """A thread from its beginning, the message that it stands below included."""
        channel = self._readable(workspace, arguments)
        thread = str(arguments.get("ts", ""))
        if (channel.id, thread) not in self.messages:
            raise Refused("thread_not_found")
        found = [m for m in self.messages.values() if m.channel == channel.id and thread in (m.ts, m.thread)]
        return _page(sorted(found, key=lambda m: float(m.ts)), arguments)

    def _readable(self, workspace: Workspace, arguments: Arguments) -> Channel:
        channel = self._channel(workspace, arguments)
        needed = "groups:history" if channel.private else "channels:history"
        if needed not in workspace.scopes:
            raise Refused("missing_scope")
        return channel

    def _open_channel(self, workspace: Workspace, arguments: Arguments) -> Channel:
        channel = self._channel(workspace, arguments)
        if channel.archived:
            raise Refused("is_archived")
        return channel

    def _visible(self, workspace: Workspace, arguments: Arguments) -> Channel:
        found = workspace.channels.get(str(arguments.get("channel")))
        if found is None or (found.private and not found.joined):
            raise Refused("channel_not_found")
        if f"{'groups' if found.private else 'channels'}:read" not in workspace.scopes:
            raise Refused("missing_scope")
        return found

    def _channel(self, workspace: Workspace, arguments: Arguments) -> Channel:
        found = workspace.channels.get(str(arguments.get("channel")))
        if found is None or (found.private and not found.joined):
            raise Refused("channel_not_found")
        if not found.joined:
            raise Refused("not_in_channel")
        return found

    async def _responded(self, request: web.Request) -> web.Response:
        """A response_url was used: five times at most, within half an hour."""
        known = self._responses.get(request.match_info["number"])
        body = await request.json()
        if known is None or self.clock.now().timestamp() - known.issued > 1_800:
            return web.Response(status=404, text="expired_url")
        known.uses += 1
        if known.uses > 5:
            return web.Response(status=404, text="used_url")
        if body.get("response_type") != "ephemeral" or body.get("replace_original"):
            return web.Response(status=400, text="the tests expect private words only")
        if message_error(body):
            return web.Response(status=400, text="invalid_blocks")
        blocks = tuple(body.get("blocks", ()))
        self.whispered.append(Whispered(known.channel, known.user, body["text"], blocks))
        return web.Response(text="ok")


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.method != "POST":
        return dict(request.query)
    if request.content_type == "application/json":
        return dict(await request.json())
    return dict(await request.post())


def limited(seconds: str) -> web.Response:
    return web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": seconds}
    )


def _page(found: Sequence[Message], arguments: Arguments) -> dict[str, Any]:
    since = [m for m in found if float(m.ts) >= float(arguments.get("oldest", 0))]
    start, limit = int(arguments.get("cursor", 0)), int(arguments.get("limit", 100))
    more = len(since) > start + limit
    with_metadata = arguments.get("include_all_metadata") in ("true", "1", True)
    return {
        "messages": [_as_history(message, with_metadata) for message in since[start : start + limit]],
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


def _as_history(message: Message, with_metadata: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": "message",
        "ts": message.ts,
        "text": message.text,
        "blocks": message.blocks,
    }
    shown |= {"user": message.user} if message.user else {"bot_id": BOT}
    return shown | {"metadata": message.metadata} if with_metadata and message.metadata else shown
