"""How Teams' agents press, write and see: the desk contract's driver over the fake Teams."""

import asyncio
import html
import json
import re
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

from adapters.desks.teams import Adapter, Installation, Settings
from bridge.domain.card import ButtonName
from bridge.domain.model import Agent, Entry, ReleaseOutcome
from bridge.ports import CardRef, DeskAdapter, Host
from tests.contracts.desk import Answered, Stage
from tests.contracts.desk_verbs import DeskVerbsDriver
from tests.fakes.core import HANDOFF
from tests.fakes.desk_core import OwnClock
from tests.fakes.teams import ANA, APP, BEN, CHANNEL, SECRET, TEAM, TENANT, FakeTeams, Message, Person, Reply
from tests.fakes.teams.rules import live_markup, nodes
from tests.fakes.teams.signer import new_key

JSON = "application/json"
JUNK = [
    (b"", JSON),
    (b"nonsense", JSON),
    (b"[]", JSON),
    (b"\xff\xfe", JSON),
    (b"{}", JSON),
    (b'{"type": "message"}', JSON),
    (b'{"type": 5, "serviceUrl": 5}', JSON),
    (b'{"type": "invoke", "name": "adaptiveCard/action", "serviceUrl": "URL"}', JSON),
    (b'{"type": "message", "serviceUrl": "URL", "conversation": []}', JSON),
    (b"[" * 100_000, JSON),
    (b"x" * 2_000_000, JSON),
    (b"type=message", "application/x-www-form-urlencoded"),
    (b'{"type": "message"}', "text/plain"),
]


FORGED = new_key()


class TeamsDriver(DeskVerbsDriver):
    kind = "teams"
    ana = Agent(f"teams:{ANA.object_id}", ANA.name)
    ben = Agent(f"teams:{BEN.object_id}", BEN.name)
    secrets = (SECRET, "access-1")

    async def open(self) -> None:
        self.teams = FakeTeams(OwnClock())
        await self.teams.start()

    async def close(self) -> None:
        await self.teams.stop()

    def settings(self) -> Settings:
        return desk_settings(service_url=self.teams.url)

    def sections(self) -> dict[str, Any]:
        return {"teams": installation(self.teams)}

    def adapter(self, host: Host) -> DeskAdapter:
        return Adapter(host)

    async def begin(self, stage: Stage) -> None:
        self.teams.clock = stage.clock
        self.teams.bridge = str(stage.client.make_url("")).rstrip("/")

    async def shown(self, stage: Stage, ref: CardRef) -> str:
        return self._message(ref).words

    async def buttons(self, stage: Stage, ref: CardRef) -> list[str]:
        return self._message(ref).buttons

    async def thread(self, stage: Stage, ref: CardRef, note: Entry) -> str:
        return "\n".join(message.words for message in self.teams.thread(self._message(ref)))

    async def markup(self, stage: Stage, ref: CardRef) -> list[str]:
        card = self._message(ref)
        messages = (card, *self.teams.thread(card))
        return [found for message in messages for found in live_markup(message.activity)]

    async def press(
        self, stage: Stage, button: ButtonName, ref: CardRef, agent: Agent, *, handoff: str = HANDOFF
    ) -> Answered:
        changed: dict[str, Any] = {} if handoff == HANDOFF else {"handoff": handoff}
        person = self._person(agent)
        return await self._answered(
            stage, person, self.teams.press(button, self._message(ref), person, **changed)
        )

    async def send_edited(self, stage: Stage, ref: CardRef, text: str, agent: Agent) -> Answered:
        person = self._person(agent)
        sent = self.teams.press("edit_suggested", self._message(ref), person, inputs={"reply": text})
        return await self._answered(stage, person, sent)

    async def write(self, stage: Stage, ref: CardRef, text: str, agent: Agent) -> Answered:
        person = self._person(agent)
        written = self.teams.write_in_thread(self._message(ref), text, person)
        answered = await self._answered(stage, person, written)
        self._line = self.teams.last_id
        return answered

    async def release(
        self, stage: Stage, ref: CardRef, agent: Agent, note: str, outcome: ReleaseOutcome
    ) -> Answered:
        inputs = {"note": note, "outcome": outcome.value}
        pressed = self.teams.press("release", self._message(ref), self._person(agent), inputs=inputs)
        return await self._answered(stage, self._person(agent), pressed)

    async def transfer(
        self,
        stage: Stage,
        ref: CardRef,
        agent: Agent,
        reason: str,
        *,
        to: Agent | None = None,
        desk: str = "",
    ) -> Answered:
        person, card = self._person(agent), self._message(ref)
        form = (await self.teams.press("transfer", card, person)).card
        inputs = {"to": f"agent={to.id}" if to else f"desk={desk}", "reason": reason}
        chosen = [choice["value"] for n in nodes(form) for choice in n.get("choices", ())]
        assert inputs["to"] in chosen
        return await self._answered(
            stage, person, self.teams.press("transfer", card, person, shown=form, inputs=inputs)
        )

    async def take_over(self, stage: Stage, ref: CardRef, agent: Agent) -> Answered:
        person = self._person(agent)
        return await self._answered(stage, person, self.teams.press("take_over", self._message(ref), person))

    async def send_draft(self, stage: Stage, ref: CardRef, note: Entry, agent: Agent) -> Answered:
        return await self._press_below(stage, ref, "send_draft", agent)

    async def retry(self, stage: Stage, ref: CardRef, note: Entry, agent: Agent) -> Answered:
        return await self._press_below(stage, ref, "retry", agent)

    async def change(self, stage: Stage, ref: CardRef, text: str | None, agent: Agent) -> Answered:
        person = self._person(agent)
        changed = self.teams.edit_line(self._message(ref), self._line, text, person)
        return await self._answered(stage, person, changed)

    async def links(self, stage: Stage, ref: CardRef, note: Entry) -> list[str]:
        shown = [message.activity for message in self.teams.thread(self._message(ref))]
        hrefs = [
            href for each in shown for href in re.findall(r'<a href="([^"]*)"', str(each.get("text", "")))
        ]
        return [html.unescape(href) for href in hrefs]

    async def _press_below(self, stage: Stage, ref: CardRef, button: str, agent: Agent) -> Answered:
        below = self.teams.thread(self._message(ref))
        [message] = [each for each in below if each.is_card and button in each.buttons]
        person = self._person(agent)
        return await self._answered(stage, person, self.teams.press(button, message, person))

    async def repeat(self, stage: Stage) -> Answered:
        return await self._answered(stage, ANA, self.teams.resend())

    async def forge(self, stage: Stage, ref: CardRef) -> list[int]:
        return [await self._forged(ref, token) for token in self._bad_tokens(stage)]

    async def junk(self, stage: Stage) -> list[int]:
        url = self.teams.url.encode()
        bodies = [(body.replace(b"URL", url), kind) for body, kind in JUNK]
        replies = [await self.teams.deliver(body, content_type=kind) for body, kind in bodies]
        replies += [await self.teams.deliver(body, content_type=kind, token="junk") for body, kind in bodies]
        return [reply.status for reply in replies]

    def _bad_tokens(self, stage: Stage) -> list[str]:
        now, teams = stage.clock.now(), self.teams
        return [
            "",
            "garbage",
            "a.b.c",
            teams.token(key=FORGED),
            teams.token(header={"kid": "unknown"}),
            teams.token(audience="another-app"),
            teams.token(audience=[APP]),
            teams.token(audience=None),
            teams.token(iss="https://login.microsoftonline.com/x/v2.0"),
            teams.token(service_url="https://evil.example/"),
            teams.token(service_url=None),
            teams.token(exp=int((now - timedelta(minutes=6)).timestamp())),
            teams.token(nbf=int((now + timedelta(minutes=6)).timestamp())),
            teams.token(exp=None),
            teams.token(exp="soon"),
            teams.token(key="a secret of thirty-two characters", algorithm="HS256"),
        ]

    async def _forged(self, ref: CardRef, token: str) -> int:
        body = json.dumps(self.teams.activity(self._message(ref))).encode()
        return (await self.teams.deliver(body, token=token)).status

    def _person(self, agent: Agent) -> Person:
        return ANA if agent == self.ana else BEN

    def _message(self, ref: CardRef) -> Message:
        return self.teams.messages[ref.place, ref.thread]

    async def _answered(self, stage: Stage, person: Person, act: Awaitable[Reply]) -> Answered:
        before = len(self.teams.whispers(person))
        reply = await act
        await stage.adapter.stop()  # what follows the answer is done, too
        await asyncio.sleep(0)
        heard = [*([reply.privately] if reply.privately else []), *self.teams.whispers(person)[before:]]
        return Answered(reply.status, tuple(heard))


def desk_settings(**changes: Any) -> Settings:
    section = {"kind": "teams", "app_id": APP, "team": TEAM, "channel": CHANNEL}
    return Settings.model_validate({**section, **changes})


def installation(teams: FakeTeams, **changes: Any) -> Installation:
    section = {
        "openid_url": teams.openid_url,
        "token_url": teams.token_url,
        "service_hosts": ["127.0.0.1"],
        "apps": [{"app_id": APP, "tenant_id": TENANT, "secret": SECRET}],
    }
    return Installation.model_validate({**section, **changes})
