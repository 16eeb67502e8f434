"""A bot that hands its conversations over passes what every channel must, and what one that carries must."""

import json
from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp import ClientResponse, web

from adapters.channels.botframework import Adapter, Settings
from adapters.webhooks import sign
from bridge.domain.events import CustomerClosed, HandedOver
from bridge.domain.model import Trigger
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
from tests.contracts.channel import Bench, Client
from tests.contracts.push import PushChannelContract, PushDriver, send
from tests.fakes.customer_side import Behaviour, CustomerSide, drop, new_secret, status
from tests.fakes.desk_core import OwnClock

PATH = "/handoff/acme/web"
CONVERSATION = "conv-1"
STATUSES: dict[type[DeliveryError], int] = {
    RetryLater: 503,
    CredentialsRejected: 401,
    AddressGone: 410,
    MessageRefused: 400,
}
TRANSCRIPT = {
    "name": "Transcript",
    "contentType": "application/json",
    "content": {
        "activities": [
            {"type": "message", "text": "Hi, how can I help?", "from": {"role": "bot"}},
            {"type": "typing", "from": {"role": "user"}},
            {"type": "message", "text": "My order AC-1042 is late", "from": {"role": "user"}},
            {"type": "message", "text": 5},
            "nonsense",
        ]
    },
}


class BotDriver(PushDriver):
    """A bot that signs what its customers write, and shows them what it is sent."""

    kind = "botframework"

    def __init__(self) -> None:
        self._secret_of = {"acme": new_secret(), "globex": new_secret()}
        self.secrets = tuple(self._secret_of.values())
        self._outbound = GuardedOutbound(["127.0.0.1"])

    async def stand_up(self, clock: OwnClock) -> None:
        self._clock = clock
        self.bot = CustomerSide(self._secret_of["acme"], now=clock.now)
        self.other = CustomerSide(self._secret_of["globex"], now=clock.now)
        await self.bot.__aenter__()

    async def take_down(self) -> None:
        await self._outbound.close()
        await self.bot.__aexit__(None, None, None)

    def settings(self, tenant: str) -> Settings:
        return Settings.model_validate({"secret": self._secret_of[tenant], "deliver_to": self.bot.url})

    def adapter(self, host: Host) -> ChannelAdapter:
        return Adapter(host)

    def outbound(self) -> Outbound:
        return self._outbound

    # ---- in

    async def write(self, client: Client, text: str, *, number: int = 1) -> ClientResponse:
        return await self.say(client, {"type": "message", "text": text}, number=number)

    async def say(self, client: Client, activity: dict[str, Any], *, number: int = 1) -> ClientResponse:
        body = spoken(activity)
        return await _post(client, body, self.bot.signed(body, id=f"msg_{number}"))

    async def forge(self, client: Client, text: str) -> list[ClientResponse]:
        body = spoken({"type": "message", "text": text})
        genuine, foreign = self.bot.signed(body), self.other.signed(body)
        return [
            await _post(client, body, {}),
            await _post(client, body, {"Authorization": "Bearer token"}),
            await _post(client, body, foreign),
            await _post(client, body + b" ", genuine),
            await _post(client, body, self.bot.signed(body, at=self._clock.now() - timedelta(seconds=301))),
            await _post(client, body, genuine, "/handoff/globex/web"),
            await _post(client, body, genuine, "/handoff/nobody/web"),
            await _post(client, body, genuine, "/handoff/acme/nothing"),
        ]

    async def write_too_late(self, client: Client, text: str, clock: OwnClock) -> ClientResponse:
        body = spoken({"type": "message", "text": text})
        headers = self.bot.signed(body)
        clock.pass_by(seconds=301)
        return await _post(client, body, headers)

    async def post(self, client: Client, body: bytes) -> ClientResponse:
        return await _post(client, body, sign(self.bot.secret, "msg_any", self._clock.now(), body))

    # ---- out

    def shown(self) -> list[str]:
        return [got["text"] for got in self.received() if got["type"] == "message"]

    def statuses(self) -> list[dict[str, Any]]:
        return [got["value"] for got in self.received() if got.get("name") == "handoff.status"]

    def received(self) -> list[dict[str, Any]]:
        """Each id once, as the protocol asks of receivers."""
        return [*{got.id: got.body for got in self.bot.received}.values()]

    def refuse_next(self, error: type[DeliveryError]) -> None:
        self._refuse(status(STATUSES[error]))

    def ask_to_wait(self, seconds: int) -> None:
        self._refuse(status(429, Retry_After=str(seconds)))

    def lose_next_answer(self) -> None:
        self.bot.then(drop)

    def _refuse(self, answer: Behaviour) -> None:
        async def refuse(request: web.Request) -> web.StreamResponse:
            self.bot.received.pop()
            return await answer(request)

        self.bot.then(refuse)


class TestBotFramework(PushChannelContract):
    def driver(self) -> BotDriver:
        return BotDriver()

    async def test_a_handoff_waits_for_a_person_with_what_was_said_before(self, bench: Bench) -> None:
        bot = bot_of(bench)
        context = {
            "reason": "asked twice for a person",
            "customer": {"id": "c-7", "name": "Vera", "tags": ["vip"]},
        }
        initiate = {"type": "event", "name": "handoff.initiate", "value": context}
        others = [{"name": "Logs", "contentType": "text/x-log", "content": {"a": 1}}, "nonsense"]
        answered = await bot.say(bench.client, {**initiate, "attachments": [*others, TRANSCRIPT]})
        assert answered.status == 202
        [event] = bench.core.events(HandedOver)
        assert isinstance(event, HandedOver)
        assert event.transcript == "Bot: Hi, how can I help?\nCustomer: My order AC-1042 is late"
        conversation = bench.core.newest_conversation()
        assert conversation.mode == "waiting"
        assert conversation.handoff is not None
        [fired] = conversation.handoff.triggers
        assert (fired.trigger, fired.evidence) == (Trigger.ASSISTANT_REQUEST, "asked twice for a person")
        assert "My order AC-1042 is late" in conversation.handoff.want

    async def test_a_handoff_asked_for_twice_is_one(self, bench: Bench) -> None:
        bot = bot_of(bench)
        for number in (1, 1, 2):
            answered = await bot.say(
                bench.client, {"type": "event", "name": "handoff.initiate"}, number=number
            )
            assert answered.status == 202
        handoff = bench.core.newest_conversation().handoff
        assert handoff is not None
        assert handoff.number == 1

    async def test_the_bot_learns_who_has_the_conversation_and_when_it_is_its_own_again(
        self, bench: Bench
    ) -> None:
        bot = bot_of(bench)
        await bot.say(bench.client, {"type": "event", "name": "handoff.initiate", "value": "a refund"})
        await carry_states(bench)
        assert bot.statuses() == [], "nobody has it yet"
        await bench.core.claims()
        await carry_states(bench)
        await bench.core.releases()
        await carry_states(bench)
        assert bot.statuses() == [{"state": "accepted", "agent": "Ana"}, {"state": "completed"}]

    async def test_the_end_of_a_conversation_ends_it(self, bench: Bench) -> None:
        bot = bot_of(bench)
        await bot.write(bench.client, "hello")
        ended = await bot.say(bench.client, {"type": "endOfConversation"}, number=2)
        assert ended.status == 202
        assert len(bench.core.events(CustomerClosed)) == 1

    async def test_what_the_protocol_has_no_word_for_is_refused(self, bench: Bench) -> None:
        bot = bot_of(bench)
        for activity in ({"type": "event", "name": "weather"}, {"type": "invoke"}, {"type": 5}, {}):
            assert (await bot.say(bench.client, activity)).status == 400
        assert bench.core.received == []


def bot_of(bench: Bench) -> BotDriver:
    assert isinstance(bench.driver, BotDriver)
    return bench.driver


async def carry_states(bench: Bench) -> None:
    """What the outbox would carry, the states among it."""
    conversation = bench.core.newest_conversation()
    for entry in await bench.core.entries(conversation.tenant, conversation.id, 0):
        await send(bench, entry)


def spoken(activity: dict[str, Any]) -> bytes:
    """An activity of one conversation, as a bot's SDK writes it."""
    common = {
        "channelId": "webchat",
        "conversation": {"id": CONVERSATION},
        "from": {"id": "u1", "role": "user"},
    }
    return json.dumps({**common, **activity}).encode()


async def _post(client: Client, body: bytes, headers: dict[str, str], path: str = PATH) -> ClientResponse:
    return await client.post(path, data=aiohttp.BytesPayload(body), headers=headers)
