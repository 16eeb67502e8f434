"""The core as a desk sees it, in memory: the real decisions of the domain, kept in a dictionary.

It has no database, no dispatcher and no clock of its own. What it decides is what the service decides,
because both ask `bridge.domain.decide`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientSession, web

from bridge.domain.card import Card, draw
from bridge.domain.decide import decide
from bridge.domain.events import Event, Outcome, OutcomeKind, entry_named
from bridge.domain.ids import ConversationId, CustomerId, EventKey, HandoffId, TenantId, split_handoff_id
from bridge.domain.model import Conversation, Customer, Entry, EntryKind, Trigger
from bridge.domain.notices import Moment, NoticeFact, NoticeName
from bridge.domain.policy import BuyingRule, Routing
from bridge.domain.tenant import ChannelTraits, Tenant
from bridge.domain.transitions.change import Decision, Snapshot
from bridge.fanout import LocalFanout, conversation_topic, desk_topic
from bridge.ports import CallbackView, CardRef, DeskAddress, DeskFigures, Found, Host, Typing, Unavailable
from bridge.secrets import DerivedSecrets
from tests.fakes.duty import FakeDuty
from tests.fakes.vault import FakeConnecting, FakeVault

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

_NOTICES: Mapping[NoticeName, str] = {
    "waiting": "A colleague is joining, usually within a few minutes.",
    "waiting_off_duty": "Nobody is here now. We are back {start}.",
    "joined": "{agent} has joined.",
    "released": "You are back with the assistant.",
    "offer": "I am not sure about this. Would you like a person to help?",
    "clarify": "Could you tell me a little more about what you need?",
    "gave_up": "Nobody is free right now.",
    "lapsed": "{agent} had to leave; a colleague takes over.",
    "passed_on": "{agent} has passed this on to another team.",
    "correction": "Correction:",
    "withdrawn": "One of my messages was taken back.",
    "closed": "The chat is closed.",
    "times": "When shall we get back to you?",
    "booked": "We will get back to you then.",
    "cancelled": "The callback is cancelled.",
    "callback_due": "It is time to get back to you, as we promised.",
    "callback_missed": "We are sorry that nobody came.",
}


class PlainVoice:
    def notice(self, name: NoticeName, language: str, **facts: NoticeFact) -> str:
        return _NOTICES[name].format_map(facts)

    def suggestion(self, trigger: Trigger, group: str, language: str, **facts: str) -> str:
        return f"Hi {facts['first_name'] or 'there'}, I am looking into this for you right now."

    def zone(self, moment: Moment, language: str) -> str:
        return moment.zone


class OwnClock:
    """A clock that the test moves."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def pass_by(self, **time: float) -> None:
        self._now += timedelta(**time)


class DeskCore:
    """Implements `bridge.ports.Inbound` and `bridge.ports.Board`."""

    def __init__(self, tenants: Mapping[TenantId, Tenant], clock: OwnClock) -> None:
        self.tenants = dict(tenants)
        self.clock = clock
        self.fanout = LocalFanout()
        self.received: list[Event] = []
        self.unavailable = False
        self.sooner: Event | None = None
        """Somebody else's, which gets in just before the next."""
        self._snapshots: dict[tuple[TenantId, ConversationId], Snapshot] = {}
        self._customers: dict[tuple[TenantId, CustomerId], Customer] = {}
        self._entries: dict[tuple[TenantId, ConversationId], list[Entry]] = {}
        self._outcomes: dict[tuple[TenantId, EventKey], Outcome] = {}

    async def receive(self, event: Event) -> Outcome:
        if self.unavailable:
            raise Unavailable("the database is away")
        if self.sooner is not None:
            sooner, self.sooner = self.sooner, None
            await self.receive(sooner)
        self.received.append(event)
        if known := self._outcomes.get((event.tenant, event.key)):
            return replace(known, kind=OutcomeKind.REPEATED)
        decision = decide(self._snapshot(event), event, self.tenants[event.tenant], self.clock.now())
        if decision.conversation is not None:
            self._keep(event, decision)
        if event.key and decision.outcome.done:
            self._outcomes[event.tenant, event.key] = decision.outcome
        return decision.outcome

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int = 200
    ) -> Sequence[Entry]:
        seen = (EntryKind.MESSAGE, EntryKind.STATE)
        entries = self._entries.get((tenant, conversation), [])
        return [e for e in entries if e.seq > after and e.kind in seen][:limit]

    def follow(
        self, tenant: TenantId, conversation: ConversationId
    ) -> AbstractAsyncContextManager[AsyncIterator[Typing | None]]:
        return self.fanout.subscribe(conversation_topic(tenant, conversation))

    def typing(self, tenant: TenantId, conversation: ConversationId, typing: Typing) -> None:
        self.fanout.whisper(conversation_topic(tenant, conversation), typing)

    async def find(self, tenant: TenantId, handoff: HandoffId) -> Found | None:
        parts = split_handoff_id(handoff)
        snapshot = self._snapshots.get((tenant, parts[0])) if parts else None
        if parts is None or snapshot is None or snapshot.conversation is None:
            return None
        card = _card(snapshot)
        if card is None or card.handoff != handoff:
            return None
        kept = snapshot.conversation.handoff
        assert kept is not None
        return Found(tenant, kept.desk, parts[0], parts[1], snapshot.conversation.epoch, card)

    async def at(self, desk: DeskAddress, ref: CardRef) -> Found | None:
        return await self.find(desk.tenant, HandoffId(ref.thread))

    async def open_cards(self, tenant: TenantId, desk: str, limit: int = 50) -> Sequence[Card]:
        cards = [
            card
            for (owner, _), snapshot in self._snapshots.items()
            if owner == tenant and _desk(snapshot) == desk and (card := _card(snapshot))
        ]
        rank = {"waiting": 0, "claimed": 1}
        ended = [c for c in cards if c.state not in rank]
        going = sorted((c for c in cards if c.state in rank), key=lambda c: (rank[c.state], c.since))
        return [*going, *sorted(ended, key=lambda c: c.since, reverse=True)][:limit]

    async def places(self, tenant: TenantId, desk: str) -> Mapping[HandoffId, CardRef]:
        return {}

    async def figures(self, tenant: TenantId, desk: str, agent: str, since: datetime) -> DeskFigures:
        return DeskFigures()

    async def callbacks(self, tenant: TenantId, desk: str) -> Sequence[CallbackView]:
        found = [_promised(snapshot) for (owner, _), snapshot in self._snapshots.items() if owner == tenant]
        views = [view for view in found if view is not None and view.desk == desk]
        return sorted(views, key=lambda view: view.at)

    async def thread(self, tenant: TenantId, handoff: HandoffId, after: int = 0) -> Sequence[Entry]:
        parts = split_handoff_id(handoff)
        entries = self._entries.get((tenant, parts[0]), []) if parts else []
        return [e for e in entries if e.seq > after]

    @asynccontextmanager
    async def follow_desk(self, tenant: TenantId, desk: str) -> AsyncIterator[AsyncIterator[None]]:
        async with self.fanout.subscribe(desk_topic(tenant, desk)) as hints:
            yield (None async for _ in hints)

    def conversation(self, tenant: TenantId, conversation: ConversationId) -> Conversation:
        found = self._snapshots[tenant, conversation].conversation
        assert found is not None
        return found

    def _snapshot(self, event: Event) -> Snapshot:
        if known := self._snapshots.get((event.tenant, event.conversation)):
            seq, entries = entry_named(event), self._entries[event.tenant, event.conversation]
            return replace(known, entry=next((e for e in entries if e.seq == seq), None))
        opening = getattr(event, "opening", None)
        customer = self._customers.get((event.tenant, opening.customer)) if opening else None
        return Snapshot(None, customer)

    def _keep(self, event: Event, decision: Decision) -> None:
        at = (event.tenant, event.conversation)
        before = self._snapshots.get(at, Snapshot(None, None))
        customer = decision.customer or before.customer
        assert decision.conversation is not None
        assert customer is not None
        self._snapshots[at] = Snapshot(decision.conversation, customer)
        self._customers[event.tenant, customer.id] = customer
        self._entries.setdefault(at, []).extend(decision.entries)
        topics = [conversation_topic(*at)]
        if handoff := decision.conversation.handoff:
            topics.append(desk_topic(event.tenant, handoff.desk))
        self.fanout.publish(topics)


@dataclass
class FakeDirectory:
    known: dict[TenantId, Tenant]
    addresses: list[tuple[str, DeskAddress]] = field(default_factory=list)

    def tenant(self, tenant: str) -> Tenant | None:
        return self.known.get(TenantId(tenant))

    def tenants(self) -> Sequence[TenantId]:
        return list(self.known)

    def channel(self, tenant: str, channel: str, kind: str) -> Any | None:
        return None

    def desk(self, tenant: str, desk: str, kind: str) -> DeskAddress | None:
        return next((d for d in self.desks(kind) if (d.tenant, d.desk) == (tenant, desk)), None)

    def desks(self, kind: str) -> Sequence[DeskAddress]:
        return [address for known, address in self.addresses if known == kind]

    def installation(self, section: str) -> Any:
        return None


class CountingThrottle:
    """Refuses a session's or an address's requests once `limit` is reached."""

    def __init__(self, limit: int = 10_000) -> None:
        self.limit = limit
        self.admitted: dict[str, int] = {}

    def admit(self, request: web.Request, *, session: str = "") -> None:
        self.admitted[session] = self.admitted.get(session, 0) + 1
        if self.admitted[session] > self.limit:
            raise web.HTTPTooManyRequests(headers={"Retry-After": "30"})


class NoOutbound:
    """For adapters that never speak to another machine."""

    @property
    def session(self) -> ClientSession:
        raise AssertionError("this adapter opens no connection")

    def check_url(self, url: str) -> str | None:
        return None


def sample_tenant(tenant: str = "acme", name: str = "Acme Outdoor") -> Tenant:
    return Tenant(
        id=TenantId(tenant),
        name=name,
        languages=("en", "es"),
        channels={"web": ChannelTraits(push=False, states=True, files=True, edits=True)},
        routing=Routing(desk="support", buying_intent=BuyingRule(), desks={Trigger.BUYING_INTENT: "sales"}),
        voice=PlainVoice(),
        desks=("support", "sales"),
    )


def desk_host(core: DeskCore, directory: FakeDirectory, *, public_url: str = "http://127.0.0.1:8080") -> Host:
    return Host(
        inbound=core,
        board=core,
        directory=directory,
        secrets=DerivedSecrets(b"k" * 32),
        clock=core.clock,
        http=NoOutbound(),
        public_url=public_url,
        throttle=CountingThrottle(),
        duty=FakeDuty(),
        vault=FakeVault(),
        connecting=FakeConnecting(),
    )


def _desk(snapshot: Snapshot) -> str | None:
    handoff = snapshot.conversation.handoff if snapshot.conversation else None
    return handoff.desk if handoff else None


def _promised(snapshot: Snapshot) -> CallbackView | None:
    conv, customer = snapshot.conversation, snapshot.customer
    if conv is None or customer is None or conv.promise is None:
        return None
    made = conv.promise
    return CallbackView(
        tenant=conv.tenant,
        desk=made.desk,
        conversation=conv.id,
        handoff=conv.handoff_id,
        number=made.number,
        at=made.at,
        until=made.until,
        zone=made.zone,
        local=made.local,
        state=made.state,
        who=customer.profile.name or "Visitor",
        want=conv.handoff.want if conv.handoff else "",
        reach=made.reach,
        booked_at=made.booked_at,
    )


def _card(snapshot: Snapshot) -> Card | None:
    conversation, customer = snapshot.conversation, snapshot.customer
    if conversation is None or customer is None or conversation.handoff is None:
        return None
    return draw(conversation, customer, conversation.handoff)
