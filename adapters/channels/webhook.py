"""The signed webhook channel (kind `webhook`): any system that can post JSON is a way to customers.

In: `POST /channels/{tenant}/{channel}`, signed after Standard Webhooks. `type` is one of

- `message`  what a customer wrote: `conversation`, `text`, `at`?, `customer`?, `cart_value`?. With
             `author: "agent"` and `agent: {"id"?, "name"}` it is what a colleague already told the
             customer by another route: it takes ownership and is not sent a second time.
- `close`    the customer left. For a conversation that is not known there is nothing to do: 202.
- `offer`    `answer` is `accept` or `decline`; 409 when no person is on offer.
- `person`   the customer asks for a person; may open the conversation, as `message` may.
- `callback` chooses a `slot` of those on offer, 409 for any other; `times` in its place asks for times,
             `cancel` cancels the booked one.

202 means stored; the same `webhook-id` again is 202 and changes nothing. Whoever signed is the
tenant itself, so the profile it sends is verified.

Out: messages and states, posted to `deliver_to`, signed likewise. The id is the same for every
attempt and receivers know by it what they have had, so an attempt with an unknown end is repeated.

It never says which of tenant, channel or signature was wrong, and never writes a secret or a
customer's words into an error. Where the walk goes: `adapters.webhooks`, then `bridge.router`.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from aiohttp import web

from adapters.customers import MAX_NAME, CustomerFacts, read_customer
from adapters.files import files_field, more_of, with_links
from adapters.http import (
    field_instant,
    field_number,
    field_text,
    problem,
    shown_callback,
    unauthorized,
)
from adapters.signed_channel import MAX_TEXT, SignedChannel, SignedSettings
from bridge.domain.events import (
    AgentWroteElsewhere,
    CallbackCancelled,
    CallbackChosen,
    CustomerClosed,
    CustomerEvent,
    CustomerWrote,
    Event,
    OfferAnswered,
    Opening,
    Outcome,
    OutcomeKind,
    PersonAsked,
    TimesAsked,
)
from bridge.domain.ids import EventKey, TenantId
from bridge.domain.model import Agent, Entry, EntryKind
from bridge.ports import (
    ChannelAddress,
    ChannelLimits,
    Host,
    MessageRefused,
    Receipt,
)


class Settings(SignedSettings):
    kind: Literal["webhook"] = "webhook"


class Adapter(SignedChannel):
    """Implements `bridge.ports.ChannelAdapter`."""

    kind = "webhook"
    push = True
    states = True
    choices = False
    limits = ChannelLimits(text=MAX_TEXT, files=True)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.post("/channels/{tenant}/{channel}", self._receive)]

    async def send(self, to: ChannelAddress, entry: Entry, *, key: str) -> Receipt:
        await self.deliver(to, render(to.external, entry), key)
        return Receipt()

    def read(self, body: Mapping[str, Any], tenant: TenantId, channel: str, id: str) -> Event:
        return Inbox(self._host, tenant, channel, id).read(body)

    async def _receive(self, request: web.Request) -> web.Response:
        return _reply(*await self.received(request))


class Inbox:
    """Reads one signed request of one channel into the event that it reports."""

    def __init__(self, host: Host, tenant: TenantId, channel: str, webhook_id: str) -> None:
        self._host = host
        self._tenant = tenant
        self._channel = channel
        self._id = webhook_id

    def read(self, body: Mapping[str, Any]) -> Event:
        kind = field_text(body, "type", limit=MAX_NAME)
        external = field_text(body, "conversation", limit=MAX_NAME)
        common: dict[str, Any] = {
            "tenant": self._tenant,
            "conversation": self._host.secrets.conversation(self._tenant, self._channel, external),
            "key": EventKey(f"webhook:{self._channel}:{self._id}"),
        }
        match kind:
            case "message" if body.get("author", "customer") == "customer":
                return self._customer_wrote(body, external, common)
            case "message" if body["author"] == "agent":
                return self._agent_wrote(body, external, common)
            case "message":
                raise problem(400, "bad_field", "'author' must be customer or agent.")
            case "close":
                return CustomerClosed(**common)
            case "offer":
                return OfferAnswered(**common, accepted=_accepted(body))
            case "person":
                return PersonAsked(**common, opening=self._opening(body, external))
            case "callback":
                return _callback(body, common)
        raise problem(400, "bad_field", "'type' must be message, close, offer, person or callback.")

    def _customer_wrote(
        self, body: Mapping[str, Any], external: str, common: dict[str, Any]
    ) -> CustomerWrote:
        files = files_field(body)
        return CustomerWrote(
            **common,
            opening=self._opening(body, external),
            text=field_text(body, "text", limit=MAX_TEXT, required=not files),
            files=files,
            at=self._instant(body),
            id=self._id,
            cart_value=field_number(body, "cart_value", required=False),
        )

    def _agent_wrote(
        self, body: Mapping[str, Any], external: str, common: dict[str, Any]
    ) -> AgentWroteElsewhere:
        colleague = body.get("agent")
        if not isinstance(colleague, dict):
            raise problem(400, "bad_field", "'agent' must be an object with a name.")
        name = field_text(colleague, "name", limit=MAX_NAME)
        own_id = field_text(colleague, "id", limit=MAX_NAME, required=False) or name
        return AgentWroteElsewhere(
            **common,
            opening=self._opening(body, external),
            agent=Agent(f"{Adapter.kind}:{own_id}", name),
            text=field_text(body, "text", limit=MAX_TEXT),
            at=self._instant(body),
            id=self._id,
        )

    def _opening(self, body: Mapping[str, Any], external: str) -> Opening:
        told = body.get("customer")
        facts = CustomerFacts() if told is None else read_customer(told)
        identity = f"sub:{facts.id}" if facts.id else f"{self._channel}:{external}"
        return Opening(
            channel=self._channel,
            external=external,
            customer=self._host.secrets.customer(self._tenant, identity),
            profile=None if told is None else facts.profile(),
        )

    def _instant(self, body: Mapping[str, Any]) -> datetime:
        value = body.get("at")
        if value is None:
            return self._host.clock.now()
        try:
            at = datetime.fromisoformat(value)
            if at.utcoffset() is not None:
                return at.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            pass
        raise problem(
            400, "bad_field", "'at' must be an ISO 8601 instant with offset, such as 2026-11-22T17:00:00Z."
        )


def _accepted(body: Mapping[str, Any]) -> bool:
    match body.get("answer"):
        case "accept":
            return True
        case "decline":
            return False
    raise problem(400, "bad_field", "'answer' must be accept or decline.")


def _callback(body: Mapping[str, Any], common: dict[str, Any]) -> CustomerEvent:
    """Beside an instant: `times` asks for times, `cancel` cancels what is booked."""
    match field_text(body, "slot", limit=MAX_NAME):
        case "times":
            return TimesAsked(**common)
        case "cancel":
            return CallbackCancelled(**common)
    return CallbackChosen(**common, slot=field_instant(body, "slot"))


def _reply(event: Event, outcome: Outcome) -> web.Response:
    unknown = outcome.kind is OutcomeKind.UNKNOWN
    if outcome.kind is OutcomeKind.REFUSED:
        raise problem(409, outcome.code or "refused", outcome.why)
    if unknown and isinstance(event, OfferAnswered):
        raise problem(409, "no_offer", "Nothing is on offer.")
    if unknown and isinstance(event, CallbackChosen | TimesAsked | CallbackCancelled):
        raise problem(409, "not_offered", "No callback is on offer in this conversation.")
    if unknown and not isinstance(event, CustomerClosed):
        raise unauthorized()  # the tenant or the channel went while this was read
    return web.json_response({"seq": outcome.seq}, status=202)


def render(external: str, entry: Entry) -> dict[str, Any]:
    """The JSON of one entry, exactly as published. MessageRefused for what is not for customers."""
    if entry.kind is EntryKind.MESSAGE:
        message: dict[str, Any] = {
            "type": "message",
            "conversation": external,
            "seq": entry.seq,
            "author": entry.author.value,
            "name": entry.name,
            "text": with_links(entry),
            "at": entry.at.isoformat(),
            **more_of(entry),
        }
        if entry.citations:
            message["citations"] = [{"title": c.title, "url": c.url} for c in entry.citations]
        return message
    if entry.kind is EntryKind.STATE and entry.state is not None:
        state = entry.state
        shown: dict[str, Any] = {"type": "state", "conversation": external, "mode": state.mode.value}
        if state.agent:
            shown["agent"] = state.agent
        if state.offer:
            shown["offer"] = {"kind": "person"}
        if state.callback is not None:
            shown["callback"] = shown_callback(state.callback)
        if state.away:
            shown["away"] = True
        return shown
    raise MessageRefused(f"a {entry.kind.value} is not for the customer")
