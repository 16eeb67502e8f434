"""The Bot Framework's connector over the bridge's own HTTP client, and its refusals by what they ask of us.

It never sends a post twice by itself: what may have arrived is `Uncertain`. Only a token that ran out
is renewed here, once; pauses and further tries are the outbox's.
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

from aiohttp import ClientConnectorError, ClientError

from adapters.desks.teams.answers import read_object
from adapters.desks.teams.pace import Paces
from adapters.desks.teams.settings import App, Installation
from adapters.desks.teams.tokens import AccessTokens
from bridge.ports import (
    AddressGone,
    CredentialsRejected,
    DeliveryError,
    MessageRefused,
    Outbound,
    RetryLater,
    Uncertain,
)

TIMEOUT = 15.0
"""Seconds for one call."""
_THROTTLED = (412, 429)
_UNSURE = (500, 502, 503, 504)
_GONE = ("ActivityNotFoundInConversation", "ConversationNotFound", "MessageNotFound", "NotFound")
Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class Line:
    """An app's way to the connector of its tenant."""

    app: App
    service_url: str


@dataclass(frozen=True, slots=True)
class Posted:
    conversation: str
    activity: str


class Connector:
    def __init__(
        self, http: Outbound, installation: Installation, tokens: AccessTokens, paces: Paces | None = None
    ) -> None:
        self._http = http
        self._installation = installation
        self._tokens = tokens
        self._paces = paces or Paces()

    async def begin_thread(self, line: Line, channel: str, activity: Mapping[str, Any]) -> Posted:
        """A new post in a channel; what answers it stands below it. Raises DeliveryError."""
        asked = {
            "isGroup": True,
            "bot": {"id": f"28:{line.app.app_id}"},
            "tenantId": line.app.tenant_id,
            "channelData": {"channel": {"id": channel}, "tenant": {"id": line.app.tenant_id}},
            "activity": activity,
        }
        await self._paces.turn(channel)
        answer = await self._call(line, "POST", "v3/conversations", asked)
        conversation = str(answer.get("id") or "")
        posted = str(answer.get("activityId") or conversation.partition(";messageid=")[2])
        if not posted:
            raise Uncertain("post: the answer names no message")
        return Posted(conversation or thread_id(channel, posted), posted)

    async def begin_chat(self, line: Line, person: str) -> str:
        """The personal chat with somebody: the same one every time. Raises DeliveryError."""
        asked = {
            "isGroup": False,
            "bot": {"id": f"28:{line.app.app_id}"},
            "members": [{"id": person}],
            "tenantId": line.app.tenant_id,
            "channelData": {"tenant": {"id": line.app.tenant_id}},
        }
        await self._paces.turn(person)
        answer = await self._call(line, "POST", "v3/conversations", asked)
        if not isinstance(answer.get("id"), str):
            raise RetryLater("chat: the answer names no conversation")
        return str(answer["id"])

    async def post(self, line: Line, conversation: str, activity: Mapping[str, Any]) -> str:
        """Posts into a thread or chat. The message's id; empty where Teams gives none."""
        await self._paces.turn(conversation)
        answer = await self._call(line, "POST", f"{_path(conversation)}/activities", activity)
        return str(answer.get("id") or "")

    async def update(self, line: Line, conversation: str, id: str, activity: Mapping[str, Any]) -> None:
        await self._paces.turn(conversation)
        named = {**activity, "id": id}
        await self._call(line, "PUT", f"{_path(conversation)}/activities/{quote(id, safe='')}", named)

    async def delete(self, line: Line, conversation: str, id: str) -> None:
        await self._call(line, "DELETE", f"{_path(conversation)}/activities/{quote(id, safe='')}", None)

    async def has_member(self, line: Line, conversation: str, person: str) -> bool:
        """Whether somebody belongs to a channel's team."""
        path = f"{_path(conversation)}/members/{quote(person, safe='')}"
        try:
            return bool(await self._call(line, "GET", path, None))
        except AddressGone:
            return False

    async def members(self, line: Line, conversation: str, many: int) -> list[Mapping[str, Any]]:
        """Who belongs to a channel's team, the first `many`. Raises DeliveryError."""
        answer = await self._call(line, "GET", f"{_path(conversation)}/pagedmembers?pageSize={many}", None)
        listed = answer.get("members")
        return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []

    async def _call(
        self, line: Line, method: Method, path: str, body: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        if not self._installation.serves(line.service_url):
            raise CredentialsRejected("the service address is not among teams.service_hosts")
        token = await self._tokens.of(line.app)
        status, headers, answer = await self._send(line, method, path, body, token)
        if status == 401:
            self._tokens.drop(line.app, token)
            token = await self._tokens.of(line.app)
            status, headers, answer = await self._send(line, method, path, body, token)
        if 200 <= status < 300:
            return answer
        raise named(method, status, headers, answer)

    async def _send(
        self, line: Line, method: Method, path: str, body: Mapping[str, Any] | None, token: str
    ) -> tuple[int, Mapping[str, str], Mapping[str, Any]]:
        url = f"{line.service_url.rstrip('/')}/{path}"
        headers = {"Authorization": f"Bearer {token}"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = dumped(body).encode(), "application/json; charset=utf-8"
        try:
            async with (
                asyncio.timeout(TIMEOUT),
                self._http.session.request(method, url, data=data, headers=headers) as response,
            ):
                return response.status, response.headers, await read_object(response)
        # `from None`: the library's errors carry the request, token included.
        except DeliveryError:
            raise
        except ClientConnectorError:
            raise RetryLater("the connector can not be reached") from None
        except (ClientError, OSError, ValueError) as error:
            raise _unknown(method, type(error).__name__) from None


def dumped(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def size(body: Mapping[str, Any]) -> int:
    """Bytes as Teams counts them: in UTF-16."""
    return len(dumped(body).encode("utf-16-le", "replace"))


def thread_id(channel: str, root: str) -> str:
    return f"{channel};messageid={root}"


def named(
    method: Method, status: int, headers: Mapping[str, str], answer: Mapping[str, Any]
) -> DeliveryError:
    """The connector's refusal as what the core must do about it."""
    error = answer.get("error")
    code = str(error.get("code", ""))[:60] if isinstance(error, dict) else ""
    why = f"{method}: {status} {code}".rstrip()
    if status in _THROTTLED:
        return RetryLater(why, _retry_after(headers))
    if status in _UNSURE:
        return _unknown(method, f"{status} {code}".rstrip(), _retry_after(headers))
    if status in (401, 403):
        return CredentialsRejected(why)
    if status == 404 or code in _GONE:
        return AddressGone(why)
    return MessageRefused(why)


def _unknown(method: Method, why: str, after: timedelta | None = None) -> DeliveryError:
    return Uncertain(f"{method}: {why}") if method == "POST" else RetryLater(f"{method}: {why}", after)


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    seconds = headers.get("Retry-After", "")
    known = seconds.isascii() and seconds.isdigit() and len(seconds) <= 5
    return timedelta(seconds=int(seconds)) if known else None


def _path(conversation: str) -> str:
    return f"v3/conversations/{quote(conversation, safe='')}"
