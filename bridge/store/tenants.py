"""The tenants' settings, version by version: what is stored counts, and every change is audited.

A document is the settings file as it was written, sealed under the tenant's key. What it means is not
known here: `bridge.settings` reads it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.effects import AuditRow
from bridge.domain.ids import TenantId
from bridge.ports import Conflict
from bridge.store import tables as t
from bridge.store.chain import SETTINGS, Chain, Head
from bridge.store.engine import Database
from bridge.store.sealing import Keyring
from bridge.store.statements import upsert

TRIES = 3
"""Several replicas may store a new tenant at the same time: one does, the others find it."""


class TenantStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def stored(self) -> Sequence[tuple[TenantId, int]]:
        """Every tenant with its newest version, in the order of their names."""
        return sorted((await self.versions()).items())

    async def versions(self) -> Mapping[TenantId, int]:
        """The newest versions: cheap enough to ask for every few seconds."""
        query = select(t.tenant.c.tenant_id, t.tenant.c.version)
        async with self._database.reading() as connection:
            return {TenantId(tenant): version for tenant, version in await connection.execute(query)}

    async def document(self, tenant: TenantId, version: int | None = None) -> str | None:
        """A tenant's settings: the newest, or those of an older version. None when there are none."""
        newest = select(t.tenant.c.version).where(t.tenant.c.tenant_id == tenant).scalar_subquery()
        query = select(t.tenant_version).where(
            t.tenant_version.c.tenant_id == tenant,
            t.tenant_version.c.version == (newest if version is None else version),
        )
        async with self._database.reading_of(tenant) as connection:
            row = (await connection.execute(query)).mappings().first()
        return _open(self._database.keyring, row) if row else None

    async def apply(self, tenant: TenantId, document: str, actor: str, now: datetime) -> int:
        """Stores a new version and returns its number; the same document again changes nothing."""
        for _ in range(TRIES - 1):
            try:
                return await self._apply(tenant, document, actor, now)
            except Conflict:
                continue
        return await self._apply(tenant, document, actor, now)

    async def _apply(self, tenant: TenantId, document: str, actor: str, now: datetime) -> int:
        keyring = self._database.keyring
        async with self._database.writing(tenant) as connection:
            row = await lock_tenant(connection, tenant)
            sealed_key = row["sealed_key"] if row else keyring.new_tenant_key(tenant)
            keyring.learn(tenant, sealed_key)
            version = row["version"] if row else 0
            if row and await _same(connection, keyring, tenant, version, document):
                return version
            chain = _audit(keyring, tenant, row)
            columns = chain.add(_change(keyring, tenant, version, document, actor), now)
            state = {"version": version + 1, "audit_n": chain.head.n, "audit_head": chain.head.hash}
            if row is None:
                new = {"tenant_id": tenant, "sealed_key": sealed_key, **state}
                await connection.execute(insert(t.tenant).values(new))
            else:
                changed = update(t.tenant).where(t.tenant.c.tenant_id == tenant)
                await connection.execute(changed.values(state))
            sealed = _seal(keyring, tenant, version + 1, document)
            stored = {"version": version + 1, "at": now, "actor": actor, "sealed_document": sealed}
            await connection.execute(insert(t.tenant_version).values(tenant_id=tenant, **stored))
            await connection.execute(insert(t.audit).values(columns))
            moved = {name: columns[name] for name in ("tenant_id", "stream", "n")}
            await connection.execute(upsert(self._database.dialect, t.unanchored, ["n"]), [moved])
            return version + 1


async def lock_tenant(connection: AsyncConnection, tenant: TenantId) -> Mapping[Any, Any] | None:
    query = select(t.tenant).where(t.tenant.c.tenant_id == tenant).with_for_update()
    return (await connection.execute(query)).mappings().first()


async def audited(
    connection: AsyncConnection,
    database: Database,
    tenant: TenantId,
    locked: Mapping[Any, Any],
    row: AuditRow,
    now: datetime,
) -> None:
    """Adds a row to the chain of a tenant's settings, in the transaction that locked the tenant."""
    chain = _audit(database.keyring, tenant, locked)
    columns = chain.add(row, now)
    head = {"audit_n": chain.head.n, "audit_head": chain.head.hash}
    await connection.execute(update(t.tenant).where(t.tenant.c.tenant_id == tenant).values(head))
    await connection.execute(insert(t.audit).values(columns))
    moved = {name: columns[name] for name in ("tenant_id", "stream", "n")}
    await connection.execute(upsert(database.dialect, t.unanchored, ["n"]), [moved])


async def _same(
    connection: AsyncConnection, keyring: Keyring, tenant: TenantId, version: int, document: str
) -> bool:
    query = select(t.tenant_version).where(
        t.tenant_version.c.tenant_id == tenant, t.tenant_version.c.version == version
    )
    row = (await connection.execute(query)).mappings().first()
    return row is not None and _open(keyring, row) == document


def _audit(keyring: Keyring, tenant: TenantId, row: Mapping[Any, Any] | None) -> Chain:
    head = Head(row["audit_n"], row["audit_head"]) if row else Head()
    return Chain(keyring.audit_key(tenant), tenant, SETTINGS, head)


def _change(keyring: Keyring, tenant: TenantId, version: int, document: str, actor: str) -> AuditRow:
    """What was stored is named by a keyed hash: provable, and not readable."""
    return AuditRow(
        action="settings",
        actor=actor,
        reason=f"document {keyring.lookup(tenant, document)}",
        before=f"version {version}" if version else "",
        after=f"version {version + 1}",
        epoch=0,
        seq=version + 1,
    )


def _seal(keyring: Keyring, tenant: TenantId, version: int, document: str) -> bytes:
    clear = document.encode("utf-8", "surrogatepass")
    return keyring.tenant(tenant).seal(clear, tenant, "tenant_version.sealed_document", str(version))


def _open(keyring: Keyring, row: Mapping[Any, Any]) -> str:
    tenant, version = row["tenant_id"], str(row["version"])
    sealed = row["sealed_document"]
    clear = keyring.tenant(tenant).open(sealed, tenant, "tenant_version.sealed_document", version)
    return clear.decode("utf-8", "surrogatepass")
