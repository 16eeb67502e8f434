"""One web chat over the real decisions, for the tests of its addresses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.channels.webchat import Adapter
from bridge.domain.tenant import ChannelTraits
from bridge.ports import Host
from tests.adapters.channels.webchat.driver import WebchatDriver
from tests.contracts.channel import Client
from tests.fakes.desk_core import OwnClock
from tests.fakes.inbound import ACME, GLOBEX, ChannelDirectory, InboundCore, channel_host


@dataclass
class Chat:
    """A bridge with the web chats of two tenants, and one customer of acme's."""

    core: InboundCore
    host: Host
    adapter: Adapter
    directory: ChannelDirectory
    client: Client
    customer: WebchatDriver
    clock: OwnClock


@pytest.fixture
async def chat(aiohttp_client: Callable[..., Awaitable[Client]]) -> AsyncIterator[Chat]:
    customer, clock = WebchatDriver(), OwnClock()
    core = InboundCore(clock, ChannelTraits(push=False, states=True, files=True, edits=True))
    directory = ChannelDirectory(dict(core.tenants))
    directory.channels[ACME, "web", "webchat"] = customer.settings("acme")
    directory.channels[ACME, "other", "webchat"] = customer.settings("acme")
    directory.channels[GLOBEX, "web", "webchat"] = customer.settings("globex")
    host = channel_host(core, directory)
    adapter = Adapter(host)
    app = web.Application()
    app.add_routes(adapter.routes())
    await adapter.start()
    client = await aiohttp_client(TestServer(app))
    await customer.begin(client, core)
    yield Chat(core, host, adapter, directory, client, customer, clock)
    await adapter.stop()
