"""The people in the fake Teams: they press, write and read; each act is a signed activity to the bridge."""

import html
import itertools
import json
import uuid
from typing import Any

from aiohttp import ClientSession

from bridge.ports import Clock
from tests.fakes.teams import rules
from tests.fakes.teams.services import Services
from tests.fakes.teams.world import ANA, APP, BOT, CHANNEL, TEAM, TENANT, Message, Person, Reply, action_of


class FakeTeams(Services):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.bridge = ""
        self._last: dict[str, Any] = {}
        self._lines = itertools.count(1800000000001)

    async def start(self) -> None:
        await self.start_services()
        self._http = ClientSession()

    async def stop(self) -> None:
        await self._http.close()
        await self.stop_services()

    # ---- what people see

    def cards(self) -> list[Message]:
        """The posts that begin a thread and are there."""
        return [m for m in self.messages.values() if m.is_root and not m.deleted]

    def card(self) -> Message:
        return self.cards()[-1]

    def thread(self, card: Message) -> list[Message]:
        return [m for m in self.messages.values() if m.conversation == card.conversation and m is not card]

    def whispers(self, person: Person) -> list[str]:
        """What the bot wrote in somebody's personal chat."""
        return [m.words for m in self.chat(person)]

    # ---- what people do

    async def press(
        self,
        button: str,
        card: Message,
        person: Person = ANA,
        *,
        shown: dict[str, Any] | None = None,
        submit: bool = False,
        inputs: dict[str, str] | None = None,
        **changed: Any,
    ) -> Reply:
        """Presses a button; `shown` is their own view of the card, `changed` what a forger puts there."""
        action = action_of(shown or card.card, button)
        if submit:
            data = {**action["fallback"]["data"], **(inputs or {}), **changed}
            return await self._deliver(
                self._in_thread(card, person, type="message", value=data, replyToId=card.id)
            )
        data = {**action["data"], **(inputs or {}), **changed}
        return await self.invoke(card, person, action["verb"], data)

    async def look(self, card: Message, person: Person = ANA) -> Reply:
        """Their client shows the card, and asks for it anew."""
        action = card.card["refresh"]["action"]
        return await self.invoke(card, person, action["verb"], action["data"], trigger="automatic")

    async def invoke(
        self, card: Message, person: Person, verb: str, data: dict[str, Any], trigger: str = "manual"
    ) -> Reply:
        value = {"action": {"type": "Action.Execute", "verb": verb, "data": data}, "trigger": trigger}
        activity = self._in_thread(
            card,
            person,
            type="invoke",
            name="adaptiveCard/action",
            value=value,
            replyToId=card.id,
            id=f"f:{uuid.uuid4()}",
        )
        reply = await self._deliver(activity)
        if reply.status == 200:
            assert reply.body["statusCode"] == 200
            assert reply.body["type"] in (rules.CARD, "application/vnd.microsoft.activity.message")
            if reply.body["type"] == rules.CARD:
                assert rules.card_errors(reply.body["value"]) == []
                assert rules.utf16(reply.body) <= rules.LARGEST
        return reply

    async def write_in_thread(
        self, card: Message, text: str, person: Person = ANA, *, mention: bool = False, **changed: Any
    ) -> Reply:
        return await self._deliver(self._in_thread(card, person, **{**_written(text, mention), **changed}))

    async def edit_line(self, card: Message, id: str, text: str | None, person: Person = ANA) -> Reply:
        """Changes a line written before, or deletes it: `text` is None."""
        activity = self._in_thread(card, person, **_written(text or "", mention=False), id=id)
        changed = {"type": "messageUpdate"} if text is not None else {"type": "messageDelete", "text": None}
        what = "editMessage" if text is not None else "softDeleteMessage"
        data = {**activity["channelData"], "eventType": what}
        return await self._deliver({**activity, **changed, "channelData": data})

    @property
    def last_id(self) -> str:
        """Of what was sent to the bridge last."""
        return str(self._last["id"])

    async def write_in_channel(self, text: str, person: Person = ANA, channel: str = CHANNEL) -> Reply:
        """A new post that calls the bot."""
        id = str(next(self._lines))
        conversation = f"{channel};messageid={id}"
        self.posts_of_people.add(conversation)
        return await self._deliver(
            self._activity(conversation, person, id=id, **_written(text, mention=True))
        )

    async def write_to_bot(self, text: str, person: Person = ANA) -> Reply:
        """In their personal chat."""
        return await self._deliver(self._personal(person, type="message", text=text))

    async def press_at_bot(self, button: str, card: Message, person: Person = ANA) -> Reply:
        """On a card in their personal chat."""
        action = action_of(card.card, button)
        value = {"action": {key: action[key] for key in ("type", "verb", "data")}, "trigger": "manual"}
        activity = self._personal(
            person, type="invoke", name="adaptiveCard/action", value=value, replyToId=card.id
        )
        return await self._deliver(activity)

    def chat(self, person: Person) -> list[Message]:
        """What the bot posted in somebody's personal chat."""
        return [m for m in self.messages.values() if m.conversation == f"a:{person.id}"]

    async def install(self, person: Person = ANA, *, action: str = "add", **changed: Any) -> Reply:
        activity = self._activity(CHANNEL, person, type="installationUpdate", action=action)
        return await self._deliver({**activity, **changed})

    async def resend(self) -> Reply:
        """The same activity again, as when an answer was lost."""
        return await self._deliver(self._last)

    async def deliver(
        self, body: bytes, *, token: str | None = None, content_type: str = "application/json"
    ) -> Reply:
        """Raw bytes; a genuine token unless another is given."""
        headers = {"Content-Type": content_type}
        sent = self.token() if token is None else token
        headers |= {"Authorization": f"Bearer {sent}"} if sent else {}
        url = f"{self.bridge}/api/messages"
        async with self._http.post(url, data=body, headers=headers) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json" and raw
            return Reply(response.status, await response.json() if is_json else None)

    def token(self, **changed: Any) -> str:
        given = {"audience": APP, "service_url": self.url, "now": self.clock.now(), **changed}
        return self.signer.token(given.pop("audience"), given.pop("service_url"), given.pop("now"), **given)

    def activity(self, card: Message, person: Person = ANA, **changed: Any) -> dict[str, Any]:
        """A genuine line in a card's thread, to be spoilt."""
        return {**self._in_thread(card, person, **_written("hello", mention=False)), **changed}

    async def _deliver(self, activity: dict[str, Any]) -> Reply:
        self._last = activity
        return await self.deliver(json.dumps(activity).encode())

    def _in_thread(self, card: Message, person: Person, **given: Any) -> dict[str, Any]:
        return self._activity(card.conversation, person, **given)

    def _activity(self, conversation: str, person: Person, **given: Any) -> dict[str, Any]:
        channel = conversation.partition(";")[0]
        return {
            "id": str(next(self._lines)),
            "channelId": "msteams",
            "serviceUrl": self.url,
            "timestamp": self.clock.now().isoformat().replace("+00:00", "Z"),
            "from": person.account(),
            "recipient": {"id": f"28:{APP}", "name": BOT},
            "conversation": {
                "id": conversation,
                "conversationType": "channel",
                "isGroup": True,
                "tenantId": TENANT,
            },
            "channelData": {
                "tenant": {"id": TENANT},
                "team": {"id": TEAM},
                "channel": {"id": channel},
            },
            **given,
        }

    def _personal(self, person: Person, **given: Any) -> dict[str, Any]:
        activity = self._activity(f"a:{person.id}", person, **given)
        activity["conversation"] = {
            "id": f"a:{person.id}",
            "conversationType": "personal",
            "tenantId": TENANT,
        }
        activity["channelData"] = {"tenant": {"id": TENANT}}
        return activity


def _written(text: str, mention: bool) -> dict[str, Any]:
    """A typed message: its plain text, and beside it the HTML that Teams sends along."""
    call = f"<at>{BOT}</at> " if mention else ""
    spoken = f'<span itemtype="http://schema.skype.com/Mention">{BOT}</span>&nbsp;' if mention else ""
    paragraphs = "".join(f"<p>{html.escape(line, quote=False) or '&nbsp;'}</p>" for line in text.split("\n"))
    rich = {"contentType": "text/html", "content": f"<div>{spoken}{paragraphs}</div>"}
    called = {"type": "mention", "mentioned": {"id": f"28:{APP}", "name": BOT}, "text": f"<at>{BOT}</at>"}
    entities = [{"type": "clientInfo", "locale": "en-US"}, *([called] if mention else [])]
    return {"type": "message", "text": call + text, "attachments": [rich], "entities": entities}
