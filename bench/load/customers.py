"""What customers do: write and be answered, and ask for a person."""

import asyncio
from collections import deque

from bench import scene
from bench.load import signed
from bench.load.wire import Line, Stream
from bench.load.workload import Target, accepted, make, next_customer, open_session, webhook_message
from bench.load.world import World, customer_name

TURNS = 6
"""Messages of one customer before the next one comes."""


class CustomerMessage:
    """W1 over the signed webhook: done when the 202 is there and the shop has the answer.

    `tenants`: among how many the customers are spread, as far as the target serves so many.
    """

    name = "W1"

    def __init__(self, world: World, tenants: int = scene.BUSY, turns: int = TURNS) -> None:
        self._world = world
        self._tenants = tenants
        self._turns = turns
        self._spread = 1
        self._talking: dict[int, tuple[int, int]] = {}
        """Of each at once: their customer, and how many messages it has written."""

    async def prepare(self, target: Target, at_once: int) -> None:
        self._talking.clear()
        self._spread = min(self._tenants, target.tenants)

    async def act(self, line: Line, number: int) -> None:
        customer, written = self._talking.get(number, (0, self._turns))
        if written >= self._turns:
            customer, written = next_customer(), 0
        self._talking[number] = (customer, written + 1)
        await converse(self._world, line, customer, written, self._spread)

    async def settle(self) -> None:
        await self._world.quiet()


async def converse(world: World, line: Line, customer: int, written: int, spread: int) -> None:
    """One message of a customer who has written so many, until it is answered."""
    conversation = f"c{customer}"
    body = webhook_message(conversation, customer, scene.QUESTIONS[written % len(scene.QUESTIONS)])
    answered = world.expect(f"assistant:{conversation}")
    accepted(await line.ask(signed.webhook(scene.tenant_name(customer % spread), body)), 202)
    await answered


class ChatMessage:
    """W1 over the web chat: done when the 202 is there and the open event stream has brought the answer."""

    name = "W1 web chat"

    def __init__(self, world: World, tenants: int = scene.BUSY, visitors: int = 8) -> None:
        self._world = world
        self._tenants = tenants
        self._each = visitors
        """Visitors that each at once takes turns with."""
        self._visitors: list[deque[_Visitor]] = []

    async def prepare(self, target: Target, at_once: int) -> None:
        spread = min(self._tenants, target.tenants)
        come = await make(self._each * at_once, lambda: _Visitor.come(target, spread))
        self._visitors = [deque(come[number::at_once]) for number in range(at_once)]

    async def act(self, line: Line, number: int) -> None:
        places = self._visitors[number]
        visitor = places[0]
        places.rotate(-1)
        answered = visitor.expect_answer()
        accepted(await line.ask(visitor.writes()), 202)
        await answered

    async def settle(self) -> None:
        await self._world.quiet()
        for places in self._visitors:
            for visitor in places:
                visitor.stream.close()


class _Visitor:
    """A customer with the chat open."""

    def __init__(self, path: str, token: str) -> None:
        self._path = path
        self._token = token
        self._written = 0
        self._answered: asyncio.Future[None] | None = None
        self.stream: Stream

    @classmethod
    async def come(cls, target: Target, spread: int) -> "_Visitor":
        path, token = await open_session(target, next_customer(), spread)
        visitor = cls(path, token)
        visitor.stream = await Stream.open(target.port, f"{path}/events?token={token}", visitor._told)
        return visitor

    def writes(self) -> bytes:
        text = scene.QUESTIONS[self._written % len(scene.QUESTIONS)]
        self._written += 1
        return signed.browser(f"{self._path}/messages", {"id": signed.uuid(), "text": text}, self._token)

    def expect_answer(self) -> "asyncio.Future[None]":
        self._answered = asyncio.get_running_loop().create_future()
        return self._answered

    def _told(self) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_result(None)


class PersonAsked:
    """W2: a new customer asks for a person; done when the card is posted and the customer was told."""

    name = "W2"

    def __init__(self, world: World, tenants: int = scene.TENANTS) -> None:
        self._world = world
        self._tenants = tenants
        self._spread = 1

    async def prepare(self, target: Target, at_once: int) -> None:
        self._spread = min(self._tenants, target.tenants)

    async def act(self, line: Line, number: int) -> None:
        await ask_for_person(self._world, line, next_customer(), self._spread)

    async def settle(self) -> None:
        await self._world.quiet()


async def ask_for_person(world: World, line: Line, customer: int, spread: int) -> None:
    conversation = f"c{customer}"
    body = webhook_message(conversation, customer, scene.WANTS_A_PERSON)
    posted = world.expect(f"card:{customer_name(customer)}")
    told = world.expect(f"system:{conversation}")
    accepted(await line.ask(signed.webhook(scene.tenant_name(customer % spread), body)), 202)
    await posted
    await told
