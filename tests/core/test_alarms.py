"""The alarm clock: no wake-up is lost, whoever set the timer and whatever the host's clock says."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

import apscheduler.schedulers.base
import pytest

from bridge import callbacks
from bridge.callbacks import TOPIC, AlarmClock
from bridge.domain.events import Event, Outcome, OutcomeKind, TimerDue, TimerKind
from bridge.domain.ids import ConversationId, TenantId
from bridge.fanout import LocalFanout
from bridge.ports import DueTimer, Inbound, Key, Outbox, Unavailable

ACME = TenantId("acme")
SOON = timedelta(milliseconds=50)


class SteadyClock:
    """The installation's clock, which need not be the host's."""

    def __init__(self, apart: timedelta = timedelta()) -> None:
        self._base = datetime.now(UTC) + apart
        self._mark = monotonic()

    def now(self) -> datetime:
        return self._base + timedelta(seconds=monotonic() - self._mark)


class Table:
    """Timers, and who rings them: the outbox and the router of an alarm clock. Any of it can be slow."""

    def __init__(self, clock: SteadyClock) -> None:
        self.clock = clock
        self.timers: dict[str, datetime] = {}
        self.rung: list[tuple[str, datetime]] = []
        self.looks = 0
        self.broken = False
        self.on_ring: Callable[[], None] = lambda: None

    async def due_timers(
        self, now: datetime, limit: int, tenants: Collection[TenantId] | None = None
    ) -> Sequence[DueTimer]:
        self.looks += 1
        return [
            DueTimer(Key(ACME, ConversationId(name)), TimerKind.CALLBACK, 1, due)
            for name, due in self.timers.items()
            if due <= now
        ]

    async def next_timer(self, now: datetime, tenants: Collection[TenantId] | None = None) -> datetime | None:
        return min(self.timers.values(), default=None)

    async def receive(self, event: Event) -> Outcome:
        assert isinstance(event, TimerDue)
        if self.broken:
            raise Unavailable("the database is away")
        self.on_ring()
        await asyncio.sleep(0.02)
        self.timers.pop(event.conversation, None)
        self.rung.append((event.conversation, self.clock.now()))
        return Outcome(OutcomeKind.RECORDED)

    def names(self) -> list[str]:
        return [name for name, _ in self.rung]


class Alarms:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.fanout = LocalFanout()
        outbox: Outbox = table  # type: ignore[assignment]  # the rest of it is no alarm clock's
        inbound: Inbound = table  # type: ignore[assignment]
        self.clock = AlarmClock(outbox, inbound, table.clock, self.fanout, lambda: [ACME])

    def sets(self, name: str, due: datetime) -> None:
        """A commit of this process."""
        self.table.timers[name] = due
        self.clock.set_for(due)

    async def rings(self, *names: str) -> None:
        async with asyncio.timeout(10):
            while self.table.names() != [*names]:
                await asyncio.sleep(0.005)


@pytest.fixture
async def alarms(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Alarms]:
    """Ticks so seldom that only a wake-up of its own rings a timer within a test."""
    monkeypatch.setattr(callbacks, "TICK", timedelta(minutes=1))
    made = Alarms(Table(SteadyClock(getattr(request, "param", timedelta()))))
    made.clock.start()
    yield made
    await made.clock.stop()


async def test_a_timer_rings_at_its_time_and_a_shorter_one_before_it(alarms: Alarms) -> None:
    now = alarms.table.clock.now()
    alarms.sets("later", now + 4 * SOON)
    alarms.sets("sooner", now + SOON)
    await alarms.rings("sooner", "later")
    assert all(
        at >= due for (_, at), due in zip(alarms.table.rung, [now + SOON, now + 4 * SOON], strict=True)
    )


async def test_a_timer_set_while_others_ring_is_not_forgotten(alarms: Alarms) -> None:
    def sets_another() -> None:
        alarms.table.on_ring = lambda: None
        alarms.sets("second", alarms.table.clock.now() + timedelta(milliseconds=1))

    alarms.table.on_ring = sets_another
    alarms.sets("first", alarms.table.clock.now() + SOON)
    await alarms.rings("first", "second")


async def test_a_timer_that_another_process_set_is_heard_of(alarms: Alarms) -> None:
    alarms.table.timers["theirs"] = alarms.table.clock.now() + SOON
    await asyncio.sleep(0)  # the follower subscribes
    alarms.fanout.publish([TOPIC])
    await alarms.rings("theirs")


@pytest.mark.parametrize("alarms", [timedelta(hours=-1), timedelta(seconds=30)], indirect=True)
async def test_the_hosts_clock_may_be_wrong(alarms: Alarms) -> None:
    due = alarms.table.clock.now() + 4 * SOON
    alarms.sets("one", due)
    await alarms.rings("one")
    assert alarms.table.rung[0][1] >= due
    assert alarms.table.looks <= 4, "it did not look again and again until the host's clock said so"


async def test_the_hosts_clock_may_be_set_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By an hour: the jobs that run every second would rest for one."""
    monkeypatch.setattr(callbacks, "TICK", timedelta(milliseconds=50))
    alarms = Alarms(Table(SteadyClock()))
    alarms.clock.start()

    class HourAgo(datetime):
        @classmethod
        def now(cls, tz=None):  # type: ignore[no-untyped-def]
            return datetime.now(tz) - timedelta(hours=1)

    try:
        await asyncio.sleep(0)
        for module in (apscheduler.schedulers.base, callbacks):
            monkeypatch.setattr(module, "datetime", HourAgo)
        looks = alarms.table.looks
        async with asyncio.timeout(10):
            while alarms.table.looks < looks + 3:
                await asyncio.sleep(0.005)
    finally:
        await alarms.clock.stop()
    assert [r.message for r in caplog.records if r.levelno == logging.WARNING] == ["the host's clock jumped"]


async def test_a_timer_that_can_not_ring_is_tried_with_the_next_tick(alarms: Alarms) -> None:
    alarms.table.broken = True
    alarms.sets("one", alarms.table.clock.now())
    async with asyncio.timeout(10):
        while not alarms.table.looks:
            await asyncio.sleep(0.005)
    await alarms.clock.tick()
    assert alarms.table.looks == 2, "not as fast as it can"
    alarms.table.broken = False
    await alarms.clock.tick()
    assert alarms.table.names() == ["one"]


async def test_a_clock_whose_loop_ended_is_not_running(alarms: Alarms) -> None:
    assert alarms.clock.running
    await alarms.clock.stop()
    await asyncio.sleep(0)
    assert not alarms.clock.running


async def test_what_is_under_way_has_ended_once_the_clock_is_stopped(alarms: Alarms) -> None:
    """Else the loop may end while a connection is being closed: with SQLite's driver that never returns."""
    begun, ended = asyncio.Event(), []

    async def job() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)  # a connection is given back
            ended.append("job")

    alarms.clock.every(timedelta(hours=1), job, name="job", at_once=True)
    async with asyncio.timeout(10):
        await begun.wait()
    await alarms.clock.stop()
    assert ended == ["job"]
