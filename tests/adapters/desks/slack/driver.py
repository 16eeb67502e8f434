"""How Slack's agents press, write and see: the desk contract's driver over the fake Slack."""

import asyncio
import json
import re
from typing import Any

from adapters.desks.slack import Adapter, Installation, Settings
from bridge.domain.card import ButtonName
from bridge.domain.model import Agent, Entry, ReleaseOutcome
from bridge.ports import CardRef, DeskAdapter, Host
from tests.contracts.desk import Answered, Stage
from tests.contracts.desk_verbs import DeskVerbsDriver
from tests.fakes.core import HANDOFF
from tests.fakes.desk_core import OwnClock
from tests.fakes.slack import CHANNEL, SIGNING_SECRET, TEAM, TOKEN, FakeSlack, Message, Reply, signed
from tests.fakes.slack.rules import texts

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
JUNK = [
    (b"", JSON),
    (b"nonsense", JSON),
    (b"[]", JSON),
    (b"\xff\xfe", JSON),
    (b'{"type": "event_callback", "event": "text"}', JSON),
    (b'{"type": "event_callback", "team_id": 5, "event": {"type": "tokens_revoked"}}', JSON),
    (b'{"type": "block_actions", "actions": {}}', JSON),
    (b'{"type": "block_actions", "actions": [{"action_id": "claim"}]}', JSON),
    (b'{"type": "url_verification", "challenge": {}}', JSON),
    (b"[" * 100_000, JSON),
    (b"", FORM),
    (b"payload=notjson", FORM),
    (b"payload=[]", FORM),
    (b"payload=%FF%FE", FORM),
    (b"payload={}&payload={}", FORM),
    (b"\xff\xfe\x00", FORM),
    (b"x" * 2_000_000, FORM),
    (b"x" * 2_000_000, JSON),
]
_LIVE = re.compile(r"<[^>]*>|[*_~`]")
_OURS = re.compile(
    r"<!date\^\d+\^[^|>]*\|[^>]*>|<https://bridge\.example\.com/[^|>]*\|Whole transcript>"
    r"|\*(?:Nobody has this (?:yet|now)|Callback (?:now|<!date[^>]*>)|Claim|Released|Closed)\*"
    r"|`//`|^🔒 \*[^*<>_~`]+\*"
)


class SlackDriver(DeskVerbsDriver):
    kind = "slack"
    ana = Agent("slack:U1", "Ana Ruiz")
    ben = Agent("slack:U2", "Ben")
    secrets = (TOKEN, SIGNING_SECRET)

    async def open(self) -> None:
        self.slack = FakeSlack(OwnClock())
        await self.slack.start()

    async def close(self) -> None:
        await self.slack.stop()

    def settings(self) -> Settings:
        return Settings.model_validate(
            {"kind": "slack", "team": TEAM, "channel": CHANNEL, "bot_token": TOKEN, "notify": []}
        )

    def sections(self) -> dict[str, Any]:
        section = {"signing_secret": SIGNING_SECRET, "api_url": self.slack.api_url}
        return {"slack": Installation.model_validate(section)}

    def adapter(self, host: Host) -> DeskAdapter:
        return Adapter(host)

    async def begin(self, stage: Stage) -> None:
        self.slack.clock = stage.clock
        self.slack.bridge = str(stage.client.make_url("")).rstrip("/")

    async def shown(self, stage: Stage, ref: CardRef) -> str:
        return self._message(ref).words

    async def buttons(self, stage: Stage, ref: CardRef) -> list[str]:
        return self._message(ref).buttons

    async def thread(self, stage: Stage, ref: CardRef, note: Entry) -> str:
        return "\n".join(message.words for message in self.slack.thread(self._message(ref)))

    async def markup(self, stage: Stage, ref: CardRef) -> list[str]:
        card = self._message(ref)
        return [found for message in (card, *self.slack.thread(card)) for found in live_markup(message)]

    async def press(
        self, stage: Stage, button: ButtonName, ref: CardRef, agent: Agent, *, handoff: str = HANDOFF
    ) -> Answered:
        card = self._message(ref)
        value = card.value(button)
        if handoff != HANDOFF:
            value = json.dumps({**json.loads(value), "handoff": handoff})
        user = agent.id.removeprefix("slack:")
        return await self._answered(stage, user, self.slack.press(button, card, user, value=value))

    async def send_edited(self, stage: Stage, ref: CardRef, text: str, agent: Agent) -> Answered:
        await self.press(stage, "edit_suggested", ref, agent)
        user = agent.id.removeprefix("slack:")
        sent = self.slack.submit_modal(self.slack.views[-1], {"reply": text}, user)
        return await self._answered(stage, user, sent)

    async def write(self, stage: Stage, ref: CardRef, text: str, agent: Agent) -> Answered:
        user = agent.id.removeprefix("slack:")
        written = self.slack.write_in_thread(self._message(ref), text, user)
        answered = await self._answered(stage, user, written)
        self._line = self.slack.line(text)
        return answered

    async def release(
        self, stage: Stage, ref: CardRef, agent: Agent, note: str, outcome: ReleaseOutcome
    ) -> Answered:
        await self.press(stage, "release", ref, agent)
        return await self._send_off(stage, agent, {"note": note, "outcome": outcome.value})

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
        whither = {"to": to.id.removeprefix("slack:")} if to else {"desk": desk}
        opened = await self._choose(stage, ref, "transfer", agent)
        return opened or await self._send_off(stage, agent, {**whither, "reason": reason})

    async def take_over(self, stage: Stage, ref: CardRef, agent: Agent) -> Answered:
        opened = await self._choose(stage, ref, "take_over", agent)
        return opened or await self._send_off(stage, agent, {})

    async def send_draft(self, stage: Stage, ref: CardRef, note: Entry, agent: Agent) -> Answered:
        return await self._press_below(stage, ref, "send_draft", agent)

    async def retry(self, stage: Stage, ref: CardRef, note: Entry, agent: Agent) -> Answered:
        return await self._press_below(stage, ref, "retry", agent)

    async def change(self, stage: Stage, ref: CardRef, text: str | None, agent: Agent) -> Answered:
        act = self.slack.take_back(self._line) if text is None else self.slack.edit(self._line, text)
        return await self._answered(stage, agent.id.removeprefix("slack:"), act)

    async def links(self, stage: Stage, ref: CardRef, note: Entry) -> list[str]:
        blocks = [block for message in self.slack.thread(self._message(ref)) for block in message.blocks]
        return re.findall(r'"type": "link", "url": "([^"]*)"', json.dumps(blocks))

    async def _choose(self, stage: Stage, ref: CardRef, choice: str, agent: Agent) -> Answered | None:
        """None where a window has opened."""
        before, user = len(self.slack.views), agent.id.removeprefix("slack:")
        answered = await self._answered(stage, user, self.slack.choose(choice, self._message(ref), user))
        return None if len(self.slack.views) > before else answered

    async def _send_off(self, stage: Stage, agent: Agent, values: dict[str, str]) -> Answered:
        user = agent.id.removeprefix("slack:")
        return await self._answered(stage, user, self.slack.submit_modal(self.slack.views[-1], values, user))

    async def _press_below(self, stage: Stage, ref: CardRef, button: str, agent: Agent) -> Answered:
        below = self.slack.thread(self._message(ref))
        [message] = [each for each in below if button in each.buttons]
        user = agent.id.removeprefix("slack:")
        return await self._answered(stage, user, self.slack.press(button, message, user))

    async def repeat(self, stage: Stage) -> Answered:
        return await self._answered(stage, "U1", self.slack.resend())

    async def forge(self, stage: Stage, ref: CardRef) -> list[int]:
        body, now = b'{"type": "event_callback"}', int(stage.clock.now().timestamp())
        stale, future = str(now - 301), str(now + 301)
        attempts: list[tuple[str, str]] = [
            (str(now), ""),
            ("", signed(str(now), body)),
            (str(now), "v0=" + "0" * 64),
            (str(now), signed(str(now), body, "another secret")),
            (str(now), signed(str(now), b"{}")),
            (str(now), "é"),
            (stale, signed(stale, body)),
            (future, signed(future, body)),
            ("abc", signed("abc", body)),
            ("-1", signed("-1", body)),
            ("9" * 40, signed("9" * 40, body)),
            ("١٢٣", signed("١٢٣", body)),
        ]
        return [
            (await self.slack.deliver(body, JSON, timestamp=stamp, signature=signature)).status
            for stamp, signature in attempts
        ]

    async def junk(self, stage: Stage) -> list[int]:
        replies = [await self.slack.deliver(body, kind) for body, kind in JUNK]
        replies += [await self.slack.deliver(body, kind, signature="v0=junk") for body, kind in JUNK]
        return [reply.status for reply in replies]

    def _message(self, ref: CardRef) -> Message:
        return self.slack.messages[ref.place, ref.thread]

    async def _answered(self, stage: Stage, user: str, act: Any) -> Answered:
        before = len(self.slack.whispered)
        reply: Reply = await act
        await stage.adapter.stop()  # what follows the acknowledgement is done, too
        await asyncio.sleep(0)
        heard = [w.text for w in self.slack.whispered[before:] if w.user == user]
        if reply.body:
            heard += reply.json.get("errors", {}).values()
        return Answered(reply.status, tuple(map(unescaped, heard)))


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def live_markup(message: Message) -> list[str]:
    """What Slack would mention, link or format in mrkdwn and in the fallback, other than our own."""
    spoken = [words for kind, words in texts(message.blocks) if kind == "mrkdwn"]
    found = [token for words in spoken for token in _LIVE.findall(_OURS.sub("", words))]
    return found + re.findall(r"<[^>]*>", message.text)
