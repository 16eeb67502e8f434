"""What a workload is, and what several of them begin with.

W1  a customer's message is answered by the AI (webhook and web chat)
W2  a customer asks for a person: the card is posted, the customer told
W3  an agent presses Claim
W4  an agent's line in the thread reaches the customer

None knows whether the bridge or a floor is behind the port. The walk goes on in `customers`, `agents`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Protocol, TypeVar

from bench import scene
from bench.load import signed
from bench.load.wire import Line, Reply
from bench.load.world import PATIENCE, customer_name

AT_ONCE = 16
"""Preparations that run at the same time."""

T = TypeVar("T")
_customers = count(1)


class Target(Protocol):
    """Where a workload goes to."""

    @property
    def port(self) -> int: ...
    @property
    def tenants(self) -> int:
        """How many it serves."""


class Workload(Protocol):
    name: str

    async def prepare(self, target: Target, at_once: int) -> None:
        """Before anything is measured."""

    async def act(self, line: Line, number: int) -> float | None:
        """One message, by one of those at once; see `loop.Act`."""

    async def settle(self) -> None:
        """Returns when what follows an acknowledgement has left too."""


class Refused(Exception):
    """What is measured did not do what it was asked."""


def accepted(reply: Reply, status: int) -> bytes:
    if reply.status != status:
        raise Refused(f"{reply.status} instead of {status}: {reply.body[:300]!r}")
    return reply.body


def next_customer() -> int:
    """A customer whom nobody has seen yet."""
    return next(_customers)


def webhook_message(conversation: str, customer: int, text: str) -> dict[str, Any]:
    name = customer_name(customer)
    who = {"id": f"s{customer}", "name": name, "email": f"{name}@example.com", "language": "en"}
    return {"type": "message", "conversation": conversation, "text": text, "customer": who}


async def once(port: int, sent: bytes, status: int) -> bytes:
    """One request on a connection of its own."""
    line = await Line.open(port)
    try:
        return accepted(await line.ask(sent), status)
    finally:
        line.close()


async def open_session(target: Target, customer: int, spread: int) -> tuple[str, str]:
    """A new customer on web chat, of one of `spread` tenants: the path of the chat, and the token."""
    path = f"/webchat/{scene.tenant_name(customer % spread)}/web"
    asked = {"customer": {"name": customer_name(customer), "language": "en"}}
    body = await once(target.port, signed.browser(f"{path}/sessions", asked), 201)
    return path, str(json.loads(body)["token"])


async def make(many: int, one: Callable[[], Awaitable[T]], at_once: int = AT_ONCE) -> list[T]:
    """So many, a few at the same time."""
    places = asyncio.Semaphore(at_once)

    async def placed() -> T:
        async with places:
            return await one()

    async with asyncio.timeout(PATIENCE + many / 5):
        return await asyncio.gather(*(placed() for _ in range(many)))
