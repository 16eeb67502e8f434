"""A console with two companies in it, real HTTP before it and the domain's own decisions behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from adapters.desks.console import Adapter, Settings
from bridge.domain.answer import Answer
from bridge.domain.events import AnswerArrived, CustomerWrote, Opening, Outcome, OutcomeKind, PersonAsked
from bridge.domain.ids import ConversationId, CustomerId, EventKey, HandoffId, TenantId, handoff_id
from bridge.domain.model import Conversation, Entry, Profile
from bridge.domain.signals import Signal
from bridge.ports import DeskAddress, Host
from tests.fakes.desk_core import DeskCore, FakeDirectory, OwnClock, desk_host, sample_tenant

ACME, GLOBEX = TenantId("acme"), TenantId("globex")
ANA_KEY = "ana-s-long-key"
Client = TestClient[web.Request, web.Application]

SUPPORT: Mapping[str, object] = {
    "kind": "console",
    "agents": [{"name": "Ana", "key": ANA_KEY}, {"name": "Ben", "key": "ben-s-long-key"}],
}
OPEN: Mapping[str, object] = {"kind": "console", "agents": [{"name": "Ana"}, {"name": "Ben"}]}


@dataclass
class Room:
    core: DeskCore
    clock: OwnClock
    directory: FakeDirectory
    host: Host
    adapter: Adapter

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(self.adapter.routes())
        return app

    def set_agents(self, tenant: TenantId, desk: str, settings: Mapping[str, object]) -> None:
        """The tenant's settings change while the console runs."""
        known = [(k, a) for k, a in self.directory.addresses if (a.tenant, a.desk) != (tenant, desk)]
        address = DeskAddress(tenant, desk, Settings.model_validate(settings))
        self.directory.addresses = [*known, ("console", address)]

    async def writes(
        self,
        who: str,
        text: str,
        *,
        signals: tuple[Signal, ...] = (),
        profile: Profile | None = None,
        tenant: TenantId = ACME,
    ) -> ConversationId:
        """A customer, known by name, writes in the one conversation that they have."""
        conversation = ConversationId(self.host.secrets.conversation(tenant, "web", who))
        await self.core.receive(
            CustomerWrote(
                tenant=tenant,
                conversation=conversation,
                key=EventKey(f"test:{uuid4()}"),
                opening=Opening("web", who, CustomerId(f"c-{who}"), profile or Profile(name=who)),
                text=text,
                at=self.clock.now(),
                signals=signals,
            )
        )
        return conversation

    async def is_answered(
        self,
        conversation: ConversationId,
        text: str,
        confidence: float | None = 0.95,
        tenant: TenantId = ACME,
        *,
        asked: Conversation | None = None,
    ) -> Outcome:
        """`asked`: the conversation as it was when the AI was asked, where it comes late."""
        state = asked or self.core.conversation(tenant, conversation)
        return await self.core.receive(
            AnswerArrived(
                tenant=tenant,
                conversation=conversation,
                epoch=state.epoch,
                turn=state.turn,
                upto=state.asked,
                result=Answer(text, confidence),
            )
        )

    async def asks_for_a_person(
        self, who: str, about: str = "My tent leaks", tenant: TenantId = ACME
    ) -> HandoffId:
        """A handoff that waits at the support desk."""
        conversation = await self.writes(who, about, tenant=tenant)
        outcome = await self.core.receive(PersonAsked(tenant=tenant, conversation=conversation))
        assert outcome.kind is OutcomeKind.RECORDED
        found = self.core.conversation(tenant, conversation).handoff
        assert found is not None
        return handoff_id(conversation, found.number)

    async def told(self, handoff: HandoffId, tenant: TenantId = ACME) -> list[Entry]:
        """What the customer of a handoff can read."""
        conversation = ConversationId(handoff.partition(".")[0])
        return [e for e in await self.core.entries(tenant, conversation, 0) if e.text]


def furnish(public_url: str = "http://127.0.0.1:8080", support: Mapping[str, object] | None = None) -> Room:
    clock = OwnClock()
    tenants = {ACME: sample_tenant(), GLOBEX: sample_tenant("globex", "Globex")}
    core = DeskCore(tenants, clock)
    directory = FakeDirectory(tenants)
    host = desk_host(core, directory, public_url=public_url)
    room = Room(core, clock, directory, host, Adapter(host))
    room.set_agents(ACME, "support", support or SUPPORT)
    room.set_agents(ACME, "sales", support or SUPPORT)
    room.set_agents(GLOBEX, "support", support or SUPPORT)
    return room


async def sign_in(
    client: Client, name: str = "Ana", key: str = ANA_KEY, *, tenant: str = "acme", desk: str = "support"
) -> ClientResponse:
    return await client.post(f"/console/{tenant}/{desk}/session", json={"name": name, "key": key})
