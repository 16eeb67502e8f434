"""How the console's agents press, write and see: the desk contract's driver over real HTTP.

It sees what the page is given. That the page shows it, and as text, is for `tests/browser/test_console.py`.
"""

import re
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from aiohttp import ClientResponse

from adapters.desks.console import Adapter, Settings
from adapters.desks.console.pages import STATIC
from bridge.domain.card import ButtonName
from bridge.domain.ids import HandoffId, TenantId
from bridge.domain.model import Agent, Entry, ReleaseOutcome
from bridge.ports import CardRef, DeskAdapter, Host
from tests.adapters.desks.console.room import ANA_KEY, SUPPORT
from tests.contracts.desk import Answered, Stage
from tests.contracts.desk_verbs import DeskVerbsDriver
from tests.fakes.core import HANDOFF

BASE = "/console/acme/support"
VERBS = {"claim": "claim", "send_suggested": "send", "release": "release"}
PLACES = (
    *("claim", "send", "release", "transfer", "takeover", "draft", "retry"),
    *("lines", "edit"),
)
MARKS = {"message": "", "note": "Internal note", "draft": "Draft, not sent"}
"""What the page writes over an entry, by its kind."""
LINE = {"id": "0b8f2f0e-0000-4000-8000-000000000001", "text": "Hello", "epoch": 3}
JUNK = [
    b"",
    b"nonsense",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b'{"epoch": "3"}',
    b'{"epoch": 3, "epoch": 4, "id": "x"}',
    b'{"epoch": {}, "id": [], "text": {}, "note": 5, "name": 7, "key": []}',
    b"[" * 40_000,
    b"x" * 2_000_000,
]
_RISKY = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser")


class ConsoleDriver(DeskVerbsDriver):
    kind = "console"
    leaves_cards = False
    ana = Agent("console:Ana", "Ana")
    ben = Agent("console:Ben", "Ben")
    secrets = (ANA_KEY, "ben-s-long-key")

    def settings(self) -> Settings:
        return Settings.model_validate(SUPPORT)

    def adapter(self, host: Host) -> DeskAdapter:
        return Adapter(host)

    async def begin(self, stage: Stage) -> None:
        self._seats: dict[str, str] = {}
        self._last: tuple[str, dict[str, Any], Agent] | None = None
        self._box: dict[str, str] = {}
        for agent, key in ((self.ana, ANA_KEY), (self.ben, "ben-s-long-key")):
            answer = await stage.client.post(f"{BASE}/session", json={"name": agent.name, "key": key})
            self._seats[agent.id] = answer.cookies["console_seat"].value
        stage.client.session.cookie_jar.clear()

    async def shown(self, stage: Stage, ref: CardRef) -> str:
        return "\n".join(_words(await self._card(stage, ref)))

    async def buttons(self, stage: Stage, ref: CardRef) -> list[str]:
        return list((await self._card(stage, ref))["buttons"])

    async def thread(self, stage: Stage, ref: CardRef, note: Entry) -> str:
        """The console shows the board's own thread, so the note stands there."""

        async def thread(tenant: TenantId, handoff: HandoffId, after: int = 0) -> list[Entry]:
            return [note]

        vars(stage.core)["thread"] = thread
        page = await (await self._get(stage, f"/threads/{ref.thread}")).json()
        script = (STATIC / "entry.js").read_text("utf-8")
        marks = [MARKS[entry["kind"]] for entry in page["entries"]]
        assert all(mark in script for mark in marks)
        names = [file["name"] for entry in page["entries"] for file in entry["files"]]
        return "\n".join([*marks, *(entry["text"] for entry in page["entries"]), *names])

    async def markup(self, stage: Stage, ref: CardRef) -> list[str]:
        """A browser acts on what is sent as a page, and on what a script parses as markup."""
        answers = [await self._get(stage, path) for path in ("/cards", f"/threads/{ref.thread}")]
        sent = [answer.content_type for answer in answers if answer.content_type != "application/json"]
        sniffed = [a.url.path for a in answers if a.headers.get("X-Content-Type-Options") != "nosniff"]
        parsed = [hit for script in STATIC.glob("*.js") for hit in _RISKY.findall(script.read_text("utf-8"))]
        return [*sent, *sniffed, *parsed]

    async def press(
        self, stage: Stage, button: ButtonName, ref: CardRef, agent: Agent, *, handoff: str = HANDOFF
    ) -> Answered:
        epoch = (await self._card(stage, ref))["epoch"]
        return await self._post(stage, f"{quote(handoff, safe='')}/{VERBS[button]}", {"epoch": epoch}, agent)

    async def send_edited(self, stage: Stage, ref: CardRef, text: str, agent: Agent) -> Answered:
        epoch = (await self._card(stage, ref))["epoch"]
        return await self._post(stage, f"{ref.thread}/send", {"epoch": epoch, "text": text}, agent)

    async def write(self, stage: Stage, ref: CardRef, text: str, agent: Agent) -> Answered:
        self._last = (f"{ref.thread}/lines", {"id": str(uuid4()), "text": text}, agent)
        return await self._post(stage, *self._last)

    async def release(
        self, stage: Stage, ref: CardRef, agent: Agent, note: str, outcome: ReleaseOutcome
    ) -> Answered:
        return await self._verb(stage, ref, "release", agent, note=note, outcome=outcome.value)

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
        whither = {"to": to.name} if to else {"to_desk": desk}
        return await self._verb(stage, ref, "transfer", agent, reason=reason, **whither)

    async def take_over(self, stage: Stage, ref: CardRef, agent: Agent) -> Answered:
        owner = (await self._card(stage, ref))["owner_id"]
        return await self._verb(stage, ref, "takeover", agent, owner=owner)

    async def send_draft(self, stage: Stage, ref: CardRef, note: Entry, agent: Agent) -> Answered:
        return await self._verb(stage, ref, "draft", agent, seq=note.seq)

    async def retry(self, stage: Stage, ref: CardRef, note: Entry, agent: Agent) -> Answered:
        return await self._verb(stage, ref, "retry", agent, seq=note.about)

    async def change(self, stage: Stage, ref: CardRef, text: str | None, agent: Agent) -> Answered:
        assert self._last is not None
        said = {"line": self._last[1]["id"], **({"text": text} if text is not None else {})}
        return await self._verb(stage, ref, "edit", agent, **said)

    async def links(self, stage: Stage, ref: CardRef, note: Entry) -> list[str]:
        page = await (await self._get(stage, f"/threads/{ref.thread}")).json()
        return [file["url"] for entry in page["entries"] for file in entry["files"]]

    async def _verb(self, stage: Stage, ref: CardRef, verb: str, agent: Agent, **body: Any) -> Answered:
        pressed = {"epoch": (await self._card(stage, ref))["epoch"], "id": str(uuid4()), **body}
        return await self._post(stage, f"{ref.thread}/{verb}", pressed, agent)

    async def repeat(self, stage: Stage) -> Answered:
        assert self._last is not None
        return await self._post(stage, *self._last)

    async def forge(self, stage: Stage, ref: CardRef) -> list[int]:
        genuine = self._seats[self.ana.id]
        elsewhere = stage.host.secrets.sign("webchat", b'["acme","support","Ana",9999999999,""]')
        unstamped = stage.host.secrets.sign("console", b'["acme","support","Ana",9999999999,""]')
        seats = ("", "x", genuine[:-1], genuine.split(".")[0], f"x{genuine}", elsewhere, unstamped)
        paths = [f"{BASE}/handoffs/{ref.thread}/{verb}" for verb in PLACES]
        paths += ["/console/acme/sales/handoffs/x/claim", "/console/globex/support/handoffs/x/claim"]
        answers = [
            await stage.client.post(path, json=LINE, headers={"Cookie": f"console_seat={seat}"})
            for path in paths
            for seat in seats
        ]
        wrong = {"name": "Ana", "key": "not-her-key"}
        answers.append(await stage.client.post(f"{BASE}/session", json=wrong))
        return [answer.status for answer in answers]

    async def junk(self, stage: Stage) -> list[int]:
        places = [f"/handoffs/{HANDOFF}/{verb}" for verb in PLACES]
        seat = {"Cookie": f"console_seat={self._seats[self.ana.id]}", "Content-Type": "application/json"}
        answers = [
            await stage.client.post(BASE + place, data=body, headers=headers)
            for place in (*places, "/session")
            for body in JUNK
            for headers in (
                seat,
                {"Content-Type": "application/json"},
                {**seat, "Content-Type": "text/plain"},
            )
        ]
        return [answer.status for answer in answers]

    async def _card(self, stage: Stage, ref: CardRef) -> dict[str, Any]:
        page: dict[str, Any] = await (await self._get(stage, f"/threads/{ref.thread}")).json()
        card: dict[str, Any] = page["card"]
        return card

    async def _get(self, stage: Stage, path: str) -> ClientResponse:
        headers = {"Cookie": f"console_seat={self._seats[self.ana.id]}"}
        answer = await stage.client.get(BASE + path, headers=headers)
        assert answer.status == 200
        return answer

    async def _post(self, stage: Stage, path: str, body: dict[str, Any], agent: Agent) -> Answered:
        headers = {"Cookie": f"console_seat={self._seats[agent.id]}"}
        answer = await stage.client.post(f"{BASE}/handoffs/{path}", json=body, headers=headers)
        told = await answer.json() if answer.content_type == "application/json" else {}
        why = told.get("error", {}).get("message", "") or told.get("why", "")
        before, self._box[agent.id] = self._box.get(agent.id, ""), why
        fresh = why and why != before  # the page has one place for it: the same words there are not new
        return Answered(answer.status, (why,) if fresh else ())


def _words(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [words for item in value for words in _words(item)]
    return [value] if isinstance(value, str) else []
