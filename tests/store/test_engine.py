"""Opening the database, and its errors by the names that the core acts on."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import text

from bridge.ports import Conflict, Unavailable
from bridge.store import engine, schema
from bridge.store.board import BoardReads
from bridge.store.engine import Database, driver_url
from bridge.store.sealing import Keyring
from tests.store.line import Line
from tests.store.scene import ACME, MASTER_KEY, OwnClock, Scene, conversation_id, says
from tests.store.test_race import Replica

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def test_the_drivers_are_chosen_by_the_settings_string() -> None:
    assert str(driver_url("sqlite:///var/bridge.db")) == "sqlite+aiosqlite:///var/bridge.db"
    chosen = driver_url("postgresql://ana@db.example/bridge?sslmode=require")
    assert chosen.drivername == "postgresql+asyncpg"
    assert chosen.query == {"ssl": "require"}


@pytest.mark.parametrize("wrong", ["sqlite://", "sqlite:///:memory:", "mysql://host/db"])
def test_an_address_that_can_not_work_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"database: .*sqlite:///"):
        driver_url(wrong)


@pytest.mark.parametrize(
    "nobody",
    [
        "postgresql://ana:secret@127.0.0.1:1/bridge",
        "postgresql://ana:secret@no-such-host.invalid/bridge",
        "postgresql://ana:secret@/bridge?host=/no/such/socket",
    ],
    ids=["refused", "no-name", "no-socket"],
)
async def test_a_database_that_is_not_there_is_unavailable(nobody: str) -> None:
    with pytest.raises(Unavailable) as error:
        await Database.open(nobody, Keyring(MASTER_KEY), OwnClock(), "w1")
    assert "secret" not in str(error.value)
    with pytest.raises(Unavailable):
        await schema.state(nobody)


@ONLY_SQLITE
async def test_sqlite_is_durable_and_checks_its_references(scene: Scene) -> None:
    for each in (scene.database.writer, scene.database.reader):
        async with each.connect() as connection:
            found = [
                (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        assert found == ["wal", 2, 1]


@ONLY_SQLITE
async def test_a_reader_on_sqlite_does_not_wait_for_the_writer(scene: Scene) -> None:
    await scene.record(says("hello"))
    async with scene.store.begin([says("more")]), scene.database.reading() as connection:
        count = await connection.execute(text("SELECT count(*) FROM entry"))
        assert count.scalar() == 1


@ONLY_POSTGRESQL
async def test_a_broken_connection_is_unavailable_once_and_then_mended(
    scene: Scene, database_url: str
) -> None:
    await scene.record(says("before"))
    other = await Scene.open(database_url, "w2", scene.clock)
    with pytest.raises(Unavailable):
        await _lose_connection(scene, other)
    await other.close()
    await scene.record(says("after"))
    assert (await scene.conversation()).question == "before\nafter"


@ONLY_POSTGRESQL
async def test_connections_that_were_lost_while_idle_are_nobodys_trouble(
    scene: Scene, database_url: str
) -> None:
    """As after a restart of the database: the first to come is served like any other."""
    replica = Replica(scene)
    await replica.recorder.start()
    await replica.recorder.record(says("before"))
    board = BoardReads(scene.database)
    await asyncio.gather(*(board.entries(ACME, conversation_id("one"), 0) for _ in range(4)))
    other = await Scene.open(database_url, "w2", scene.clock)
    async with other.database.reading() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert len(await board.entries(ACME, conversation_id("one"), 0)) == 1
    assert (await replica.recorder.record(says("after"))).done
    await replica.recorder.stop()


async def _lose_connection(scene: Scene, other: Scene) -> None:
    event = says("lost")
    async with scene.store.begin([event]) as transaction:
        async with other.database.reading() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE state = 'idle in transaction' AND datname = current_database()"
                    " AND pid <> pg_backend_pid()"
                )
            )
        await transaction.write(scene.decide(transaction, [event]), [], scene.clock.now())


@ONLY_POSTGRESQL
async def test_a_connection_that_gives_no_answer_is_unavailable_in_time_and_then_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.5)
    async with Line.to(database_url) as line, asyncio.timeout(30):
        scene = await Scene.open(line.url)
        await scene.record(says("before"))
        line.cut()
        with pytest.raises(Unavailable):
            await scene.record(says("lost"))
        await scene.record(says("after"))
        assert (await scene.conversation()).question == "before\nafter"
        await scene.close()


@ONLY_POSTGRESQL
async def test_the_server_frees_what_a_vanished_process_locked(scene: Scene) -> None:
    async with scene.database.reading() as connection:
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            assert (await connection.execute(text(f"SHOW {name}"))).scalar() != "0"
    async with scene.database.standing_still(ACME) as connection:
        shown = await connection.execute(text("SHOW idle_in_transaction_session_timeout"))
        assert shown.scalar() == "0"  # a slow reader of the audit holds no locks


@ONLY_POSTGRESQL
async def test_a_deadlock_or_a_failed_serialisation_is_a_conflict(scene: Scene) -> None:
    for code in ("40001", "40P01"):
        raising = text(f"DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '{code}'; END $$")
        with pytest.raises(Conflict):
            await scene.tamper(raising)


LONG = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT max(i) FROM n"
)


async def test_a_read_on_sqlite_ends_however_often_it_is_cut_off(tmp_path: Path) -> None:
    """As at the end of a process: first who reads, then everything that is there."""
    readers = engine.sqlite_engine(
        driver_url(f"sqlite:///{tmp_path / 'bridge.db'}"), begin="DEFERRED", pool=1
    )
    begun = asyncio.Event()

    @sqlalchemy.event.listens_for(readers.sync_engine, "before_cursor_execute")
    def asked(connection: object, cursor: object, sql: str, *_: object) -> None:
        if sql == LONG:
            begun.set()

    async def read() -> None:
        async with readers.connect() as connection:
            await connection.exec_driver_sql(LONG)

    before = asyncio.all_tasks()
    reading = asyncio.create_task(read())
    await begun.wait()
    reading.cancel()
    while len(asyncio.all_tasks() - before) < 2:  # its connection is being closed by another task
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    ending = asyncio.all_tasks() - before
    for task in ending:
        task.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(*ending, return_exceptions=True)
    await readers.dispose()
