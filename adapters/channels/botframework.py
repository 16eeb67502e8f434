"""Another bot hands its conversations over (kind `botframework`), by the Bot Framework's handoff protocol.

In: `POST /handoff/{tenant}/{channel}`, an activity, signed after Standard Webhooks. `type` is one of

- `event` named `handoff.initiate`  a person is to take over. `value` is the bot's own context; of the
             attachments one named `Transcript` is read, all others are left alone.
- `message`  what the customer wrote since; without a handoff the tenant's own AI answers.
- `endOfConversation`  the customer left.

`value.customer` (or `channelData.customer`) may say who the customer is, as on the signed webhook.

Out, to `deliver_to`, signed likewise: `message` activities for the customer, and `event` activities named
`handoff.status` with `value.state` `accepted` (a person has it) or `completed` (the bot has it again).
https://learn.microsoft.com/azure/bot-service/bot-service-design-pattern-handoff-human
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from aiohttp import web

from adapters.customers import MAX_NAME, CustomerFacts, read_customer
from adapters.http import field_text, problem, unauthorized
from adapters.signed_channel import MAX_TEXT, SignedChannel, SignedSettings
from bridge.domain.events import (
    CustomerClosed,
    CustomerEvent,
    CustomerWrote,
    HandedOver,
    Opening,
    OutcomeKind,
)
from bridge.domain.ids import EventKey, TenantId
from bridge.domain.model import Entry, EntryKind, Mode
from bridge.domain.text import cut, one_line
from bridge.ports import ChannelAddress, ChannelLimits, MessageRefused, Receipt

TOLD = 60
"""Messages of a transcript that the desk sees, the newest."""
LONGEST = 400
"""Characters of each."""
_STATES = {Mode.HUMAN: "accepted", Mode.ASSISTANT: "completed", Mode.CLOSED: "completed"}


class Settings(SignedSettings):
    kind: Literal["botframework"] = "botframework"


class Adapter(SignedChannel):
    """Implements `bridge.ports.ChannelAdapter`."""

    kind = "botframework"
    push = True
    states = True
    choices = False
    limits = ChannelLimits(text=MAX_TEXT)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.post("/handoff/{tenant}/{channel}", self._receive)]

    async def send(self, to: ChannelAddress, entry: Entry, *, key: str) -> Receipt:
        if activity := render(to.external, entry):
            await self.deliver(to, activity, key)
        return Receipt()

    async def _receive(self, request: web.Request) -> web.Response:
        event, outcome = await self.received(request)
        if outcome.kind is OutcomeKind.UNKNOWN and not isinstance(event, CustomerClosed):
            raise unauthorized()  # the tenant or the channel went while this was read
        return web.json_response({"seq": outcome.seq}, status=202)

    def read(self, body: Mapping[str, Any], tenant: TenantId, channel: str, id: str) -> CustomerEvent:
        kind = field_text(body, "type", limit=MAX_NAME)
        external = field_text(_object(body, "conversation"), "id", limit=MAX_NAME)
        common: dict[str, Any] = {
            "tenant": tenant,
            "conversation": self._host.secrets.conversation(tenant, channel, external),
            "key": EventKey(f"botframework:{channel}:{id}"),
        }
        if kind == "endOfConversation":
            return CustomerClosed(**common)
        opening = self._opening(body, tenant, channel, external)
        if kind == "message":
            text = field_text(body, "text", limit=MAX_TEXT)
            return CustomerWrote(**common, opening=opening, text=text, at=self._host.clock.now(), id=id)
        if kind == "event" and body.get("name") == "handoff.initiate":
            said = list(_said(body))
            return HandedOver(
                **common,
                opening=opening,
                reason=_reason(body.get("value")),
                want=next((text for who, text in reversed(said) if who == "Customer"), ""),
                transcript="\n".join(f"{who}: {text}" for who, text in said[-TOLD:]),
            )
        raise problem(400, "bad_field", "Only handoff.initiate, message and endOfConversation are taken.")

    def _opening(self, activity: Mapping[str, Any], tenant: TenantId, channel: str, external: str) -> Opening:
        told = _within(activity, "value", "customer") or _within(activity, "channelData", "customer")
        facts = CustomerFacts() if told is None else read_customer(told)
        identity = f"sub:{facts.id}" if facts.id else f"{channel}:{external}"
        customer = self._host.secrets.customer(tenant, identity)
        return Opening(channel, external, customer, None if told is None else facts.profile())


def render(external: str, entry: Entry) -> dict[str, Any] | None:
    """The activity of one entry; None for what the protocol has no word for. MessageRefused for the rest."""
    common = {
        "channelId": "handoff-bridge",
        "conversation": {"id": external},
        "timestamp": entry.at.isoformat(),
    }
    if entry.kind is EntryKind.MESSAGE:
        speaker = {"id": entry.author.value, "name": entry.name, "role": "bot"}
        message = {"type": "message", "id": str(entry.seq), "text": entry.text, "textFormat": "plain"}
        return {**common, **message, "from": speaker}
    if entry.kind is EntryKind.STATE and entry.state is not None:
        state = _STATES.get(entry.state.mode)
        value = {"state": state, **({"agent": entry.state.agent} if entry.state.agent else {})}
        status = {"type": "event", "id": str(entry.seq), "name": "handoff.status", "value": value}
        return {**common, **status} if state else None
    raise MessageRefused(f"a {entry.kind.value} is not for the customer")


def _said(activity: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Who said what, from the attachment that is a transcript; what is not of that shape is passed over."""
    attachments = activity.get("attachments")
    for attached in attachments if isinstance(attachments, list) else ():
        if not isinstance(attached, dict) or attached.get("name") != "Transcript":
            continue
        told = _within(attached, "content", "activities")
        for each in told if isinstance(told, list) else ():
            text = _within(each, "text") if _within(each, "type") == "message" else None
            if isinstance(text, str) and (words := cut(one_line(text), LONGEST)):
                yield ("Bot" if _within(each, "from", "role") == "bot" else "Customer"), words


def _reason(value: Any) -> str:
    """The bot's context in a few words."""
    if isinstance(value, dict):
        told = {key: kept for key, kept in value.items() if key != "customer"}
        named = told.get("reason") or told.get("summary")
        value = named if isinstance(named, str) else json.dumps(told, ensure_ascii=False) if told else ""
    return cut(one_line(value), 200) if isinstance(value, str) else ""


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise problem(400, "bad_field", f"'{name}' must be an object.")
    return value


def _within(body: Any, *path: str) -> Any:
    """What stands below these keys; None where nothing does."""
    found = body
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found
