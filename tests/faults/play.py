"""One random history: what customers, agents, time and misfortune do, all of it drawn from one seed.

The plan is drawn first and is the same for the same seed; how the machine interleaves what runs at the same
time is its own affair. In the end everything is mended, whoever was not acknowledged insists, and what was
seen is collected.
"""

import asyncio
import contextlib
import random
import uuid
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError
from sqlalchemy import func, select

from bridge.domain.ids import ConversationId, TenantId
from bridge.secrets import DerivedSecrets
from bridge.store import tables as t
from bridge.wiring.service import Service
from tests.fakes.customer_side import drop, status
from tests.fakes.slack import FakeSlack, Message
from tests.faults.proxy import AnswerLost, Reset
from tests.faults.seen import Card, History, Said, Sent, Talk
from tests.faults.stage import Hung, Stage
from tests.faults.world import AGENTS, PLACES, TENANTS, strays

SAYS = (
    ("when do you open?",) * 6
    + ("let me talk to a human",) * 2
    + ("I want a refund", "yes please", "no thanks", "where is my order?", "tomorrow at 10")
)
WEIGHTS = {
    "write": 24, "again": 4, "person": 3, "offer": 3, "close": 1, "callback": 2, "claim": 10, "both": 3,
    "stale": 3, "release": 4, "suggested": 3, "line": 9, "note": 2, "bad": 2, "time": 6,
    "slack_fault": 4, "shop_fault": 3, "database_fault": 3, "crash": 4, "back": 3, "breathe": 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    what: str
    talk: int
    dice: float
    """What is chosen at the time among what there is then."""
    text: str = ""


def plan(seed: str) -> tuple[list[tuple[str, str]], list[list[Step]]]:
    """The conversations (tenant, kind of channel), and rounds of steps that run at the same time."""
    chance = random.Random(seed)
    talks = [(chance.choice(TENANTS), chance.choice(("web", "api"))) for _ in range(chance.randint(1, 3))]
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    rounds = [
        [
            Step(what, chance.randrange(len(talks)), chance.random(), chance.choice(SAYS))
            for what in chance.choices(names, weights, k=chance.randint(1, 4))
        ]
        for _ in range(chance.randint(5, 10))
    ]
    return talks, rounds


@dataclass
class Books:
    """What the database holds when all is well again."""

    rows: dict[str, list[Any]]
    left: Sequence[Any]
    broken: Sequence[str]
    hung: str = ""


async def play(stage: Stage, looker: Service, seeds: Sequence[str]) -> list[History]:
    """Several histories at the same time on one stage; one misfortune meets them all."""
    players = [Player(stage, looker, seed) for seed in seeds]
    before, hung = stage.crashes, ""
    await asyncio.gather(*(player.act() for player in players))
    await _mend(stage)
    await asyncio.gather(*(player.insist() for player in players))
    while True:
        try:
            await stage.settle()
        except Hung as error:
            hung = str(error)
        at = await _recorded(looker)
        books = await _books(looker)
        books.hung = hung
        seen = [await player.collect(books) for player in players]
        if hung or at == await _recorded(looker):  # no timer has rung while it was read
            seen[0].crashes = stage.crashes - before
            return seen


async def _mend(stage: Stage) -> None:
    """All is well again."""
    for proxy in stage.world.proxies():
        proxy.storm(random.Random(0), 0)
        proxy.forget()
    stage.world.slack._faults.clear()
    for shop in stage.world.shops.values():
        shop._script.clear()
    await stage.bring_back()


async def _recorded(looker: Service) -> tuple[int, int]:
    """How much is stored: changes with whatever is recorded or delivered."""
    async with looker.database.reading() as connection:
        audited, waiting = [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (t.audit, t.outbox)
        ]
    return audited, waiting


async def _books(looker: Service) -> Books:
    books = Books({}, await looker.outbox_admin.outbox_list(limit=100_000), [])
    broken = []
    for tenant in map(TenantId, TENANTS):
        if finding := await looker.audit.verify(tenant):
            broken.append(f"{tenant}: {finding}")
        async for row in looker.audit.export(tenant):
            books.rows.setdefault(str(row.get("stream")), []).append(row)
    books.broken = broken
    return books


class Player:
    def __init__(self, stage: Stage, looker: Service, seed: str) -> None:
        self.stage, self.world, self.looker = stage, stage.world, looker
        self.name = "".join(c for c in seed if c.isalnum())
        self.seen = History(seed)
        self.chance = random.Random(f"{seed} on the way")
        self._tokens: dict[str, str] = {}
        self._old: dict[str, str] = {}
        self._numbers = 0
        self._secrets = DerivedSecrets(looker.installation.file.master_key)

    async def act(self) -> None:
        """All that happens, until nothing more does."""
        talks, rounds = plan(self.seen.seed)
        for number, (tenant, kind) in enumerate(talks):
            self.seen.talks.append(await self._opened(tenant, kind, number))
        for steps in rounds:
            await asyncio.gather(*(self._take(step) for step in steps))

    async def insist(self) -> None:
        """Whoever was not acknowledged sends again, until they are."""
        for talk in self.seen.talks:
            for sent in talk.sent:
                while not sent.acknowledged:
                    await self._send(talk, sent)
                    await self._if_all_are_dead()

    # ---- what is done

    async def _take(self, step: Step) -> None:
        self.seen.events += 1
        talk = self.seen.talks[step.talk]
        doing: Callable[[Talk, Step], Awaitable[None]] = getattr(self, f"_{step.what}")
        with contextlib.suppress(ClientError, ConnectionError, TimeoutError):
            await doing(talk, step)

    async def _opened(self, tenant: str, kind: str, number: int) -> Talk:
        if kind == "api":
            external = f"{self.name}-{number}"
            return Talk(tenant, kind, external, self._secrets.conversation(TenantId(tenant), kind, external))
        while True:
            status, made = await self._post(f"/webchat/{tenant}/web/sessions", {})
            if status == 201:
                self._tokens[made["conversation"]] = made["token"]
                return Talk(tenant, kind, made["conversation"], made["conversation"])
            await self._if_all_are_dead()

    async def _write(self, talk: Talk, step: Step) -> None:
        mark = self._mark("m", talk)
        sent = Sent(mark, str(uuid.UUID(int=self.chance.getrandbits(128), version=4)), f"{mark} {step.text}")
        talk.sent.append(sent)
        await self._send(talk, sent)

    async def _again(self, talk: Talk, step: Step) -> None:
        """The same message, several times at once, to whoever is there."""
        if talk.sent:
            sent = talk.sent[int(step.dice * len(talk.sent))]
            await asyncio.gather(*(self._send(talk, sent) for _ in range(3)))

    async def _person(self, talk: Talk, step: Step) -> None:
        await self._signal(talk, {"person": True}, {"type": "person"})

    async def _offer(self, talk: Talk, step: Step) -> None:
        answer = "accept" if step.dice < 0.6 else "decline"
        await self._signal(talk, {"offer": answer}, {"type": "offer", "answer": answer})

    async def _close(self, talk: Talk, step: Step) -> None:
        await self._signal(talk, {"close": True}, {"type": "close"})

    async def _callback(self, talk: Talk, step: Step) -> None:
        entries = await self._entries(talk)
        shown = [e.state.callback for e in entries if e.state and e.state.callback]
        if shown and shown[-1].slots:
            slots = [
                slot.isoformat() if hasattr(slot, "isoformat") else str(slot) for slot in shown[-1].slots
            ]
            slot = slots[int(step.dice * len(slots))]
            await self._signal(talk, {"callback": slot}, {"type": "callback", "slot": slot})

    async def _claim(self, talk: Talk, step: Step) -> None:
        await self._press(talk, "claim", AGENTS[talk.tenant][step.dice < 0.3])

    async def _both(self, talk: Talk, step: Step) -> None:
        await asyncio.gather(*(self._press(talk, "claim", agent) for agent in AGENTS[talk.tenant]))

    async def _release(self, talk: Talk, step: Step) -> None:
        await self._press(talk, "release", AGENTS[talk.tenant][step.dice < 0.3])

    async def _suggested(self, talk: Talk, step: Step) -> None:
        await self._press(talk, "send_suggested", AGENTS[talk.tenant][step.dice < 0.3])

    async def _stale(self, talk: Talk, step: Step) -> None:
        """A button of a card that may be another by now."""
        if (card := self._card(talk)) and (value := self._old.get(talk.id)):
            button = "claim" if step.dice < 0.5 else "release"
            reply = await self._slack().press(button, card, AGENTS[talk.tenant][0], value=value)
            self.seen.statuses.append((f"a stale {button}", reply.status))

    async def _line(self, talk: Talk, step: Step) -> None:
        await self._writes_below(talk, f"{self._mark('g', talk)} hello from a person", step)

    async def _note(self, talk: Talk, step: Step) -> None:
        mark = self._mark("n", talk)
        talk.noted.append(mark)
        await self._writes_below(talk, f"// {mark} between us", step)

    async def _bad(self, talk: Talk, step: Step) -> None:
        url = f"/webchat/{talk.tenant}/web/messages"
        body: Any = [{"id": "x", "text": "y"}, {"id": str(uuid.uuid4()), "text": ""}, []][int(step.dice * 3)]
        status, _ = await self._post(url, body, self._tokens.get(talk.id, "nobody"))
        self.seen.statuses.append(("bad input", status))

    async def _time(self, talk: Talk, step: Step) -> None:
        await self.stage.pass_time((5, 31, 101, 201)[int(step.dice * 4)])

    async def _slack_fault(self, talk: Talk, step: Step) -> None:
        slack, method = self.world.slack, "chat.postMessage" if step.dice < 0.7 else "chat.update"
        kind = int(step.dice * 1000) % 4
        if kind < 2:
            slack.drop(method, accepted=kind == 0)
        elif kind == 2:
            slack.break_down(method)
        else:
            slack.fail(method, "internal_error")

    async def _shop_fault(self, talk: Talk, step: Step) -> None:
        self.world.shops[talk.tenant].then(drop if step.dice < 0.5 else status(503))

    async def _database_fault(self, talk: Talk, step: Step) -> None:
        fault = AnswerLost(at=b"COMMIT") if step.dice < 0.6 else Reset(at=b"COMMIT")
        self.world.to_database.then(fault)

    async def _crash(self, talk: Talk, step: Step) -> None:
        points = self.stage.points
        await self.stage.crash(points[int(step.dice * len(points))], step.dice)

    async def _back(self, talk: Talk, step: Step) -> None:
        await self.stage.bring_back()

    async def _breathe(self, talk: Talk, step: Step) -> None:
        await asyncio.sleep(step.dice * 0.05)

    # ---- how it is done

    def _mark(self, who: str, talk: Talk) -> str:
        self._numbers += 1
        return f"{who}-{talk.tenant}-{self.name}-{self.seen.talks.index(talk)}-{self._numbers}"

    async def _if_all_are_dead(self) -> None:
        if not self.stage.urls():
            await self.stage.bring_back()

    def _url(self) -> str:
        urls = self.stage.urls()
        if not urls:
            raise ConnectionError("nobody is there")
        return self.chance.choice(urls)

    def _slack(self) -> FakeSlack:
        slack = copy(self.world.slack)
        slack.bridge = self._url()
        return slack

    async def _post(self, path: str, body: Any, token: str = "") -> tuple[int | None, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self.world.http.post(self._url() + path, json=body, headers=headers) as response:
                return response.status, await response.json()
        except (ClientError, ConnectionError):
            return None, None

    async def _send(self, talk: Talk, sent: Sent) -> None:
        status: int | None
        if talk.kind == "web":
            path = f"/webchat/{talk.tenant}/web/messages"
            status, _ = await self._post(path, {"id": sent.id, "text": sent.text}, self._tokens[talk.id])
        else:
            said = {"type": "message", "conversation": talk.external, "text": sent.text}
            status = await self._hook(talk, said, sent.id)
        sent.statuses.append(status)

    async def _hook(self, talk: Talk, body: dict[str, Any], id: str) -> int | None:
        shop = self.world.shops[talk.tenant]
        body = {**body, "conversation": talk.external}
        try:
            return (await shop.post(f"{self._url()}/channels/{talk.tenant}/api", body, id=id))[0]
        except (ClientError, ConnectionError):
            return None

    async def _signal(self, talk: Talk, on_web: dict[str, Any], on_hook: dict[str, Any]) -> None:
        if talk.kind == "web":
            path = f"/webchat/{talk.tenant}/web/signals"
            status, _ = await self._post(path, on_web, self._tokens[talk.id])
        elif not talk.sent:
            return
        else:
            status = await self._hook(talk, on_hook, str(uuid.uuid4()))
        self.seen.statuses.append((f"{next(iter(on_web))}", status))

    def _cards(self, talk: Talk) -> list[tuple[str, Message]]:
        found = []
        for message in self.world.slack.messages.values():
            metadata = message.metadata or {}
            handoff = str(metadata.get("event_payload", {}).get("handoff", ""))
            if metadata.get("event_type") == "handoff_card" and handoff.startswith(f"{talk.id}."):
                found.append((handoff, message))
        return found

    def _card(self, talk: Talk) -> Message | None:
        cards = self._cards(talk)
        return cards[-1][1] if cards else None

    async def _press(self, talk: Talk, button: str, agent: str) -> None:
        card = self._card(talk)
        if card is None or button not in card.buttons:
            return
        self._old.setdefault(talk.id, card.value(button))
        slack = self._slack()
        reply = await slack.press(button, card, agent)
        self.seen.statuses.append((button, reply.status))

    async def _writes_below(self, talk: Talk, text: str, step: Step) -> None:
        if card := self._card(talk):
            slack = self._slack()
            reply = await slack.write_in_thread(card, text, AGENTS[talk.tenant][step.dice < 0.3])
            self.seen.statuses.append(("a line", reply.status))
            if reply.status != 200:  # Slack sends it again
                reply = await slack.resend()
                self.seen.statuses.append(("a line", reply.status))

    # ---- what was seen

    async def _entries(self, talk: Talk) -> Any:
        return await self.looker.reads.entries(TenantId(talk.tenant), ConversationId(talk.id), 0, 2000)

    async def collect(self, books: "Books") -> History:
        """What was seen, from every side."""
        seen = self.seen
        for talk in seen.talks:
            talk.audit = books.rows.get(talk.id, [])
            talk.stored = [_said(entry) for entry in await self._entries(talk)]
            talk.cards = [self._shown(handoff, card) for handoff, card in self._cards(talk)]
            if talk.kind == "api":
                talk.arrived = self._arrived(talk)
        ours = {talk.id for talk in seen.talks}
        left = [row for row in books.left if str(row.key).split(".")[0] in ours]
        seen.waiting = [f"{row.kind} {row.key}: {row.why}" for row in left if row.status == "pending"]
        seen.parked = [f"{row.kind} {row.key}: {row.why}" for row in left if row.status == "dead"]
        seen.strays = [each for each in self._strays() if f"-{self.name}-" in each]
        seen.broken_chain, seen.hung = books.broken, books.hung
        return seen

    def _arrived(self, talk: Talk) -> list[Said]:
        once = {r.id: r.body for r in self.world.shops[talk.tenant].received}
        return [
            Said(
                int(body.get("seq", 0)),
                body["type"],
                body.get("author", ""),
                body.get("text", ""),
                body.get("mode", ""),
                number=int(id.rpartition("_")[2]),
            )
            for id, body in once.items()
            if body.get("conversation") == talk.external
        ]

    def _shown(self, handoff: str, card: Message) -> Card:
        thread = [m.words for m in self.world.slack.thread(card) if not m.user]
        return Card(handoff, card.channel, card.buttons, thread)

    def _strays(self) -> list[str]:
        found: list[str] = []
        for tenant in TENANTS:
            channel = PLACES[tenant][1]
            messages = [m for m in self.world.slack.messages.values() if m.channel == channel]
            found += [each for m in messages for each in strays(tenant, m.words)]
            found += [each for r in self.world.shops[tenant].received for each in strays(tenant, str(r.body))]
            found += self.world.brains[tenant].strays
        return found


def _said(entry: Any) -> Said:
    state, text = entry.state, entry.text
    booked = str(state.callback.booked or "") if state and state.callback else ""
    mode, agent = (str(state.mode), state.agent) if state else ("", "")
    kind = "state" if state else "message"
    return Said(entry.seq, kind, "" if state else str(entry.author), text, mode, agent, booked)
