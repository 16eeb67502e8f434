"""Who may ask: the channel exists, the token is its own, the page is allowed, the limits hold.

Credentials come first, so that a stranger learns nothing from the difference: a wrong or foreign token
is 401 whether or not its tenant, channel or conversation exists.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from adapters.channels.webchat.origins import cors_headers
from adapters.channels.webchat.settings import Settings
from adapters.http import bearer, not_found, problem, unauthorized
from bridge.domain.ids import ConversationId, TenantId
from bridge.ports import Host, Unavailable

PURPOSE = "webchat"
SESSION = timedelta(days=30)
RETRY_AFTER = "1"
NOBODY = ConversationId("")


@dataclass(frozen=True, slots=True)
class Visit:
    """One admitted request."""

    request: web.Request
    tenant: TenantId
    channel: str
    settings: Settings
    cors: Mapping[str, str]
    conversation: ConversationId = NOBODY


Act = Callable[[Visit], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    def __init__(self, host: Host) -> None:
        self._host = host

    def open_to_all(self, act: Act) -> Handler:
        """For what needs no session. An unknown tenant or channel is 404."""

        async def answer(request: web.Request) -> web.StreamResponse:
            settings = self._settings(request)
            if settings is None:
                raise not_found()
            cors = cors_headers(request, settings.origins, self._host.public_url)
            with_settings = Visit(request, _tenant(request), request.match_info["channel"], settings, cors)
            return await self._run(act, with_settings)

        return answer

    def with_session(self, act: Act) -> Handler:
        """For what belongs to one conversation. The token is a Bearer; EventSource sends `?token=`."""

        async def answer(request: web.Request) -> web.StreamResponse:
            settings = self._settings(request)
            conversation = self._conversation(request)
            if settings is None or conversation is None:
                self._host.throttle.admit(request)
                raise self._readable(request, settings, unauthorized())
            cors = cors_headers(request, settings.origins, self._host.public_url)
            channel = request.match_info["channel"]
            return await self._run(
                act, Visit(request, _tenant(request), channel, settings, cors, conversation)
            )

        return answer

    def token(self, tenant: TenantId, channel: str, conversation: ConversationId) -> str:
        issued = int(self._host.clock.now().timestamp())
        payload = json.dumps([tenant, channel, conversation, issued], separators=(",", ":"))
        return self._host.secrets.sign(PURPOSE, payload.encode())

    async def _run(self, act: Act, visit: Visit) -> web.StreamResponse:
        """Every answer, refusals included, can be read by the page that asked."""
        try:
            self._host.throttle.admit(visit.request, session=visit.conversation)
            response = await act(visit)
        except web.HTTPException as refusal:
            refusal.headers.update(visit.cors)
            raise
        except Unavailable:
            headers = {"Retry-After": RETRY_AFTER, **visit.cors}
            raise problem(503, "unavailable", "Please try again.", headers) from None
        if not response.prepared:
            response.headers.update(visit.cors)
        return response

    def _readable(
        self, request: web.Request, settings: Settings | None, refusal: web.HTTPException
    ) -> web.HTTPException:
        """A 401 that an allowed page can tell from a lost connection."""
        if settings is not None:
            try:
                refusal.headers.update(cors_headers(request, settings.origins, self._host.public_url))
            except web.HTTPForbidden:
                return refusal
        return refusal

    def _settings(self, request: web.Request) -> Settings | None:
        tenant, channel = request.match_info["tenant"], request.match_info["channel"]
        found = self._host.directory.channel(tenant, channel, PURPOSE)
        return found if isinstance(found, Settings) else None

    def _conversation(self, request: web.Request) -> ConversationId | None:
        """The token's conversation, when it is genuine, of this very channel, and not too old."""
        in_query = request.query.get("token", "") if request.method == "GET" else ""
        payload = self._host.secrets.read(PURPOSE, bearer(request) or in_query)
        if payload is None:
            return None
        tenant, channel, conversation, issued = json.loads(payload)
        here = (request.match_info["tenant"], request.match_info["channel"])
        if (tenant, channel) != here or not self._fresh(issued):
            return None
        return ConversationId(conversation)

    def _fresh(self, issued: int) -> bool:
        return self._host.clock.now() - datetime.fromtimestamp(issued, UTC) < SESSION


def _tenant(request: web.Request) -> TenantId:
    return TenantId(request.match_info["tenant"])
