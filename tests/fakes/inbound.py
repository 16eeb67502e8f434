"""The core as a channel sees it, in memory, and the host around it.

Decisions are the real ones of the domain (see `tests.fakes.desk_core`), without the router's detection
of signals. The AI and the agents are the test itself: `answers`, `claims`, `replies`, `releases`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.domain.events import (
    AgentDeleted,
    AgentEdited,
    AgentWrote,
    AnswerArrived,
    ClaimPressed,
    Event,
    Outcome,
    ReleasePressed,
)
from bridge.domain.ids import TenantId
from bridge.domain.model import Agent, Answer, Conversation, Entry, File
from bridge.domain.tenant import ChannelTraits, Tenant
from bridge.ports import DeskAddress, Host, Outbound, Typing
from bridge.secrets import DerivedSecrets
from tests.fakes.desk_core import CountingThrottle, DeskCore, NoOutbound, OwnClock, sample_tenant
from tests.fakes.duty import FakeDuty
from tests.fakes.vault import FakeConnecting, FakeVault

ACME = TenantId("acme")
GLOBEX = TenantId("globex")
ANA = Agent("slack:U1", "Ana")
PUBLIC_URL = "https://bridge.example.com"


class InboundCore(DeskCore):
    """Implements `bridge.ports.Inbound` over two tenants, acme and globex."""

    def __init__(self, clock: OwnClock, traits: ChannelTraits) -> None:
        channels = {"web": traits, "other": traits}
        named = {ACME: "Acme Outdoor", GLOBEX: "Globex"}
        tenants = {id: replace(sample_tenant(id, name), channels=channels) for id, name in named.items()}
        super().__init__(tenants, clock)

    def written(self) -> list[str]:
        """What customers wrote, as it was recorded, in order."""
        return [e.text for entries in self._entries.values() for e in entries if e.author == "customer"]

    def events(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.received if type(event) is kind]

    def only_conversation(self) -> Conversation:
        ((tenant, conversation),) = self._snapshots
        return self.conversation(tenant, conversation)

    def newest_conversation(self) -> Conversation:
        tenant, conversation = list(self._snapshots)[-1]
        return self.conversation(tenant, conversation)

    def newest_entry(self, conversation: Conversation) -> Entry:
        return self._entries[conversation.tenant, conversation.id][-1]

    def erase(self) -> None:
        """Every customer used their right to be forgotten."""
        self._snapshots.clear()
        self._customers.clear()
        self._entries.clear()

    async def answers(self, text: str, confidence: float | None = 0.95) -> Outcome:
        """The AI answers the newest conversation's open turn."""
        conv = self.newest_conversation()
        return await self.receive(
            AnswerArrived(
                tenant=conv.tenant,
                conversation=conv.id,
                epoch=conv.epoch,
                turn=conv.turn,
                upto=conv.asked,
                result=Answer(text, confidence),
            )
        )

    async def claims(self, agent: Agent = ANA) -> Outcome:
        return await self.receive(ClaimPressed(**self._desk(agent), epoch=self.newest_conversation().epoch))

    async def replies(
        self, text: str, agent: Agent = ANA, *, line: str = "", files: tuple[File, ...] = ()
    ) -> Outcome:
        said = {**self._desk(agent), "text": text, "at": self.clock.now()}
        return await self.receive(AgentWrote(**said, line=line, files=files))

    async def edits(self, line: str, text: str, agent: Agent = ANA) -> Outcome:
        said = {**self._desk(agent), "text": text, "at": self.clock.now()}
        return await self.receive(AgentEdited(**said, line=line))

    async def deletes(self, line: str, agent: Agent = ANA) -> Outcome:
        return await self.receive(AgentDeleted(**self._desk(agent), line=line, at=self.clock.now()))

    async def releases(self, agent: Agent = ANA) -> Outcome:
        return await self.receive(ReleasePressed(**self._desk(agent), epoch=self.newest_conversation().epoch))

    def types(self, agent: Agent = ANA) -> None:
        conv = self.newest_conversation()
        self.typing(conv.tenant, conv.id, Typing("agent", agent.name))

    def _desk(self, agent: Agent) -> dict[str, Any]:
        conv = self.newest_conversation()
        assert conv.handoff is not None
        return {
            "tenant": conv.tenant,
            "conversation": conv.id,
            "handoff": conv.handoff.number,
            "agent": agent,
        }


@dataclass
class ChannelDirectory:
    """Implements `bridge.ports.Directory` for channels."""

    known: dict[TenantId, Tenant]
    channels: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    """Settings by tenant, channel and kind."""

    def tenant(self, tenant: str) -> Tenant | None:
        return self.known.get(TenantId(tenant))

    def tenants(self) -> Sequence[TenantId]:
        return list(self.known)

    def channel(self, tenant: str, channel: str, kind: str) -> Any | None:
        return self.channels.get((tenant, channel, kind))

    def desk(self, tenant: str, desk: str, kind: str) -> DeskAddress | None:
        return None

    def desks(self, kind: str) -> Sequence[DeskAddress]:
        return []

    def installation(self, section: str) -> Any:
        return None


def channel_host(
    core: InboundCore,
    directory: ChannelDirectory,
    *,
    outbound: Outbound | None = None,
    limit: int = 10_000,
    public_url: str = PUBLIC_URL,
) -> Host:
    return Host(
        inbound=core,
        board=core,
        directory=directory,
        secrets=DerivedSecrets(b"k" * 32),
        clock=core.clock,
        http=outbound or NoOutbound(),
        public_url=public_url,
        throttle=CountingThrottle(limit),
        duty=FakeDuty(),
        vault=FakeVault(),
        connecting=FakeConnecting(),
    )
