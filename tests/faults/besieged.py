"""A bridge whose every way out leads through a proxy: to its database, to Slack, to the AI and the shop."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from bridge.ports import Unavailable
from tests.faults.proxy import Proxy
from tests.walk.house import House

T = TypeVar("T")
PATIENCE = 20.0


class Besieged(House):
    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder, database_url)
        self.direct_url = database_url
        """To the database without a proxy: for whoever only looks."""
        self.to_database, self.to_slack, self.to_ai, self.to_shop = (Proxy() for _ in range(4))
        self._proxies = AsyncExitStack()

    async def open(self, **tenant: Any) -> "Besieged":
        for proxy in (self.to_database, self.to_slack, self.to_ai, self.to_shop):
            await self._proxies.enter_async_context(proxy)
        if self.database_url.startswith("postgresql"):
            self.database_url = self.to_database.before_database(self.database_url)
        await super().open(**tenant)
        return self

    async def close(self) -> None:
        for proxy in (self.to_database, self.to_slack, self.to_ai, self.to_shop):
            proxy.storm(Random(0), 0)
            proxy.up()
        await super().close()
        await self._proxies.aclose()

    def write_settings(self, **tenant: Any) -> None:
        direct, self.slack.api_url = self.slack.api_url, self.to_slack.before_web(self.slack.api_url)
        super().write_settings(**tenant)
        self.slack.api_url = direct

    def tenant(self, name: str = "acme", **changes: Any) -> dict[str, Any]:
        made = super().tenant(name, **changes)
        if made["answerer"].get("url") == self.ai.url:
            made["answerer"] |= {"url": self.to_ai.before_web(self.ai.url), "timeout": 1}
        hook = made["channels"].get("api", {})
        if hook.get("deliver_to") == self.shop.url:
            hook["deliver_to"] = self.to_shop.before_web(self.shop.url)
        return made

    # what becomes of it

    async def until_it_is(self, ask: Callable[[], Awaitable[T]], so: Callable[[T], object]) -> T:
        """Asks until the answer is so."""
        async with asyncio.timeout(PATIENCE):
            while not so(found := await ask()):
                await asyncio.sleep(0.01)
        return found

    async def settle(self) -> None:
        """Until nothing is under way or waits for anything; time passes as long as something does."""
        async with asyncio.timeout(PATIENCE):
            while await self._pending():
                self.clock.time += timedelta(seconds=1)
                await asyncio.sleep(0.02)

    async def _pending(self) -> bool:
        with suppress(Unavailable):
            await self.service.sweep()
            await self.service.idle()
            return (await self.service.outbox_admin.outbox_counts()).pending > 0
        return True
