"""The alarm clock: APScheduler wakes, the tables say what is due.

Every timer is a row; a tick that finds one due sends it through the recorder like any event. Nothing
is lost with this process, and an alarm that rings twice does nothing the second time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bridge import crash
from bridge.domain.events import TimerDue
from bridge.domain.ids import EventKey, TenantId
from bridge.ports import Clock, DueTimer, Inbound, Outbox, Unavailable

log = logging.getLogger(__name__)

TICK = timedelta(seconds=1)
AT_ONCE = 100
ROUNDS = 20
"""A tick fires at most ROUNDS × AT_ONCE timers; the next takes the rest."""
NEXT = "next-timer"


class AlarmClock:
    def __init__(
        self,
        outbox: Outbox,
        inbound: Inbound,
        clock: Clock,
        tenants: Callable[[], Sequence[TenantId]],
    ) -> None:
        """`tenants`: those that are served here; others' timers wait for a process that knows them."""
        self._outbox = outbox
        self._tenants = tenants
        self._inbound = inbound
        self._clock = clock
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._next: datetime | None = None

    def start(self) -> None:
        self.every(TICK, self.tick, name="timers")
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    @property
    def running(self) -> bool:
        return bool(self._scheduler.running)

    def every(
        self, period: timedelta, job: Callable[[], Awaitable[None]], *, name: str, at_once: bool = False
    ) -> None:
        """Runs `job` again and again, never two of it at once; its errors are logged, not fatal."""
        first = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(
            _guarded(job, name),
            "interval",
            seconds=period.total_seconds(),
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            **first,
        )

    def expect(self, due: datetime | None) -> None:
        """A timer was set: wake then, not only at the next tick."""
        if due is None or (self._next is not None and self._next <= due):
            return
        if due - self._clock.now() < TICK and self._scheduler.running:
            self._next = due
            self._scheduler.add_job(
                _guarded(self.tick, NEXT), "date", run_date=due, id=NEXT, replace_existing=True
            )

    async def tick(self) -> None:
        """Fires what is due. Safe to run in any number of processes at once."""
        self._next = None
        for _ in range(ROUNDS):
            due = await self._outbox.due_timers(self._clock.now(), AT_ONCE, self._tenants())
            if crash.armed and due:
                crash.at("timer-taken")
            await self._ring(due)
            if len(due) < AT_ONCE:
                break
        self.expect(await self._outbox.next_timer(self._tenants()))

    async def _ring(self, due: Sequence[DueTimer]) -> None:
        """One timer that can't be decided does not keep the others from ringing."""
        rung = [self._inbound.receive(_rung(timer)) for timer in due]
        for timer, result in zip(due, await asyncio.gather(*rung, return_exceptions=True), strict=True):
            if isinstance(result, Exception):
                log.error("a timer could not ring", extra={"kind": timer.kind, "why": type(result).__name__})


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
        except asyncio.CancelledError:
            return  # the scheduler stops, and would call it an error of the job's
        except Unavailable as error:
            log.warning("a periodic job waits for the database", extra={"job": name, "why": str(error)})
        except Exception:
            log.exception("a periodic job failed", extra={"job": name})

    return run
