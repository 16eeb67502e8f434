"""Row-level security: what the queries forget, PostgreSQL remembers."""

from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from bridge.domain.ids import TenantId
from bridge.store import tables as t
from bridge.store.walls import begin_for
from tests.store.scene import ACME, GLOBEX, Scene, asks_for_a_person, claims, says

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

WALKED = ("tenant", "outbox", "timer")
"""Tables that may be walked across tenants by who says so."""
OF_TENANTS = [table for table in t.metadata.sorted_tables if "tenant_id" in table.c]


@pytest.fixture
async def both(scene: Scene) -> Scene:
    """Two tenants with rows in every table."""
    for tenant in (ACME, GLOBEX):
        await scene.record(says("a secret", "a", tenant=tenant, key="k"))
        await scene.record(asks_for_a_person("a", tenant=tenant))
    await scene.record(claims(conversation="a"))
    return scene


async def seen(scene: Scene, *tenants: TenantId) -> dict[str, list[Any]]:
    """Whose rows are there for who names these tenants, by table."""
    found = {}
    async with scene.database.reading(*tenants) as connection:
        for table in OF_TENANTS:
            rows = await connection.execute(select(table.c.tenant_id).distinct().order_by(table.c.tenant_id))
            found[table.name] = list(rows.scalars())
    return found


@ON_POSTGRESQL
async def test_a_transaction_sees_the_tenants_that_it_names(both: Scene) -> None:
    ours, everybody = await seen(both, ACME), await seen(both, ACME, GLOBEX)
    for table in OF_TENANTS:
        assert ours[table.name] in ([ACME], []), table.name
        assert everybody[table.name] in ([ACME, GLOBEX], [ACME], []), table.name
    assert everybody["entry"] == [ACME, GLOBEX]


@ON_POSTGRESQL
async def test_only_the_queues_are_walked_across_tenants(both: Scene) -> None:
    found = await seen(both)
    assert {name for name, tenants in found.items() if tenants} == set(WALKED)


@ON_POSTGRESQL
async def test_who_names_nobody_sees_nothing(both: Scene) -> None:
    async with both.database.writer.begin() as connection:
        for table in OF_TENANTS:
            assert (await connection.execute(select(func.count()).select_from(table))).scalar() == 0


@ON_POSTGRESQL
async def test_a_row_of_another_tenant_can_not_be_written(both: Scene) -> None:
    stolen = (await both.rows(t.entry))[0] | {"tenant_id": GLOBEX, "seq": 999}
    with pytest.raises(ProgrammingError, match="row-level security"):
        await insert_as(both, ACME, stolen)
    async with both.database.writing(ACME) as connection:
        changed = await connection.execute(t.entry.update().values(author="agent"))
        assert changed.rowcount == len([r for r in await both.rows(t.entry) if r["tenant_id"] == ACME])


async def insert_as(scene: Scene, tenant: TenantId, row: dict[str, Any]) -> None:
    async with scene.database.writing(tenant) as connection:
        await connection.execute(t.entry.insert().values(row))


@ON_POSTGRESQL
async def test_the_recorders_own_lines_stand_behind_the_same_wall(both: Scene) -> None:
    async with both.database.lines.take() as line:
        await line.begin([GLOBEX], None)
        await line.write({"effects_done": [r for r in await both.rows(t.outbox) if r["tenant_id"] == ACME]})
    assert {row["tenant_id"] for row in await both.rows(t.outbox)} == {ACME, GLOBEX}


@ON_POSTGRESQL
async def test_every_table_of_tenants_has_its_wall(scene: Scene) -> None:
    walled = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    async with scene.database.reading() as connection:
        assert {table.name for table in OF_TENANTS} <= set((await connection.execute(walled)).scalars())
    assert await scene.database.walls_bind()


def test_what_is_no_tenants_name_opens_nothing() -> None:
    for forged in ("acme'; SET ROLE postgres; --", "acme,globex", "*'"):
        with pytest.raises(ValueError, match="name"):
            begin_for([forged])
