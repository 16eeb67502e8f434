"""What agents do in Slack: claim, write in the thread, release."""

import asyncio
from collections import deque
from itertools import count
from time import perf_counter
from typing import Any

from bench import scene
from bench.load import signed
from bench.load.customers import ask_for_person
from bench.load.loop import Exhausted
from bench.load.wire import Line
from bench.load.workload import Target, accepted, make, next_customer, once, open_session
from bench.load.world import PATIENCE, World, customer_name

Card = dict[str, Any]
"""A card as it was posted or updated, with its `ts`."""


class ClaimPressed:
    """W3: done when the press has its 200. The customers are on web chat and none looks, so that what
    leaves is the card's update alone, for whatever is measured."""

    name = "W3"

    def __init__(self, world: World, presses: int, tenants: int = scene.TENANTS) -> None:
        self._world = world
        self._presses = presses
        self._tenants = tenants
        self._ready: deque[tuple[bytes, str]] = deque()
        self._updates: list[asyncio.Future[Card]] = []

    async def prepare(self, target: Target, at_once: int) -> None:
        """A press for each of a few who wait; alone, fewer are pressed within the time."""
        self._updates.clear()
        self._ready.clear()
        many = self._presses if at_once > 1 else max(self._presses // 4, 1)
        spread = min(self._tenants, target.tenants)
        cards = await make(many, lambda: waiting_card(self._world, target, spread))
        for number, card in enumerate(cards):
            self._ready.append((press("claim", card, scene.AGENTS[number % len(scene.AGENTS)]), card["ts"]))
        await self._world.quiet()

    async def act(self, line: Line, number: int) -> float:
        if not self._ready:
            raise Exhausted
        sent, ts = self._ready.popleft()
        self._updates.append(self._world.expect(f"update:{ts}"))
        began = perf_counter()
        accepted(await line.ask(sent), 200)
        return perf_counter() - began

    async def settle(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*self._updates)
        await self._world.quiet()


class ThreadReply:
    """W4: done when Slack has its 200 and the shop has the agent's words."""

    name = "W4"

    def __init__(self, world: World, tenants: int = scene.TENANTS) -> None:
        self._world = world
        self._tenants = tenants
        self._threads: list[tuple[int, Card]] = []
        self._stamps = count(1)

    async def prepare(self, target: Target, at_once: int) -> None:
        spread = min(self._tenants, target.tenants)
        self._threads = await make(at_once, lambda: claimed_card(self._world, target, spread))
        await self._world.quiet()

    async def act(self, line: Line, number: int) -> None:
        customer, card = self._threads[number]
        said = self._world.expect(f"agent:c{customer}")
        accepted(await line.ask(thread_line(card, scene.AGENTS[0], next(self._stamps))), 200)
        await said

    async def settle(self) -> None:
        await self._world.quiet()


async def waiting_card(world: World, target: Target, spread: int) -> Card:
    """The card of a new customer on web chat who pressed "talk to a person"."""
    customer = next_customer()
    path, token = await open_session(target, customer, spread)
    posted = world.expect(f"card:{customer_name(customer)}")
    await once(target.port, signed.browser(f"{path}/signals", {"person": True}, token), 202)
    return await posted


async def claimed_card(world: World, target: Target, spread: int) -> tuple[int, Card]:
    """A customer of the webhook whom an agent has claimed, and the card as it was updated then."""
    customer = next_customer()
    line = await Line.open(target.port)
    try:
        await ask_for_person(world, line, customer, spread)
        card = world.cards[customer_name(customer)]
        updated = world.expect(f"update:{card['ts']}")
        accepted(await line.ask(press("claim", card, scene.AGENTS[0])), 200)
        return customer, await updated
    finally:
        line.close()


def press(button: str, card: Card, user: str) -> bytes:
    """A signed press on a card, with all that Slack sends along."""
    actions = [e for block in card["blocks"] if block["type"] == "actions" for e in block["elements"]]
    value = next(element["value"] for element in actions if element["action_id"] == button)
    ts, channel = card["ts"], card["channel"]
    pressed = {"type": "button", "block_id": "b1", "action_id": button, "action_ts": f"{ts}9", "value": value}
    message = {
        "type": "message",
        "user": "UBOT",
        "ts": ts,
        "bot_id": "B000000001",
        "text": card.get("text", ""),
        "blocks": card["blocks"],
    }
    return signed.slack_form(
        {
            "type": "block_actions",
            "team": {"id": scene.TEAM, "domain": "acme"},
            "user": {"id": user, "username": "ana", "name": "ana", "team_id": scene.TEAM},
            "api_app_id": "A000000001",
            "token": "deprecated",
            "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
            "trigger_id": f"1.2.{ts}",
            "channel": {"id": channel, "name": "support"},
            "message": message,
            "response_url": "",
            "actions": [pressed],
        }
    )


def thread_line(card: Card, user: str, number: int) -> bytes:
    event = {
        "type": "message",
        "user": user,
        "text": scene.AGENT_LINES[number % len(scene.AGENT_LINES)],
        "ts": f"1700000001.{number:06d}",
        "thread_ts": card["ts"],
        "channel": card["channel"],
        "channel_type": "channel",
    }
    return signed.slack_event(event)
