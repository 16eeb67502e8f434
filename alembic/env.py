"""What alembic runs: on the connection that `bridge.store.schema` hands over, or on one named with
`alembic -x database=URL …` when a maintainer writes a new revision (`alembic revision --autogenerate`).
"""

import asyncio

from sqlalchemy import Connection

from alembic import context
from bridge.store import tables
from bridge.store.engine import driver_url, postgresql_engine, sqlite_engine


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_named() -> None:
    url = driver_url(context.get_x_argument(as_dictionary=True)["database"])
    sqlite = url.get_backend_name() == "sqlite"
    engine = sqlite_engine(url, begin="IMMEDIATE", pool=1) if sqlite else postgresql_engine(url, pool=1)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(run_named())
