"""One furnished room a test, served over real HTTP, and an agent who has signed in."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp.test_utils import TestServer

from tests.adapters.desks.console.room import Client, Room, furnish, sign_in

Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
def room() -> Room:
    return furnish()


@pytest.fixture
async def connect(aiohttp_client: Callable[..., Awaitable[Client]], room: Room) -> Connect:
    """Another browser: its cookies are its own."""
    app = room.app()
    app.on_shutdown.append(lambda _: room.adapter.stop())
    server = TestServer(app)
    await server.start_server()

    async def another(
        name: str = "", key: str = "", *, tenant: str = "acme", desk: str = "support"
    ) -> Client:
        client = await aiohttp_client(server)
        if name:
            answer = await sign_in(
                client, name, key or f"{name.lower()}-s-long-key", tenant=tenant, desk=desk
            )
            assert answer.status == 200
        return client

    return another


@pytest.fixture
async def ana(connect: Connect) -> Client:
    return await connect("Ana")


@pytest.fixture
async def ben(connect: Connect) -> Client:
    return await connect("Ben")
