"""Hints between replicas: they reach each other, are few, and nobody stays deaf when a line is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bridge.ports import Typing
from bridge.store import notify
from bridge.store.engine import Database, driver_url, postgresql_connection
from bridge.store.notify import CHANNEL, MOST_TOPICS, NotifyFanout, payloads, read
from bridge.store.sealing import Keyring
from tests.databases import Server
from tests.store.scene import MASTER_KEY, OwnClock

TOPIC = "c:acme:1"
LINES = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_notify%'"


@pytest.fixture
def database_url(postgresql_server: Server, postgresql_template: str) -> Iterator[str]:
    """PostgreSQL alone: on SQLite there are no replicas."""
    name = postgresql_server.create(postgresql_template)
    yield postgresql_server.address(name)
    postgresql_server.drop(name)


class Replica:
    """One process's fan-out, and its pool to reach behind it."""

    def __init__(self, url: str, worker: str) -> None:
        self.database = Database(driver_url(url), Keyring(MASTER_KEY), OwnClock(), worker, pool=1)
        self.fanout = NotifyFanout(self.database)

    async def sql(self, statement: str, **values: Any) -> Any:
        async with self.database.reading() as connection:
            return (await connection.execute(text(statement), values)).scalar()

    async def tells(self, payload: str) -> None:
        """As if another program used the same name."""
        await self.sql("SELECT pg_notify(:channel, :payload)", channel=CHANNEL, payload=payload)

    async def cuts_lines(self) -> None:
        """Its own question names pg_notify too, and must live to be answered."""
        await self.sql(f"SELECT count(pg_terminate_backend(pid)) {LINES} AND pid <> pg_backend_pid()")


@asynccontextmanager
async def running(url: str, worker: str) -> AsyncIterator[Replica]:
    """Gives a replica whose line is open: whoever follows is told to look when it is."""
    replica = Replica(url, worker)
    async with replica.fanout.subscribe("open") as hints:
        await replica.fanout.start()
        await hears(hints)
    yield replica
    await replica.fanout.close()
    await replica.database.close()


Pair = tuple[Replica, Replica]


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[Pair]:
    async with running(database_url, "w1") as one, running(database_url, "w2") as two:
        yield one, two


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


async def hears(hints: AsyncIterator[Typing | None]) -> Typing | None:
    async with asyncio.timeout(10):
        return await anext(hints)


async def test_a_hint_reaches_the_other_replica(pair: Pair) -> None:
    one, two = pair
    async with two.fanout.subscribe(TOPIC) as there, two.fanout.subscribe("c:acme:2") as elsewhere:
        one.fanout.publish([TOPIC])
        assert await hears(there) is None
        one.fanout.whisper("c:acme:2", Typing("assistant"))
        assert await hears(elsewhere) == Typing("assistant"), "it was not told of the other conversation"


async def test_who_is_alone_tells_nobody_and_a_newcomer_looks_at_everything(database_url: str) -> None:
    heard: list[str] = []
    async with running(database_url, "w1") as one, listening(one, heard):
        one.fanout._others_until = 0.0  # it has heard of nobody for long
        one.fanout.publish([TOPIC])
        one.fanout.whisper(TOPIC, Typing("assistant"))
        async with running(database_url, "w2"):
            await until(lambda: one.fanout._accompanied and bool(topics_of(heard)))
            assert topics_of(heard) == ["*"], "it may have missed what was recorded as it began"
            one.fanout.publish(["c:acme:2"])
            await until(lambda: len(topics_of(heard)) > 1)
    assert topics_of(heard) == ["*", "c:acme:2"]


async def test_typing_crosses_with_a_name_of_bounded_length(pair: Pair) -> None:
    one, two = pair
    async with two.fanout.subscribe(TOPIC) as there:
        one.fanout.whisper(TOPIC, Typing("agent", "Ana,\n\0 " + "🙂" * 200))
        assert await hears(there) == Typing("agent", ("Ana,\n\0 " + "🙂" * 200)[:80])


async def test_what_a_replica_hears_of_itself_wakes_nobody_again(pair: Pair) -> None:
    one, two = pair
    async with one.fanout.subscribe(TOPIC) as here, two.fanout.subscribe(TOPIC) as there:
        one.fanout.publish([TOPIC])
        assert await hears(here) is None
        await hears(there)
        for name in ("first", "second"):  # a second hint would stand between these two
            two.fanout.whisper(TOPIC, Typing("agent", name))
            assert await hears(here) == Typing("agent", name)


async def test_many_publishes_at_once_are_one_flush_of_bounded_payloads(pair: Pair) -> None:
    heard: list[str] = []
    one, two = pair
    async with listening(two, heard), two.fanout.subscribe("c:acme:last") as there:
        for turn in range(1000):
            one.fanout.publish([f"c:acme:{turn % 500:032d}", "d:acme:support"])
        one.fanout.publish(["c:acme:last"])
        await hears(there)
        published = {f"c:acme:{n:032d}" for n in range(500)} | {"d:acme:support", "c:acme:last"}
        await until(lambda: len(topics_of(heard)) >= len(published))  # the listener has a line of its own
        assert sorted(topics_of(heard)) == sorted(published)
        assert len(heard) <= 4
        assert max(len(payload.encode()) for payload in heard) < 8000


def topics_of(heard: list[str]) -> list[str]:
    return [str(each) for payload in heard if read(payload)[0] == "w1" for each in read(payload)[1]]


@asynccontextmanager
async def listening(replica: Replica, heard: list[str]) -> AsyncIterator[None]:
    driver = await postgresql_connection(replica.database.writer.url)

    def keep(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        heard.append(payload)

    await driver.add_listener(CHANNEL, keep)
    yield
    await driver.close()


async def test_more_than_fits_becomes_look_at_everything(pair: Pair) -> None:
    one, two = pair
    async with two.fanout.subscribe("c:globex:never-named") as there:
        one.fanout.publish(f"c:acme:{n}" for n in range(MOST_TOPICS + 1))
        assert await hears(there) is None


async def test_after_a_lost_line_everybody_looks_again_and_hears_as_before(database_url: str) -> None:
    async with running(database_url, "w1") as deaf, deaf.fanout.subscribe(TOPIC) as hints:
        await deaf.cuts_lines()
        assert await hears(hints) is None
        async with running(database_url, "w2") as other:
            other.fanout.whisper(TOPIC, Typing("agent", "Ana"))
            assert await hears(hints) == Typing("agent", "Ana")


async def test_what_was_published_while_the_line_was_lost_is_told_afterwards(database_url: str) -> None:
    async with running(database_url, "w1") as one:
        pid = await one.sql(f"SELECT pid {LINES} AND pid <> pg_backend_pid()")
        async with running(database_url, "w2") as two, two.fanout.subscribe(TOPIC) as there:
            await two.sql("SELECT pg_terminate_backend(:pid)", pid=pid)
            one.fanout.publish([TOPIC])
            assert await hears(there) is None


async def test_what_was_published_last_is_told_before_the_process_ends(database_url: str) -> None:
    async with running(database_url, "w2") as two, two.fanout.subscribe(TOPIC) as there:
        async with running(database_url, "w1") as one:
            one.fanout.publish([TOPIC])
        assert await hears(there) is None


@pytest.mark.parametrize("payload", ["", "hello", "{}", "[]", "[7]", '["w9", 7, ["a", "b"], null]'])
async def test_another_programs_words_on_the_channel_do_no_harm(pair: Pair, payload: str) -> None:
    one, two = pair
    async with two.fanout.subscribe(TOPIC) as there:
        await one.tells(payload)
        one.fanout.whisper(TOPIC, Typing("agent"))
        assert await hears(there) == Typing("agent")


async def test_a_line_that_falls_silent_without_closing_is_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a firewall that forgot the connection: nothing closes it, nothing comes through."""
    monkeypatch.setattr(notify, "BEAT", 0.05)
    monkeypatch.setattr(notify, "PATIENCE", 0.5)
    async with (
        Wire(database_url) as wire,
        running(wire.url, "w1") as one,
        one.fanout.subscribe(TOPIC) as hints,
    ):
        before = wire.opened
        wire.fall_silent()
        assert await hears(hints) is None
        assert wire.opened > before


class Wire:
    """A way to the server that can lose every byte of the connections that are open, without a word."""

    def __init__(self, url: str) -> None:
        self._there = driver_url(url)
        self._silent: set[asyncio.Task[None]] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self.opened = 0

    async def __aenter__(self) -> "Wire":
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        here = self._there.set(drivername="postgresql", host=host, port=port)
        self.url = here.difference_update_query(["host"]).render_as_string(hide_password=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def fall_silent(self) -> None:
        self._silent = set(self._pumps)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        folder = self._there.query.get("host")
        if isinstance(folder, str) and folder.startswith("/"):
            port = self._there.port or 5432
            far_reader, far_writer = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        else:
            far_reader, far_writer = await asyncio.open_connection(self._there.host, self._there.port or 5432)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            self._pumps.add(asyncio.create_task(self._pump(source, sink)))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if asyncio.current_task() not in self._silent:
                    sink.write(data)
        if asyncio.current_task() not in self._silent:
            sink.close()


async def test_without_a_database_this_process_hears_itself_and_stops_in_time() -> None:
    alone = NotifyFanout(Replica("postgresql://ana:secret@127.0.0.1:1/bridge", "w1").database)
    await alone.start()
    async with alone.subscribe(TOPIC) as hints:
        alone.publish([TOPIC])
        assert await hears(hints) is None
    async with asyncio.timeout(5):
        await alone.close()


@given(told=st.lists(st.text(max_size=200) | st.tuples(*[st.text(max_size=80)] * 3), max_size=100))
def test_any_names_arrive_as_they_were_in_payloads_that_fit(told: list[Any]) -> None:
    written = payloads("w1", told)
    assert all(payload.isascii() and len(payload) < 8000 for payload in written)
    assert [read(payload)[0] for payload in written] == ["w1"] * len(written)
    assert [each for payload in written for each in read(payload)[1]] == told
