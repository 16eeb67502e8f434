"""The Slack desk of one tenant, served for real, with a fake Slack at the other end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.desks.slack import Adapter, Installation, Settings
from bridge.domain.card import Card
from bridge.ports import CardRef, DeskAddress
from tests.contracts.desk import Client
from tests.fakes.core import ACME, ListedDirectory, PlainOutbound, RecordingCore, core_host, waiting_card
from tests.fakes.desk_core import CountingThrottle, OwnClock
from tests.fakes.slack import CHANNEL, SIGNING_SECRET, TEAM, TOKEN, FakeSlack, Message


@dataclass
class Support:
    """Acme's support desk in Slack."""

    slack: FakeSlack
    core: RecordingCore
    adapter: Adapter
    desk: DeskAddress
    directory: ListedDirectory
    clock: OwnClock
    throttle: CountingThrottle

    async def page(self, card: Card | None = None) -> Message:
        """Posts a card, and the core knows where."""
        shown = card or waiting_card()
        ref = await self.adapter.post_card(self.desk, shown, key="k1")
        self.core.stand(self.desk, shown, ref)
        return self.slack.messages[ref.place, ref.thread]

    async def get(self, url: str) -> tuple[int, Mapping[str, str], bytes]:
        """What a browser gets at one of our own addresses."""
        async with ClientSession() as browser, browser.get(self.slack.bridge + urlsplit(url).path) as found:
            return found.status, found.headers, await found.read()

    async def settled(self) -> None:
        """What follows an acknowledgement has happened."""
        await self.adapter.stop()

    def whispers(self, user: str = "U1") -> list[str]:
        return [w.text for w in self.slack.whispered if w.user == user]


def desk_settings(**changes: object) -> Settings:
    section = {"kind": "slack", "team": TEAM, "channel": CHANNEL, "bot_token": TOKEN}
    return Settings.model_validate({**section, **changes})


def ref_of(message: Message) -> CardRef:
    return CardRef(message.channel, message.ts)


@pytest.fixture
async def support(aiohttp_client: Callable[..., Awaitable[Client]]) -> AsyncIterator[Support]:
    clock, core, http = OwnClock(), RecordingCore(), PlainOutbound()
    slack = FakeSlack(clock)
    await slack.start()
    desk = DeskAddress(ACME, "support", desk_settings(notify=["U1", "U2"]))
    section = {"signing_secret": SIGNING_SECRET, "api_url": slack.api_url}
    directory = ListedDirectory([("slack", desk)], {"slack": Installation.model_validate(section)})
    host = core_host(core, directory, http, clock)
    adapter = Adapter(host)
    app = web.Application()
    app.add_routes(adapter.routes())
    client = await aiohttp_client(TestServer(app))
    slack.bridge = str(client.make_url("")).rstrip("/")
    assert isinstance(host.throttle, CountingThrottle)
    yield Support(slack, core, adapter, desk, directory, clock, host.throttle)
    await adapter.stop()
    await http.close()
    await slack.stop()
