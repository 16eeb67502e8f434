"""What channels share whose other end is a program that signs (Standard Webhooks): a shop, a bot.

A request is believed for its signature alone; nothing tells an unknown tenant from a wrong secret.
"""

import secrets
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from adapters.http import parse_json, problem, read_body, unauthorized
from adapters.webhooks import PREFIX, Destination, SignatureRejected, WebAddress, WebhookSecret, verify
from bridge.domain.events import Event, Outcome
from bridge.domain.ids import TenantId
from bridge.ports import ChannelAddress, Host, Unavailable

MAX_TEXT = 64_000
_DECOY = PREFIX + secrets.token_hex(32)
"""What an unknown tenant's requests are verified with, so that they take as long to refuse."""


class SignedSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    secret: WebhookSecret
    deliver_to: WebAddress


class SignedChannel:
    """One adapter's half: it says what a request reports, and what an entry looks like."""

    kind: str
    timeout = 15.0
    """Seconds for one delivery; the specification advises 15 to 30."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def start(self) -> None:
        """Nothing to open: the HTTP client is the bridge's."""

    async def stop(self) -> None:
        """Nothing to close."""

    @abstractmethod
    def read(self, body: Mapping[str, Any], tenant: TenantId, channel: str, id: str) -> Event:
        """The event that a signed request reports; `id` is its webhook-id. Raises a 400."""

    async def received(self, request: web.Request) -> tuple[Event, Outcome]:
        """Recorded, or a 4xx, or a 503 to be sent again."""
        self._host.throttle.admit(request)
        body = await read_body(request)
        tenant, channel = request.match_info["tenant"], request.match_info["channel"]
        settings: SignedSettings | None = self._host.directory.channel(tenant, channel, self.kind)
        secret = settings.secret.get_secret_value() if settings else _DECOY
        try:
            id = verify(secret, request.headers, body, self._host.clock.now())
        except SignatureRejected:
            raise unauthorized() from None
        event = self.read(parse_json(body), TenantId(tenant), channel, id)
        try:
            return event, await self._host.inbound.receive(event)
        except Unavailable:
            raise problem(
                503, "unavailable", "It could not be stored now. Send it again.", {"Retry-After": "1"}
            ) from None

    async def deliver(self, to: ChannelAddress, body: Mapping[str, Any], key: str) -> None:
        settings: SignedSettings = to.settings
        await Destination(settings.deliver_to, settings.secret, self.timeout).deliver(self._host, body, key)
