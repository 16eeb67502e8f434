"""The core as a desk meets it, without its decisions: it keeps what it is told and says what it is told to.

For what the real decisions would be, see `desk_core`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar

from bridge.domain.card import Card
from bridge.domain.events import DeskEvent, Event, Outcome, OutcomeKind
from bridge.domain.ids import ConversationId, EventKey, HandoffId, TenantId, handoff_id, split_handoff_id
from bridge.domain.model import Agent, Entry, Suggestion
from bridge.domain.tenant import Tenant
from bridge.ports import (
    CallbackView,
    CardRef,
    DeskAddress,
    DeskFigures,
    Found,
    Host,
    Outbound,
    Typing,
    Unavailable,
)
from bridge.secrets import DerivedSecrets
from tests.fakes.desk_core import START, CountingThrottle, OwnClock
from tests.fakes.duty import FakeDuty
from tests.fakes.vault import FakeConnecting, FakeVault

ACME = TenantId("acme")
GLOBEX = TenantId("globex")
HANDOFF = HandoffId("0123456789abcdef0123456789abcdef.1")
RECORDED = Outcome(OutcomeKind.RECORDED, seq=1, epoch=2)


class RecordingCore:
    """Implements `bridge.ports.Inbound` and `bridge.ports.Board`."""

    def __init__(self) -> None:
        self.received: list[Event] = []
        self.decide: Callable[[Event], Outcome] = lambda event: RECORDED
        self.unavailable = False
        self.wait: Callable[[], Awaitable[object]] | None = None
        """What recording waits for: a slow database."""
        self.before_find: Callable[[], None] = lambda: None
        self._outcomes: dict[tuple[TenantId, EventKey], Outcome] = {}
        self._cards: dict[tuple[TenantId, HandoffId], Found] = {}
        self._refs: dict[tuple[TenantId, CardRef], HandoffId] = {}

    # ---- what a test tells it

    def stand(self, desk: DeskAddress, card: Card, ref: CardRef | None = None) -> None:
        """This is now the truth about a handoff; `ref`: where its card was posted."""
        parts = split_handoff_id(card.handoff)
        assert parts is not None
        found = Found(desk.tenant, desk.desk, parts[0], parts[1], card.epoch, card)
        self._cards[desk.tenant, card.handoff] = found
        if ref is not None:
            self._refs[desk.tenant, ref] = card.handoff

    def refuse(self, why: str, code: str = "stale") -> None:
        self.decide = lambda event: Outcome(OutcomeKind.REFUSED, code=code, why=why)

    # ---- Inbound

    async def receive(self, event: Event) -> Outcome:
        if self.unavailable:
            raise Unavailable("the database is away")
        if self.wait is not None:
            await self.wait()
        if event.key and (known := self._outcomes.get((event.tenant, event.key))):
            return replace(known, kind=OutcomeKind.REPEATED) if known.done else known
        if isinstance(event, DeskEvent) and event.desk and not self._has(event):
            return Outcome(OutcomeKind.UNKNOWN)
        self.received.append(event)
        outcome = self.decide(event)
        self._outcomes[event.tenant, event.key] = outcome
        return outcome

    def _has(self, event: DeskEvent) -> bool:
        found = self._cards.get((event.tenant, handoff_id(event.conversation, event.handoff)))
        return found is not None and found.desk == event.desk

    async def entries(
        self, tenant: TenantId, conversation: ConversationId, after: int, limit: int = 200
    ) -> Sequence[Entry]:
        return []

    def follow(
        self, tenant: TenantId, conversation: ConversationId
    ) -> AbstractAsyncContextManager[AsyncIterator[Typing | None]]:
        raise AssertionError("a desk does not follow a conversation")

    def typing(self, tenant: TenantId, conversation: ConversationId, typing: Typing) -> None:
        pass

    # ---- Board

    async def find(self, tenant: TenantId, handoff: HandoffId) -> Found | None:
        self.before_find()
        return self._cards.get((tenant, handoff))

    async def at(self, desk: DeskAddress, ref: CardRef) -> Found | None:
        handoff = self._refs.get((desk.tenant, ref))
        found = self._cards.get((desk.tenant, handoff)) if handoff else None
        return found if found and found.desk == desk.desk else None

    async def open_cards(self, tenant: TenantId, desk: str, limit: int = 50) -> Sequence[Card]:
        found = [f.card for (owner, _), f in self._cards.items() if (owner, f.desk) == (tenant, desk)]
        return found[:limit]

    async def places(self, tenant: TenantId, desk: str) -> Mapping[HandoffId, CardRef]:
        return {handoff: ref for (owner, ref), handoff in self._refs.items() if owner == tenant}

    async def figures(self, tenant: TenantId, desk: str, agent: str, since: datetime) -> DeskFigures:
        return DeskFigures()

    async def callbacks(self, tenant: TenantId, desk: str) -> Sequence[CallbackView]:
        return []

    async def thread(self, tenant: TenantId, handoff: HandoffId, after: int = 0) -> Sequence[Entry]:
        return []

    @asynccontextmanager
    async def follow_desk(self, tenant: TenantId, desk: str) -> AsyncIterator[AsyncIterator[None]]:
        async def nothing() -> AsyncIterator[None]:
            return
            yield

        yield nothing()


@dataclass
class ListedDirectory:
    """Desks by kind, and sections of bridge.yaml by name."""

    addresses: list[tuple[str, DeskAddress]] = field(default_factory=list)
    sections: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, Tenant] = field(default_factory=dict)

    def tenant(self, tenant: str) -> Tenant | None:
        return self.known.get(tenant)

    def tenants(self) -> Sequence[TenantId]:
        return list(dict.fromkeys(address.tenant for _, address in self.addresses))

    def channel(self, tenant: str, channel: str, kind: str) -> Any | None:
        return None

    def desk(self, tenant: str, desk: str, kind: str) -> DeskAddress | None:
        return next((a for a in self.desks(kind) if (a.tenant, a.desk) == (tenant, desk)), None)

    def desks(self, kind: str) -> Sequence[DeskAddress]:
        return [address for known, address in self.addresses if known == kind]

    def installation(self, section: str) -> Any:
        return self.sections.get(section)


class PlainOutbound:
    """The HTTP client without its guard: the fakes are at internal addresses. Use it in a running loop."""

    def __init__(self) -> None:
        self.session = ClientSession(timeout=ClientTimeout(total=30), cookie_jar=DummyCookieJar())

    def check_url(self, url: str) -> str | None:
        return None

    async def close(self) -> None:
        await self.session.close()


def core_host(core: RecordingCore, directory: ListedDirectory, http: Outbound, clock: OwnClock) -> Host:
    return Host(
        inbound=core,
        board=core,
        directory=directory,
        secrets=DerivedSecrets(b"k" * 32),
        clock=clock,
        http=http,
        public_url="http://127.0.0.1:8080",
        throttle=CountingThrottle(),
        duty=FakeDuty(),
        vault=FakeVault(),
        connecting=FakeConnecting(),
    )


def waiting_card(**changes: Any) -> Card:
    """María wants a refund; nobody has her yet."""
    card = Card(
        handoff=HANDOFF,
        epoch=3,
        state="waiting",
        who="María García",
        reason="Refund",
        want="“I was charged twice for order AC-1042”",
        tried="Assistant answered 2×; refund goes to a person: “charged twice”",
        facts=(),
        also=("Valued customer",),
        suggestion=Suggestion("Hi María, I am looking into this right now."),
        owner=None,
        since=START,
        lease_until=None,
        pages=1,
        ended_by="",
        lapsed_from="",
        buttons=("claim", "send_suggested", "edit_suggested", "release"),
        transcript="https://bridge.example.com/transcripts/a-token",
    )
    return replace(card, **changes)


def claimed_card(agent: Agent, **changes: Any) -> Card:
    """The same a moment later, with its owner."""
    return waiting_card(
        **{
            "state": "claimed",
            "epoch": 4,
            "owner": agent,
            "lease_until": START + timedelta(minutes=15),
            "buttons": ("send_suggested", "edit_suggested", "release"),
            **changes,
        }
    )
