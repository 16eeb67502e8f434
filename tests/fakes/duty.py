"""A duty roster without a schedule: everybody who switched themselves on is in line, in that order."""

from datetime import UTC, datetime

from bridge.domain.ids import TenantId
from bridge.domain.model import Agent
from bridge.domain.rota import Switch
from bridge.ports import OnCall


class FakeDuty:
    """Implements `bridge.ports.Duty`. `staffed` is what the schedule says."""

    def __init__(self) -> None:
        self.staffed = True
        self.next_start: datetime | None = None
        self.line: dict[tuple[TenantId, str], dict[str, Agent]] = {}
        self.switches: dict[tuple[TenantId, str], dict[str, Switch]] = {}
        self.switched: list[tuple[str, str, bool, datetime | None]] = []

    async def on_call(self, tenant: TenantId, desk: str) -> OnCall:
        line = tuple(self.line.get((tenant, desk), {}).values())
        staffed = self.staffed or bool(line)
        switches = tuple(self.switches.get((tenant, desk), {}).values())
        return OnCall(staffed, line, None if staffed else self.next_start, switches)

    async def switch(
        self, tenant: TenantId, desk: str, agent: Agent, on: bool, *, until: datetime | None = None
    ) -> OnCall:
        self.switched.append((desk, agent.id, on, until))
        said = Switch(agent, on, datetime.now(UTC), until)
        self.switches.setdefault((tenant, desk), {})[agent.id] = said
        line = self.line.setdefault((tenant, desk), {})
        line.pop(agent.id, None)
        if on:
            line[agent.id] = agent
        return await self.on_call(tenant, desk)
