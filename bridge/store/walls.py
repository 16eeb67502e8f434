"""Row-level security: PostgreSQL's own wall between tenants, behind the one in every query.

A transaction names the tenants whose rows it is for; every other row is as if it were not there, and
can't be written. Without a name there is nothing at all. The queues (outbox, timers, settings) may also be
walked across tenants, by who says so: `EVERYBODY`. A role that passes by such walls (a superuser) is
named by `check --online`. SQLite has no such wall.
"""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SETTING = "bridge.tenants"
EVERYBODY = "*"
"""For the queues, the settings and the anchors' list alone: nothing that a customer said stands there."""

_NAMED = text("SELECT set_config(:setting, :tenants, true)")
_BOUND = text("SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user")


def begin_for(tenants: Collection[str]) -> str:
    """Begins a transaction for these tenants, in one round trip."""
    return f"BEGIN; SET LOCAL {SETTING} = '{_spelt(tenants)}'"


async def name(connection: AsyncConnection, tenants: Collection[str]) -> None:
    """For the rest of the transaction that the connection is in."""
    await connection.execute(_NAMED, {"setting": SETTING, "tenants": _spelt(tenants)})


async def binds(connection: AsyncConnection) -> bool:
    """Whether the walls stand for the role that is connected."""
    return bool((await connection.execute(_BOUND)).scalar())


def _spelt(tenants: Collection[str]) -> str:
    """A tenant's name holds neither commas nor quotes (`settings.tenant`); one that did would be a hole."""
    if any("," in tenant or "'" in tenant or "\\" in tenant for tenant in tenants):
        raise ValueError("not a tenant's name")
    return ",".join(tenants)
