"""What the duty roster remembers: who switched themselves on or off, and the last copy of each calendar.

A switch and its audit row are one commit. A calendar is found by a keyed hash of its address, which is
often a secret itself, and sealed like everything that names people.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, bindparam, insert, select, tuple_, update

from bridge.domain.effects import AuditRow
from bridge.domain.ids import TenantId
from bridge.domain.model import Agent
from bridge.domain.rota import Switch
from bridge.ports import Conflict
from bridge.store import tables as t
from bridge.store.engine import Database
from bridge.store.mapping import clear_text
from bridge.store.queries import Query
from bridge.store.statements import upsert
from bridge.store.tenants import audited, lock_tenant

TRIES = 5
WHY_KEPT = 300

Desk = tuple[TenantId, str]


@dataclass(frozen=True, slots=True)
class CalendarCopy:
    """How far a calendar's copy goes; `why` says what went wrong the last time, if anything did."""

    fetched_at: datetime | None
    tried_at: datetime
    why: str


_OF_DESK = Query(
    lambda tenant: select(t.duty_switch).where(
        t.duty_switch.c.tenant_id == tenant, t.duty_switch.c.desk == bindparam("desk", type_=String())
    )
)


def _switch(row: Mapping[Any, Any]) -> Switch:
    return Switch(Agent(row["agent_id"], row["name"]), row["is_on"], row["at"], row["until"])


class DutyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    # switches

    async def switches(self, tenants: Collection[TenantId]) -> Mapping[Desk, tuple[Switch, ...]]:
        """Of all desks of these tenants."""
        if not tenants:
            return {}
        query = select(t.duty_switch).where(t.duty_switch.c.tenant_id.in_(tenants))
        async with self._database.reading(*tenants) as connection:
            rows = (await connection.execute(query)).mappings().all()
        found: defaultdict[Desk, list[Switch]] = defaultdict(list)
        for row in rows:
            found[TenantId(row["tenant_id"]), row["desk"]].append(_switch(row))
        return {desk: tuple(switches) for desk, switches in found.items()}

    async def switches_of(self, tenant: TenantId, desk: str) -> tuple[Switch, ...]:
        rows = await _OF_DESK.rows(self._database, tenant, desk=clear_text(desk))
        return tuple(map(_switch, rows))

    async def switch(self, tenant: TenantId, desk: str, switch: Switch) -> None:
        """Raises Unavailable, and Conflict after several tries."""
        for _ in range(TRIES - 1):
            try:
                return await self._switch(tenant, desk, switch)
            except Conflict:
                continue
        return await self._switch(tenant, desk, switch)

    async def _switch(self, tenant: TenantId, desk: str, switch: Switch) -> None:
        word = "on" if switch.on else "off"
        until = f" until {switch.until.isoformat()}" if switch.until else ""
        row = {
            "tenant_id": tenant,
            "desk": clear_text(desk),
            "agent_id": clear_text(switch.agent.id),
            "name": clear_text(switch.agent.name),
            "is_on": switch.on,
            "at": switch.at,
            "until": switch.until,
        }
        await self._database.unlock({tenant})
        async with self._database.writing(tenant) as connection:
            stored = await lock_tenant(connection, tenant)
            if stored is None:
                return
            changed = ["name", "is_on", "at", "until"]
            await connection.execute(upsert(self._database.dialect, t.duty_switch, changed), [row])
            line = AuditRow("duty", switch.agent.id, f"{desk}: switched {word}{until}", "", word, 0, 0)
            await audited(connection, self._database, tenant, stored, line, switch.at)

    # calendars

    async def copies(
        self, addresses: Collection[tuple[TenantId, str]]
    ) -> Mapping[tuple[TenantId, str], CalendarCopy]:
        """How far the copies of these calendars go; those that were never tried are left out."""
        hashed = {(tenant, self._hash(tenant, address)): (tenant, address) for tenant, address in addresses}
        if not hashed:
            return {}
        table = t.calendar.c
        query = select(table.tenant_id, table.address_hash, table.fetched_at, table.tried_at, table.why)
        query = query.where(tuple_(table.tenant_id, table.address_hash).in_(sorted(hashed)))
        async with self._database.reading(*{tenant for tenant, _ in addresses}) as connection:
            rows = (await connection.execute(query)).mappings().all()
        return {
            hashed[TenantId(row["tenant_id"]), row["address_hash"]]: CalendarCopy(
                row["fetched_at"], row["tried_at"], row["why"]
            )
            for row in rows
        }

    async def body(self, tenant: TenantId, address: str) -> bytes | None:
        """The last copy, as it was fetched; None when there never was one."""
        table, hashed = t.calendar.c, self._hash(tenant, address)
        query = select(table.body).where(table.tenant_id == tenant, table.address_hash == hashed)
        async with self._database.reading_of(tenant) as connection:
            sealed: bytes | None = (await connection.execute(query)).scalar()
        if sealed is None:
            return None
        return self._database.keyring.tenant(tenant).open(sealed, tenant, "calendar.body", hashed)

    async def try_calendar(self, tenant: TenantId, address: str, now: datetime, every: timedelta) -> bool:
        """Whether this process shall fetch it now: of several replicas one does."""
        hashed, table = self._hash(tenant, address), t.calendar.c
        here = (table.tenant_id == tenant) & (table.address_hash == hashed)
        stale = update(t.calendar).where(here, table.tried_at <= now - every)
        row = {"tenant_id": tenant, "address_hash": hashed, "tried_at": now, "why": ""}
        try:
            async with self._database.writing(tenant) as connection:
                if (await connection.execute(stale.values(tried_at=now))).rowcount:
                    return True
                if (await connection.execute(select(table.tried_at).where(here))).first() is not None:
                    return False
                await connection.execute(insert(t.calendar).values(row))
                return True
        except Conflict:
            return False  # another process began it at the same moment

    async def keep_calendar(
        self, tenant: TenantId, address: str, body: bytes, now: datetime, why: str
    ) -> None:
        seal, hashed = self._database.keyring.tenant(tenant), self._hash(tenant, address)
        sealed = seal.seal(body, tenant, "calendar.body", hashed)
        await self._set(
            tenant, address, {"fetched_at": now, "body": sealed, "why": clear_text(why)[:WHY_KEPT]}
        )

    async def calendar_failed(self, tenant: TenantId, address: str, why: str) -> None:
        """The copy before stays."""
        await self._set(tenant, address, {"why": clear_text(why)[:WHY_KEPT]})

    async def _set(self, tenant: TenantId, address: str, values: Mapping[str, object]) -> None:
        table = t.calendar.c
        mine = update(t.calendar).where(
            table.tenant_id == tenant, table.address_hash == self._hash(tenant, address)
        )
        async with self._database.writing(tenant) as connection:
            await connection.execute(mine.values(values))

    def _hash(self, tenant: TenantId, address: str) -> str:
        return self._database.keyring.lookup(tenant, f"calendar:{address}")


def _copy(now: datetime, sealed: bytes, why: str) -> Mapping[str, object]:
    return {"fetched_at": now, "body": sealed, "why": clear_text(why)[:WHY_KEPT]}
