"""Alembic owns the schema, on both databases."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, text

from bridge.store import schema, tables
from bridge.store.engine import Database
from bridge.store.sealing import Keyring
from tests.store.scene import MASTER_KEY, OwnClock, Scene


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))


async def test_the_migrated_schema_is_the_declared_one(scene: Scene) -> None:
    async with scene.database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_database_says_how_far_it_is(bare_database_url: str) -> None:
    assert await schema.state(bare_database_url) == "empty"
    await schema.migrate(bare_database_url)
    assert await schema.state(bare_database_url) == "current"
    await schema.migrate(bare_database_url)
    assert await schema.state(bare_database_url) == "current"


def test_the_names_of_the_revisions_tell_what_alembic_reads_in_them() -> None:
    walked = ScriptDirectory.from_config(schema.config()).walk_revisions()
    assert schema.revisions() == [each.revision for each in walked][::-1]


@pytest.mark.parametrize(("revision", "state"), [("0001", "outdated"), ("9999", "newer")])
async def test_a_database_of_another_version_is_recognised(
    database_url: str, revision: str, state: str
) -> None:
    database = await Database.open(database_url, Keyring(MASTER_KEY), OwnClock(), "w1")
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    await database.close()
    assert await schema.state(database_url) == state


async def test_replicas_may_migrate_at_the_same_time(bare_database_url: str) -> None:
    await asyncio.gather(*(schema.migrate(bare_database_url) for _ in range(3)))
    assert await schema.state(bare_database_url) == "current"


def test_the_tenant_leads_every_key_and_unique_key() -> None:
    for table in tables.metadata.sorted_tables:
        if table.name in ("worker", "vault"):
            continue  # processes serve all tenants; a workspace's token is the installation's
        assert next(iter(table.primary_key)).name == "tenant_id", table.name
        for first in _unique_firsts(table):
            assert first == "tenant_id", table.name


def _unique_firsts(table: Table) -> list[str]:
    keys = [list(c.columns) for c in table.constraints if c.__visit_name__ == "unique_constraint"]  # type: ignore[attr-defined]
    keys += [list(index.columns) for index in table.indexes if index.unique]
    return [key[0].name for key in keys]


def test_what_changes_with_every_message_is_in_no_index_of_a_conversation() -> None:
    indexed = {column.name for index in tables.conversation.indexes for column in index.columns}
    assert indexed <= {"tenant_id", "customer_id"}
