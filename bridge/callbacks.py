"""The alarm clock: APScheduler wakes, the tables say what is due.

Every timer is a row; one that is due goes through the recorder like any event. Nothing is lost with this
process, and an alarm that rings twice does nothing the second time. Whoever wakes only says "look": a look
that is asked for while another is under way follows it, so no wake-up is lost. Time to the next timer is
measured by the installation's clock and slept by the host's, so the two need not agree.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bridge import crash
from bridge.domain.events import TimerDue
from bridge.domain.ids import EventKey, TenantId
from bridge.ports import Clock, DueTimer, Fanout, Inbound, Outbox, Unavailable

log = logging.getLogger(__name__)

TICK = timedelta(seconds=1)
"""How often every process looks what is next, whoever has set it."""
AT_ONCE = 100
ROUNDS = 20
"""A look fires at most ROUNDS × AT_ONCE timers; the next takes the rest."""
REST = (0.01, 0.03)
"""Seconds between two looks of a process: where timers follow each other closely, each look takes several,
and many replicas do not all look for every one."""
NEXT = "next-timer"
TOPIC = "timers"
"""Hints that another process has set a timer which is due before everybody's next tick."""
JUMP = 0.5
"""Seconds by which the host's clock may be corrected before the periodic jobs are set anew."""


class AlarmClock:
    def __init__(
        self,
        outbox: Outbox,
        inbound: Inbound,
        clock: Clock,
        fanout: Fanout,
        tenants: Callable[[], Sequence[TenantId]],
    ) -> None:
        """`tenants`: those that are served here; others' timers wait for a process that knows them."""
        self._outbox = outbox
        self._tenants = tenants
        self._inbound = inbound
        self._clock = clock
        self._fanout = fanout
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._next: datetime | None = None
        self._woken = asyncio.Event()
        self._looking = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._jobs: set[asyncio.Task[None]] = set()
        """Runs of periodic jobs that are under way."""
        self._apart = _host_apart()

    def start(self) -> None:
        self.every(TICK, self._wake, name="timers")
        self._scheduler.start()
        loops = {"alarms": self._ring_when_woken, "hints": self._follow, "host clock": self._watch_the_host}
        self._tasks = [asyncio.create_task(loop(), name=name) for name, loop in loops.items()]

    async def stop(self) -> None:
        """Nothing of it runs any more afterwards. What is cut off in the middle of a read still gives its
        connection back, and is waited for: SQLite's driver never ends when that is cut off too."""
        await asyncio.gather(*self.cut_off(), return_exceptions=True)

    def cut_off(self) -> set[asyncio.Task[None]]:
        """Stops without waiting; gives back what is ending."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)  # it cancels the jobs
        for task in self._tasks:
            task.cancel()
        return {*self._tasks, *self._jobs}

    @property
    def running(self) -> bool:
        return bool(self._scheduler.running) and not any(task.done() for task in self._tasks)

    def every(
        self, period: timedelta, job: Callable[[], Awaitable[None]], *, name: str, at_once: bool = False
    ) -> None:
        """Runs `job` again and again, never two of it at once; its errors are logged, not fatal."""
        first = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(
            self._until_stopped(_guarded(job, name)),
            "interval",
            seconds=period.total_seconds(),
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            **first,
        )

    def set_for(self, due: datetime | None) -> None:
        """A timer was recorded here: this process wakes then, and the others when their tick is too late."""
        if due is not None and due - self._clock.now() < TICK:
            self._expect(due)
            self._fanout.publish([TOPIC])

    async def tick(self) -> None:
        """Fires what is due. Safe to run in any number of processes at once."""
        async with self._looking:
            self._next = None
            for _ in range(ROUNDS):
                due = await self._outbox.due_timers(self._clock.now(), AT_ONCE, self._tenants())
                if crash.armed and due:
                    crash.at("timer-taken")
                failed = await self._ring(due)
                if failed:
                    return  # the next tick tries again, not this process as fast as it can
                if len(due) < AT_ONCE:
                    break
        await self._look_ahead()

    def _until_stopped(self, job: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """The scheduler that stops would call it an error of the job's."""

        async def run() -> None:
            this = asyncio.current_task()
            assert this is not None
            self._jobs.add(this)
            try:
                with contextlib.suppress(asyncio.CancelledError):
                    await job()
            finally:
                self._jobs.discard(this)

        return run

    def _expect(self, due: datetime) -> None:
        after = max(due - self._clock.now(), timedelta())
        if after >= TICK or not self._scheduler.running:
            return  # the tick before it looks again
        if self._next is not None and self._next <= due:
            return
        self._next = due
        self._scheduler.add_job(
            self._wake,
            "date",
            run_date=datetime.now(UTC) + after,
            id=NEXT,
            replace_existing=True,
            misfire_grace_time=None,
        )

    async def _look_ahead(self) -> None:
        due = await self._outbox.next_timer(self._clock.now(), self._tenants())
        if due is not None:
            self._expect(due)

    async def _wake(self) -> None:
        self._woken.set()

    async def _ring_when_woken(self) -> None:
        tick = _guarded(self.tick, "timers")
        while True:
            await self._woken.wait()
            self._woken.clear()
            await tick()
            await asyncio.sleep(random.uniform(*REST))  # noqa: S311 - so that replicas fall out of step

    async def _follow(self) -> None:
        look = _guarded(self._look_ahead, "hints of timers")
        async with self._fanout.subscribe(TOPIC) as hints:
            async for _ in hints:
                await look()

    async def _watch_the_host(self) -> None:
        """APScheduler goes by the host's clock: set back by an hour, it would sleep for one."""
        while True:
            await asyncio.sleep(TICK.total_seconds())
            apart = _host_apart()
            if abs(apart - self._apart) > JUMP:
                log.warning("the host's clock jumped", extra={"seconds": round(apart - self._apart, 1)})
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
            self._apart = apart

    async def _ring(self, due: Sequence[DueTimer]) -> int:
        """How many could not ring: one that can't be decided does not keep the others from it."""
        rung = [self._inbound.receive(_rung(timer)) for timer in due]
        results = await asyncio.gather(*rung, return_exceptions=True)
        failed = [(timer, why) for timer, why in zip(due, results, strict=True) if isinstance(why, Exception)]
        for timer, why in failed:
            log.error("a timer could not ring", extra={"kind": timer.kind, "why": type(why).__name__})
        return len(failed)


def _host_apart() -> float:
    """Seconds between the host's clock and one that only passes; it changes when somebody sets the first."""
    return datetime.now(UTC).timestamp() - monotonic()


def _rung(timer: DueTimer) -> TimerDue:
    """Keyed by when it was due: however many processes see it, it is one event."""
    conversation = timer.key.conversation
    return TimerDue(
        tenant=timer.key.tenant,
        conversation=conversation,
        key=EventKey(f"timer:{conversation}:{timer.kind}:{timer.epoch}:{timer.due.isoformat()}"),
        kind=timer.kind,
        epoch=timer.epoch,
        due=timer.due,
    )


def _guarded(job: Callable[[], Awaitable[None]], name: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await job()
        except Unavailable as error:
            log.warning("a periodic job waits for the database", extra={"job": name, "why": str(error)})
        except Exception:
            log.exception("a periodic job failed", extra={"job": name})

    return run
