"""The signed webhook passes what every channel must, and what one that carries messages must."""

import json
from datetime import timedelta

import aiohttp
from aiohttp import ClientResponse, web

from adapters.channels.webhook import Adapter, Settings
from adapters.webhooks import sign
from bridge.outbound import GuardedOutbound
from bridge.ports import (
    AddressGone,
    ChannelAdapter,
    CredentialsRejected,
    DeliveryError,
    Host,
    MessageRefused,
    Outbound,
    RetryLater,
)
from tests.contracts.channel import Client
from tests.contracts.push import PushChannelContract, PushDriver
from tests.fakes.customer_side import Behaviour, CustomerSide, drop, new_secret, status
from tests.fakes.desk_core import OwnClock

PATH = "/channels/acme/web"
CUSTOMER = "c1"
STATUSES: dict[type[DeliveryError], int] = {
    RetryLater: 503,
    CredentialsRejected: 401,
    AddressGone: 410,
    MessageRefused: 400,
}


class WebhookDriver(PushDriver):
    """A shop that signs what its customers write, and shows them what it is sent."""

    kind = "webhook"
    shop: CustomerSide
    other: CustomerSide

    def __init__(self) -> None:
        self._secret_of = {"acme": new_secret(), "globex": new_secret()}
        self.secrets = tuple(self._secret_of.values())
        self._outbound = GuardedOutbound(["127.0.0.1"])

    async def stand_up(self, clock: OwnClock) -> None:
        self._clock = clock
        self.shop = CustomerSide(self._secret_of["acme"], now=clock.now)
        self.other = CustomerSide(self._secret_of["globex"], now=clock.now)
        await self.shop.__aenter__()

    async def take_down(self) -> None:
        await self._outbound.close()
        await self.shop.__aexit__(None, None, None)

    def settings(self, tenant: str) -> Settings:
        return Settings.model_validate({"secret": self._secret_of[tenant], "deliver_to": self.shop.url})

    def adapter(self, host: Host) -> ChannelAdapter:
        return Adapter(host)

    def outbound(self) -> Outbound:
        return self._outbound

    # ---- in

    async def write(self, client: Client, text: str, *, number: int = 1) -> ClientResponse:
        body = message(text)
        return await _post(client, body, self.shop.signed(body, id=f"msg_{number}"))

    async def forge(self, client: Client, text: str) -> list[ClientResponse]:
        body = message(text)
        genuine, foreign = self.shop.signed(body), self.other.signed(body)
        now, off = self._clock.now(), timedelta(seconds=301)
        return [
            await _post(client, body, {}),
            await _post(client, body, {**genuine, "webhook-signature": foreign["webhook-signature"]}),
            await _post(client, body, foreign),
            await _post(client, body, {**genuine, "webhook-id": "msg_other"}),
            await _post(client, body, {**genuine, "webhook-signature": "v1,ä v1 ,"}),
            await _post(client, body, self.shop.signed(body, at=now - off)),
            await _post(client, body, self.shop.signed(body, at=now + off)),
            await _post(client, body + b" ", genuine),
            await _post(client, b"{", {}),
            await _post(client, body, genuine, "/channels/globex/web"),
            await _post(client, body, genuine, "/channels/nobody/web"),
            await _post(client, body, genuine, "/channels/acme/nothing"),
        ]

    async def write_too_late(self, client: Client, text: str, clock: OwnClock) -> ClientResponse:
        body = message(text)
        headers = self.shop.signed(body)
        clock.pass_by(seconds=301)
        return await _post(client, body, headers)

    async def post(self, client: Client, body: bytes) -> ClientResponse:
        # the oracle signs text alone, and these bytes may be none
        return await _post(client, body, sign(self.shop.secret, "msg_any", self._clock.now(), body))

    # ---- out

    def shown(self) -> list[str]:
        return self.shop.texts(CUSTOMER)

    def refuse_next(self, error: type[DeliveryError]) -> None:
        self._refuse(status(STATUSES[error]))

    def ask_to_wait(self, seconds: int) -> None:
        self._refuse(status(429, Retry_After=str(seconds)))

    def lose_next_answer(self) -> None:
        self.shop.then(drop)

    def _refuse(self, answer: Behaviour) -> None:
        async def refuse(request: web.Request) -> web.StreamResponse:
            self.shop.received.pop()  # what the shop refuses, it shows to nobody
            return await answer(request)

        self.shop.then(refuse)


class TestWebhook(PushChannelContract):
    def driver(self) -> PushDriver:
        return WebhookDriver()


def message(text: str) -> bytes:
    # ensure_ascii: a lone surrogate can only come as an escape
    return json.dumps({"type": "message", "conversation": CUSTOMER, "text": text}).encode()


async def _post(client: Client, body: bytes, headers: dict[str, str], path: str = PATH) -> ClientResponse:
    return await client.post(path, data=aiohttp.BytesPayload(body), headers=headers)
