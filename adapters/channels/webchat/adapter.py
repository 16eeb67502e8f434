"""The web chat's addresses, and what each does. Who may ask is settled by the gate before.

It must never answer 2xx for what is not recorded: every message and signal waits for the commit.
"""

import uuid
from collections.abc import Iterable

from aiohttp import web

from adapters.channels.webchat.gate import Gate, Visit
from adapters.channels.webchat.identity import MAX_TOKEN, claimed_profile, signed_identity
from adapters.channels.webchat.origins import PREFLIGHT
from adapters.channels.webchat.signals import read_signal
from adapters.channels.webchat.streams import Streams, wants_page
from adapters.channels.webchat.widget import serve_widget
from adapters.http import field_text, not_found, parse_json, problem, read_body, read_json, unauthorized
from bridge.domain.events import CustomerWrote, Opening, Outcome, OutcomeKind, SessionOpened
from bridge.domain.ids import ConversationId, CustomerId, EventKey
from bridge.domain.model import Author, Entry, Profile
from bridge.ports import ChannelAddress, ChannelLimits, Host, Receipt, Typing

BASE = "/webchat/{tenant}/{channel}"
MAX_TEXT = 8_000
MAX_BODY = 128 * 1024
"""Room for the longest text with every character escaped."""


class Adapter:
    kind = "webchat"
    push = False
    states = True
    choices = True
    limits = ChannelLimits(files=True, edits=True)

    def __init__(self, host: Host) -> None:
        self._host = host
        self._gate = Gate(host)
        self._streams = Streams(host.inbound)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        gate = self._gate
        return [
            web.get("/widget.js", serve_widget),
            web.get(BASE, gate.open_to_all(self._look), allow_head=False),
            web.options(BASE, gate.open_to_all(self._preflight)),
            web.options(BASE + "/{action}", gate.open_to_all(self._preflight)),
            web.post(BASE + "/sessions", gate.open_to_all(self._open_session)),
            web.post(BASE + "/messages", gate.with_session(self._write)),
            web.post(BASE + "/signals", gate.with_session(self._signal)),
            web.get(BASE + "/events", gate.with_session(self._events), allow_head=False),
        ]

    async def start(self) -> None:
        self._streams.start()

    async def stop(self) -> None:
        self._streams.stop()

    async def send(self, to: ChannelAddress, entry: Entry, *, key: str) -> Receipt:
        """Nothing to do: the commit was the delivery, the customer's side reads from the bridge."""
        return Receipt()

    async def _preflight(self, visit: Visit) -> web.Response:
        return web.Response(status=204, headers=PREFLIGHT)

    async def _look(self, visit: Visit) -> web.Response:
        """What the widget needs before anybody writes: no customer, no secret."""
        tenant = self._host.directory.tenant(visit.tenant)
        look = {"title": visit.settings.title or (tenant.name if tenant else "")}
        if visit.settings.colour:
            look["colour"] = visit.settings.colour
        return web.json_response(look, headers={"Cache-Control": "public, max-age=300"})

    async def _open_session(self, visit: Visit) -> web.Response:
        body = parse_json(await read_body(visit.request, MAX_BODY) or b"{}")
        conversation = ConversationId(uuid.uuid4().hex)
        customer, profile = self._who(visit, body, conversation)
        opening = Opening(visit.channel, conversation, customer, profile)
        event = SessionOpened(tenant=visit.tenant, conversation=conversation, opening=opening)
        outcome = await self._host.inbound.receive(event)
        if not outcome.done:
            raise not_found()
        token = self._gate.token(visit.tenant, visit.channel, conversation)
        return web.json_response({"token": token, "conversation": conversation}, status=201)

    def _who(
        self, visit: Visit, body: dict[str, object], conversation: ConversationId
    ) -> tuple[CustomerId, Profile | None]:
        """The signed customer, the same in every session; or an unknown one, this conversation's own."""
        claimed = claimed_profile(body.get("customer"))
        if body.get("identity") is None:
            return self._host.secrets.customer(visit.tenant, f"anon:{conversation}"), claimed
        token = field_text(body, "identity", limit=MAX_TOKEN)
        subject, signed = signed_identity(
            token, visit.settings.identity_secret, self._host.clock.now(), hints=claimed
        )
        return self._host.secrets.customer(visit.tenant, f"sub:{subject}"), signed

    async def _write(self, visit: Visit) -> web.Response:
        body = await read_json(visit.request, MAX_BODY)
        sent = field_text(body, "id", limit=64)
        event = CustomerWrote(
            tenant=visit.tenant,
            conversation=visit.conversation,
            key=EventKey(f"webchat:{visit.conversation}:{_message_id(sent)}"),
            text=field_text(body, "text", limit=MAX_TEXT),
            at=self._host.clock.now(),
            id=sent,
        )
        outcome = _settled(await self._host.inbound.receive(event))
        status = 200 if outcome.kind is OutcomeKind.REPEATED else 202
        return web.json_response({"seq": outcome.seq}, status=status)

    async def _signal(self, visit: Visit) -> web.Response:
        signal = read_signal(visit, await read_json(visit.request, MAX_BODY))
        if signal == "typing":
            self._host.inbound.typing(visit.tenant, visit.conversation, Typing(Author.CUSTOMER.value))
            return web.json_response({}, status=202)
        outcome = _settled(await self._host.inbound.receive(signal))
        return web.json_response({"seq": outcome.seq}, status=202)

    async def _events(self, visit: Visit) -> web.StreamResponse:
        if wants_page(visit.request):
            return await self._streams.page(visit)
        return await self._streams.tail(visit)


def _message_id(sent: str) -> str:
    """The id in its one spelling, for the key: some clients write UUIDs in capitals."""
    try:
        canonical = str(uuid.UUID(sent))
    except ValueError:
        canonical = ""
    if sent.lower() != canonical:
        raise problem(400, "bad_field", "'id' must be a UUID.")
    return canonical


def _settled(outcome: Outcome) -> Outcome:
    """409 for what was understood and not done; 401 for a conversation that is no more (erased)."""
    if outcome.kind is OutcomeKind.UNKNOWN:
        raise unauthorized()
    if outcome.kind is OutcomeKind.REFUSED:
        raise problem(409, outcome.code or "refused", outcome.why or "This is not possible now.")
    return outcome
