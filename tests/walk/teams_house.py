"""The house with its support desk in Teams instead of Slack."""

from typing import Any

import yaml

from bridge.domain.ids import TenantId
from bridge.store.tenants import TenantStore
from tests.fakes.teams import APP, CHANNEL, SECRET, TEAM, TENANT, FakeTeams
from tests.walk.house import House


class TeamsHouse(House):
    async def open(self, **tenant: Any) -> "TeamsHouse":
        self.teams = FakeTeams(self.clock)
        await self.teams.start()
        self.teams.bridge = self.url
        await super().open(**tenant)
        return self

    async def close(self) -> None:
        await super().close()
        await self.teams.stop()

    def write_settings(self, **tenant: Any) -> None:
        super().write_settings(**tenant)
        path = self.folder / "bridge.yaml"
        bridge = yaml.safe_load(path.read_text())
        bridge["teams"] = {
            "openid_url": self.teams.openid_url,
            "token_url": self.teams.token_url,
            "service_hosts": ["127.0.0.1"],
            "apps": [{"app_id": APP, "tenant_id": TENANT, "secret": SECRET}],
        }
        path.write_text(yaml.safe_dump(bridge))

    def tenant(self, name: str = "acme", **changes: Any) -> dict[str, Any]:
        support = {
            "kind": "teams",
            "app_id": APP,
            "team": TEAM,
            "channel": CHANNEL,
            "service_url": self.teams.url,
        }
        sales = {"kind": "console", "agents": [{"name": "Sol"}]}
        return super().tenant(name, **{"desks": {"support": support, "sales": sales}, **changes})

    async def take_up(self, **changes: Any) -> None:
        """Acme's settings change while the bridge runs."""
        document = yaml.safe_dump(self.tenant(**changes))
        store = TenantStore(self.service.database)
        await store.apply(TenantId("acme"), document, "cli:test", self.clock.now())
        await self.service.tenants.refresh()
