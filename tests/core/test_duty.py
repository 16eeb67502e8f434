"""The duty roster's fetching: many calendars, of which any may hang."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bridge.calendars import BrokenCalendar
from bridge.domain.ids import TenantId
from bridge.domain.rota import Calendar, Rota
from bridge.domain.tenant import Tenant
from bridge.duty import FETCH_EVERY, Roster
from bridge.fanout import LocalFanout
from tests.core.surroundings import FixedClock
from tests.domain.play import tenant

Place = tuple[TenantId, str]


@dataclass
class Copy:
    fetched_at: datetime | None
    tried_at: datetime
    why: str = ""


@dataclass
class Kept:
    """The store's calendars, and nobody switched or booked."""

    calendars: dict[Place, Copy] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)

    async def switches(self, tenants: Collection[TenantId]) -> Mapping[Any, Any]:
        return {}

    async def booked(self, tenants: Collection[TenantId]) -> Mapping[Any, Any]:
        return {}

    async def copies(self, addresses: Collection[Place]) -> Mapping[Place, Copy]:
        return {place: self.calendars[place] for place in addresses if place in self.calendars}

    async def body(self, tenant: TenantId, address: str) -> bytes | None:
        return None

    async def try_calendar(self, tenant: TenantId, address: str, now: datetime, every: timedelta) -> bool:
        self.tried.append(address)
        self.calendars[tenant, address] = Copy(None, now)
        return True

    async def calendar_failed(self, tenant: TenantId, address: str, why: str) -> None:
        self.calendars[tenant, address].why = why


class Rotas:
    """Two tenants, a calendar each."""

    def __init__(self) -> None:
        self._tenants = {
            TenantId(name): replace(
                tenant(),
                id=TenantId(name),
                rotas={"support": Rota(calendars=(Calendar(name, ZoneInfo("UTC")),))},
            )
            for name in ("acme", "globex")
        }

    def tenant(self, name: str) -> Tenant | None:
        return self._tenants.get(TenantId(name))

    def tenants(self) -> Collection[TenantId]:
        return list(self._tenants)

    def staff(self, tenant: TenantId, desk: str, rota: Rota) -> None:
        """Nothing to keep."""


async def test_a_calendar_that_hangs_keeps_no_other_waiting_and_none_is_tried_too_often() -> None:
    globex_asked, store, clock = asyncio.Event(), Kept(), FixedClock()

    async def fetch(address: str) -> bytes:
        if address == "acme":
            await globex_asked.wait()
        globex_asked.set()
        raise BrokenCalendar("it answered 500")

    kept: Any = store
    roster = Roster(kept, kept, Rotas(), LocalFanout(), clock, fetch)
    async with asyncio.timeout(10):
        await roster.fetch()
    assert sorted(store.tried) == ["acme", "globex"]
    assert sorted(each.tenant for each in roster.trouble()) == ["acme", "globex"]
    await roster.fetch()
    assert len(store.tried) == 2, "both were tried a moment ago"
    clock.time += FETCH_EVERY
    await roster.fetch()
    assert len(store.tried) == 4
