"""The stored settings count: versioned, audited, sealed, and the same for every replica."""

import asyncio

from bridge.domain.ids import TenantId
from bridge.store import tables as t
from bridge.store.tenants import TenantStore
from tests.store.scene import ACME, GLOBEX, Scene


async def test_a_change_is_a_new_version_and_the_same_again_is_none(scene: Scene) -> None:
    tenants = TenantStore(scene.database)
    now = scene.clock.now()
    assert await tenants.apply(ACME, "name: A 🌲", "ana", now) == 2
    assert await tenants.apply(ACME, "name: A 🌲", "ben", now) == 2
    assert await tenants.stored() == [(ACME, 2), (GLOBEX, 1)]
    assert await tenants.versions() == {ACME: 2, GLOBEX: 1}
    assert await tenants.document(ACME) == "name: A 🌲"
    assert await tenants.document(ACME, 1) == "tenant: acme"
    assert await tenants.document(TenantId("nobody")) is None


async def test_every_change_is_audited_with_its_actor(scene: Scene) -> None:
    await TenantStore(scene.database).apply(ACME, "name: A", "ana", scene.clock.now())
    rows = [row for row in await scene.rows(t.audit) if row["tenant_id"] == ACME]
    assert [(r["stream"], r["n"], r["actor"], r["before"], r["after"]) for r in rows] == [
        ("settings", 1, "test", "", "version 1"),
        ("settings", 2, "ana", "version 1", "version 2"),
    ]
    assert rows[0]["reason"] != rows[1]["reason"]


async def test_a_document_is_sealed(scene: Scene) -> None:
    await TenantStore(scene.database).apply(ACME, "secret: hunter2", "ana", scene.clock.now())
    assert all(b"hunter2" not in row["sealed_document"] for row in await scene.rows(t.tenant_version))


async def test_replicas_that_store_a_new_tenant_at_once_agree(scene: Scene, database_url: str) -> None:
    others = [await Scene.open(database_url, f"w{i}", scene.clock) for i in range(2, 5)]
    new = TenantId("initech")
    stores = [TenantStore(each.database) for each in (scene, *others)]
    now = scene.clock.now()
    versions = await asyncio.gather(*(store.apply(new, "name: I", "start", now) for store in stores))
    assert versions == [1, 1, 1, 1]
    assert [await store.document(new) for store in stores] == ["name: I"] * 4
    for each in others:
        await each.close()
