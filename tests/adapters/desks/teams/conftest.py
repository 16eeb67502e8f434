"""The Teams desk of one tenant, served for real, with a fake Teams at the other end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.desks.teams import Adapter
from bridge.domain.card import Card
from bridge.ports import CardRef, DeskAddress, Host
from tests.adapters.desks.teams.driver import desk_settings, installation
from tests.contracts.desk import Client
from tests.fakes.core import ACME, ListedDirectory, PlainOutbound, RecordingCore, core_host, waiting_card
from tests.fakes.desk_core import CountingThrottle, OwnClock
from tests.fakes.duty import FakeDuty
from tests.fakes.teams import FakeTeams, Message
from tests.fakes.vault import FakeConnecting, FakeVault


@dataclass
class Support:
    """Acme's support desk in Teams."""

    teams: FakeTeams
    core: RecordingCore
    adapter: Adapter
    desk: DeskAddress
    directory: ListedDirectory
    clock: OwnClock
    host: Host
    throttle: CountingThrottle
    vault: FakeVault
    connecting: FakeConnecting
    duty: FakeDuty

    async def page(self, card: Card | None = None) -> Message:
        """Posts a card, and the core knows where."""
        shown = card or waiting_card()
        ref = await self.adapter.post_card(self.desk, shown, key="k1")
        self.core.stand(self.desk, shown, ref)
        return self.teams.messages[ref.place, ref.thread]

    async def settled(self) -> None:
        """What follows an answer has happened."""
        await self.adapter.stop()


def ref_of(message: Message) -> CardRef:
    return CardRef(message.conversation.partition(";")[0], message.id)


@pytest.fixture
async def support(aiohttp_client: Callable[..., Awaitable[Client]]) -> AsyncIterator[Support]:
    clock, core, http = OwnClock(), RecordingCore(), PlainOutbound()
    teams = FakeTeams(clock)
    await teams.start()
    desk = DeskAddress(ACME, "support", desk_settings(service_url=teams.url))
    directory = ListedDirectory([("teams", desk)], {"teams": installation(teams)})
    host = core_host(core, directory, http, clock)
    adapter = Adapter(host)
    app = web.Application()
    app.add_routes(adapter.routes())
    client = await aiohttp_client(TestServer(app))
    teams.bridge = str(client.make_url("")).rstrip("/")
    throttle, vault, connecting, duty = host.throttle, host.vault, host.connecting, host.duty
    assert isinstance(throttle, CountingThrottle)
    assert isinstance(vault, FakeVault)
    assert isinstance(connecting, FakeConnecting)
    assert isinstance(duty, FakeDuty)
    yield Support(teams, core, adapter, desk, directory, clock, host, throttle, vault, connecting, duty)
    await adapter.stop()
    await http.close()
    await teams.stop()
