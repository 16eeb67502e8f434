"""Replicas of the bridge in this process, which can die at a crash point without a line of theirs running on.

A replica's tasks carry its name in their context; dying cancels all of them at once, closes what the system
would close, and leaves the rest as it is: nothing is settled, told, or given back. Leases run out when the
history says so, as the beats of the dead are put back; nothing here sleeps.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

from aiohttp import web
from sqlalchemy import update

from adapters.desks.slack import adapter as slack_desk
from adapters.registry import Registry
from bridge import crash
from bridge.dispatcher import dispatcher, results
from bridge.ports import DeskLimits, Unavailable
from bridge.settings import load_installation
from bridge.store import tables as t
from bridge.store.workers import database_time
from bridge.wiring.service import Service
from tests.faults.world import World
from tests.walk.house import OwnClock, _free_port

REPLICA: ContextVar[int] = ContextVar("replica", default=-1)
MINUTE = timedelta(minutes=1)
PATIENCE = 60.0
LOOK = 0.5
"""Seconds without an end after which time passes: what a lost answer left is taken up once it is overdue."""
T = TypeVar("T")


class Died(BaseException):
    """The process is no more."""


class Hung(Exception):
    """It does not come to an end; says where everybody stands."""


class Stage(Protocol):
    """Where a history is played."""

    world: World
    crashes: int
    points: tuple[str, ...]

    def urls(self) -> list[str]: ...
    async def crash(self, wish: str, chance: float) -> None: ...
    async def bring_back(self) -> None: ...
    async def pass_time(self, seconds: float) -> None: ...
    async def settle(self) -> None: ...


@dataclass
class Replica:
    number: int
    port: int
    file: Path
    context: Context
    tasks: "WeakSet[asyncio.Task[Any]]" = field(default_factory=WeakSet)
    service: Service | None = None
    runner: web.AppRunner | None = None
    alive: bool = False


class LocalStage:
    """Implements `Stage`. One at a time in a process."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.clock = OwnClock()
        self.world = World(folder, database_url, self.clock)
        self.crashes = 0
        self.sqlite = database_url.startswith("sqlite")
        self.points = tuple(
            p for p in crash.POINTS if p != "drained" and not (self.sqlite and p == "written")
        )
        ports = [_free_port() for _ in range(1 if self.sqlite else 2)]
        self._ports = ports
        self.replicas: list[Replica] = []
        self._dead: list[str] = []
        self._burials: list[Replica] = []
        self._returning, self._passing = asyncio.Lock(), asyncio.Lock()
        self.looker: Service

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["LocalStage"]:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(self._task)  # type: ignore[arg-type]
        async with self.world:
            files = self.world.write(self._ports)
            for number, (port, file) in enumerate(zip(self._ports, files, strict=True)):
                context = copy_context()
                context.run(REPLICA.set, number)
                self.replicas.append(Replica(number, port, file, context))
            with _impatient():
                try:
                    for replica in self.replicas:
                        await self._start(replica)
                    direct = load_installation(self._direct(files[0]), Registry(), {})
                    self.looker = await Service.open(direct, self.clock, store_new=False)
                    yield self
                finally:
                    crash.arm("")
                    await self._end()
                    loop.set_task_factory(None)

    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{r.port}" for r in self.replicas if r.alive]

    # ---- death and return

    async def crash(self, wish: str, chance: float) -> None:
        """Whoever reaches the point next dies there; with one replica alive already dead, nobody does."""
        if len(self.urls()) == len(self.replicas):
            crash.arm(wish, self._die)

    async def bring_back(self) -> None:
        """The dead start anew, and their leases run out."""
        crash.arm("")
        async with self._returning:
            await self._bury()
            for replica in self.replicas:
                await self._start(replica)
            await self._leases_run_out()

    def _die(self, point: str) -> None:
        replica = self.replicas[REPLICA.get()]
        assert replica.service is not None
        assert replica.runner is not None
        crash.arm("")
        self.crashes += 1
        replica.alive = False
        self._dead.append(replica.service.database.worker_id)
        replica.service.alarms.cut_off()
        for site in replica.runner.sites:
            if (server := getattr(site, "_server", None)) is not None:
                server.close()
        for connection in replica.runner.server.connections if replica.runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()
        current = asyncio.current_task()
        for task in list(replica.tasks):
            if task is not current:
                task.cancel()
        replica.service.database.lines.close()
        self._burials.append(replica)
        raise Died(point)

    async def _bury(self) -> None:
        while self._burials:
            await self._clear(self._burials.pop())

    async def _clear(self, replica: Replica) -> None:
        """What the system does for a process that has ended."""
        for task in list(replica.tasks):
            task.cancel()
        await asyncio.gather(*replica.tasks, return_exceptions=True)
        service, runner = replica.service, replica.runner
        replica.service = replica.runner = None
        if runner is not None:
            await runner.cleanup()
        if service is not None:
            await service.alarms.stop()
            for part in (service.database, service.tenants, service.outbound):
                await part.close()

    async def _start(self, replica: Replica) -> None:
        """Again and again, as whoever supervises processes does it."""
        while not replica.alive:
            replica.tasks = WeakSet()
            try:
                await self._on(replica, self._serve(replica))
                replica.alive = True
            except Unavailable:
                await self._clear(replica)

    async def _serve(self, replica: Replica) -> None:
        installation = load_installation(replica.file, Registry(), {})
        assert not installation.broken, installation.broken
        replica.service = await Service.open(installation, self.clock)
        replica.runner = web.AppRunner(replica.service.application(), access_log=None, shutdown_timeout=0.1)
        await replica.runner.setup()
        await replica.service.start()
        await web.TCPSite(replica.runner, "127.0.0.1", replica.port).start()

    async def _leases_run_out(self) -> None:
        """As if, for a minute on the database's clock, the dead had been silent and the living had beaten."""
        database = self.looker.database
        ago = database_time(database, MINUTE)
        living = [r.service.database.worker_id for r in self.replicas if r.alive and r.service]
        changes = [
            update(t.worker).where(t.worker.c.id.in_(self._dead)).values(beat_at=ago),
            update(t.worker).where(t.worker.c.id.in_(living)).values(since=ago),
            update(t.timer).where(t.timer.c.worker.in_(self._dead)).values(lease_until=ago),
        ]
        async with database.writing() as connection:
            for change in changes:
                await connection.execute(change)

    # ---- time

    async def pass_time(self, seconds: float) -> None:
        async with self._passing:  # what is on the wire arrives before its signature is too old
            self.clock.time += timedelta(seconds=seconds)
            for replica in self.replicas:
                if replica.alive and replica.service:
                    with contextlib.suppress(Unavailable, asyncio.CancelledError, Died):
                        await self._on(replica, replica.service.alarms.tick())

    async def settle(self) -> None:
        """Until nothing waits any more anywhere. Raises Hung."""
        try:
            async with asyncio.timeout(PATIENCE):
                while await self._under_way():
                    self.clock.time += timedelta(seconds=1)
        except TimeoutError:
            raise Hung(_where_everybody_stands()) from None

    async def _under_way(self) -> bool:
        for replica in self.replicas:
            if replica.alive and replica.service:
                with contextlib.suppress(Unavailable):
                    await self._on(replica, replica.service.alarms.tick())
                    await self._on(replica, replica.service.sweep())
                try:
                    async with asyncio.timeout(LOOK):
                        await self._on(replica, replica.service.idle())
                except TimeoutError:  # a lane waits for what only time brings back
                    return True
        if (await self.looker.outbox_admin.outbox_counts()).pending:
            return True
        return await self._timers_are_due()

    async def _timers_are_due(self) -> bool:
        """Those whose ringing was not recorded ring again: their leases run out."""
        due = t.timer.c.due_at <= self.clock.now()
        ago = database_time(self.looker.database, MINUTE)
        async with self.looker.database.writing() as connection:
            left = await connection.execute(update(t.timer).where(due).values(lease_until=ago))
        return left.rowcount > 0

    # ---- machinery

    async def _on(self, replica: Replica, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.get_running_loop().create_task(work, context=replica.context.copy())

    def _task(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T], context: Context | None = None
    ) -> "asyncio.Task[T]":
        task = asyncio.Task(work, loop=loop, context=context)
        number = context.get(REPLICA, -1) if context is not None else REPLICA.get()
        if number >= 0:
            self.replicas[number].tasks.add(task)
        return task

    def _direct(self, file: Path) -> Path:
        """The same settings for whoever only looks: not by way of the proxy."""
        text = (
            file.read_text().replace(
                self.world.to_database.before_database(self.world.direct_url), self.world.direct_url
            )
            if not self.sqlite
            else file.read_text()
        )
        looking = file.with_name("looking.yaml")
        looking.write_text(text)
        return looking

    async def _end(self) -> None:
        await self._bury()
        for replica in self.replicas:
            if replica.alive and replica.service and replica.runner:
                await self._on(replica, _stop(replica.service, replica.runner))
        if hasattr(self, "looker"):
            for part in (self.looker.tenants, self.looker.outbound, self.looker.database):
                await part.close()


async def _stop(service: Service, runner: web.AppRunner) -> None:
    await service.close_streams()
    await runner.cleanup()
    await service.stop()


@contextlib.contextmanager
def _impatient() -> Any:
    """Another try after hundredths of a second, and a desk that takes a thousand posts in one."""
    desk = slack_desk.Adapter
    kept = (
        dispatcher.FIRST_BACKOFF,
        dispatcher.LONGEST_BACKOFF,
        dispatcher.LOOK_AGAIN,
        results.PAUSE,
        desk.limits,
    )
    dispatcher.FIRST_BACKOFF, dispatcher.LONGEST_BACKOFF = 0.1, 0.2
    dispatcher.LOOK_AGAIN, results.PAUSE = 0.01, 0.02
    desk.limits = DeskLimits(per_second=1000.0)
    try:
        yield
    finally:
        dispatcher.FIRST_BACKOFF, dispatcher.LONGEST_BACKOFF = kept[:2]
        dispatcher.LOOK_AGAIN, results.PAUSE, desk.limits = kept[2:]


def _where_everybody_stands() -> str:
    lines = []
    for task in asyncio.all_tasks():
        waits: Any = task.get_coro()
        places = []
        while (frame := getattr(waits, "cr_frame", None)) is not None:
            places.append(f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}")
            waits = getattr(waits, "cr_await", None)
        lines.append(f"{task.get_name()}: {' > '.join(places[-5:])}")
    return "\n".join(sorted(lines))
