"""Records: everything that queued while the last commit ran becomes one commit.

One loop a process. It locks the batch's conversations, lets `decide` decide each event in order, and
writes all of it in one transaction. No timer: alone, an event waits for nobody; only results of effects,
which nobody waits for, look out for company. It never does anything slow under the lock. What was recorded
goes on to the dispatcher through `on_commit`.
"""

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bridge import crash
from bridge.domain.decide import decide
from bridge.domain.events import Event, Outcome, OutcomeKind
from bridge.ports import (
    Clock,
    Conflict,
    Directory,
    EffectName,
    Recorded,
    Settled,
    Step,
    Store,
    Transaction,
    Unavailable,
    Written,
    name_of,
)
from bridge.recorder.running import Running

log = logging.getLogger(__name__)

MOST = 256
"""Events in one commit."""
PATIENCE = 10.0
"""Seconds that stopping waits for what is queued."""
COMPANY = 0.02
"""Seconds that results of effects wait for an event to be recorded with."""
TURNS = 8
"""Of the loop at most, before a batch is taken."""
CONFLICTS = 8
"""How often one batch is tried again when the database asks for it."""


@dataclass(slots=True)
class _Waiting:
    event: Event
    future: asyncio.Future[Outcome]
    settled: Settled | None


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit brought, for those who carry it on."""

    steps: Sequence[Step]
    effects: Sequence[Recorded]
    next_timer: datetime | None
    written: Written


@dataclass(slots=True)
class _Plan:
    """The decisions of one batch, made in order over the running state."""

    outcomes: list[Outcome | Exception] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


class Recorder:
    def __init__(
        self,
        store: Store,
        directory: Directory,
        clock: Clock,
        on_commit: Callable[[Committed], None],
        on_doubt: Callable[[Sequence[Event]], None] = lambda events: None,
    ) -> None:
        """`on_doubt` is told of events of which nobody knows whether they were committed."""
        self._store = store
        self._directory = directory
        self._clock = clock
        self._on_commit = on_commit
        self._on_doubt = on_doubt
        self._queue: deque[_Waiting] = deque()
        self._settled: deque[Settled] = deque()
        self._marking: Sequence[Settled] = ()
        """Results of the batch that is being recorded."""
        self._recording = asyncio.Lock()
        self._overdue = False
        """Results have waited long enough for an event to ride with."""
        self._company: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._loop = asyncio.create_task(self._run(), name="recorder")

    async def stop(self, patience: float = PATIENCE) -> None:
        """Records what is queued, then stops; gives up after `patience` seconds without a database."""
        if self._loop is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self.drained()
        loop, self._loop = self._loop, None
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        _fail(list(self._queue), Unavailable("the recorder is stopped"))
        self._queue.clear()

    def unmarked(self) -> set[EffectName]:
        """Effects whose results are known here and not recorded yet: none of them may be carried again."""
        waiting = (each.settled for each in self._queue if each.settled)
        return {name_of(each.recorded) for each in (*self._settled, *self._marking, *waiting)}

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """Between two batches: all that was committed is carried on, and nothing is meanwhile."""
        async with self._recording:
            yield

    @property
    def running(self) -> bool:
        return self._loop is not None and not self._loop.done()

    @property
    def idle(self) -> bool:
        return self._idle.is_set()

    async def drained(self) -> None:
        if self._settled:
            self._go_alone()
        await self._idle.wait()

    async def record(self, event: Event, settled: Settled | None = None) -> Outcome:
        """Returns after the commit. Raises Unavailable when the database can't take it now.

        `settled`: the effect whose result the event is; both are recorded together or not at all.
        """
        if self._loop is None:
            raise Unavailable("the recorder is stopped")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(event, future, settled))
        self._awake()
        return await future

    def settle(self, settled: Settled) -> None:
        """The result of an effect: it is recorded with the next events, or soon by itself.

        Nobody waits for it. Should the process die before, the effect is carried out again under its key.
        """
        self._settled.append(settled)
        self._idle.clear()
        if self._company is None:
            self._company = asyncio.get_running_loop().call_later(COMPANY, self._go_alone)

    def _go_alone(self) -> None:
        self._overdue = True
        self._awake()

    def _awake(self) -> None:
        self._idle.clear()
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue or self._overdue:
                await self._gather()
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), MOST))]
                settled = list(self._settled)
                self._settled.clear()
                self._overdue = False
                if self._company is not None:
                    self._company.cancel()
                    self._company = None
                self._marking = [*settled, *(each.settled for each in batch if each.settled)]
                async with self._recording:
                    await self._record(batch, settled)
                self._marking = ()
            if not self._settled:
                self._idle.set()

    async def _gather(self) -> None:
        """As long as turns of the loop bring more, what is ready already is taken along. No time is spent:
        alone, an event waits for one empty turn."""
        for _ in range(TURNS):
            queued = len(self._queue)
            await asyncio.sleep(0)
            if len(self._queue) == queued:
                return

    def _put_back(self, settled: Sequence[Settled]) -> None:
        """With the next commit, whatever that is of."""
        if settled:
            self._settled.extendleft(reversed(settled))
            self._go_alone()

    async def _record(self, batch: list[_Waiting], settled: list[Settled]) -> None:
        """Commits a batch; one that fails is split, so that a poisonous event fails alone."""
        try:
            await self._commit(batch, settled)
        except (Conflict, Unavailable) as error:
            _fail(batch, Unavailable(str(error)))
            self._put_back(settled)
            self._on_doubt([waiting.event for waiting in batch])
            await asyncio.sleep(random.uniform(0.05, 0.5))  # noqa: S311 - jitter, no secret
        except Exception as error:
            if len(batch) > 1:
                half = len(batch) // 2
                await self._record(batch[:half], settled)
                await self._record(batch[half:], [])
                return
            log.exception("an event could not be recorded", extra={"event": _name(batch)})
            _fail(batch, error)
            if not batch:
                log.error("results of effects could not be recorded", extra={"n": len(settled)})
            else:
                self._put_back(settled)

    async def _commit(self, batch: list[_Waiting], settled: list[Settled]) -> None:
        for attempt in range(CONFLICTS):
            now = self._clock.now()
            try:
                async with self._store.begin([w.event for w in batch], settled) as tx:
                    if crash.armed:
                        crash.at("marking" if settled else "locked", _what(batch, settled))
                    plan = self._plan(tx, batch, now)
                    written = await tx.write(plan.steps, [*settled, *_results(batch, plan)], now)
                break
            except Conflict:
                if attempt == CONFLICTS - 1:
                    raise
                await asyncio.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311
        if crash.armed:
            crash.at("committed", _what(batch, settled))
        for waiting, outcome in zip(batch, plan.outcomes, strict=True):
            if waiting.future.done():
                continue
            if isinstance(outcome, Exception):
                waiting.future.set_exception(outcome)
            else:
                waiting.future.set_result(outcome)
        try:
            self._on_commit(_committed(plan.steps, written))
        except Exception:  # it is committed: recording it again would double it
            log.exception("what was recorded could not be carried on; the sweeper takes it up")

    def _plan(self, tx: Transaction, batch: Sequence[_Waiting], now: datetime) -> _Plan:
        plan = _Plan()
        state = Running(tx)
        for waiting in batch:
            event = waiting.event
            try:
                outcome = self._decide(state, event, now, plan)
            except Exception as error:
                log.exception("an event could not be decided", extra={"event": type(event).__name__})
                plan.outcomes.append(error)
            else:
                plan.outcomes.append(outcome)
        return plan

    def _decide(self, state: Running, event: Event, now: datetime, plan: _Plan) -> Outcome:
        if repeat := state.repeat(event):
            return repeat
        tenant = self._directory.tenant(event.tenant)
        if tenant is None:
            return Outcome(OutcomeKind.UNKNOWN)
        snapshot = state.snapshot(event)
        decision = decide(snapshot, event, tenant, now)
        if decision.conversation is not None:
            state.take(event, decision)
            plan.steps.append(Step(event, decision, decision.customer or snapshot.customer))
        return decision.outcome


def _committed(steps: Sequence[Step], written: Written) -> Committed:
    effects = [
        Recorded(step.event.tenant, step.event.conversation, effect)
        for step in steps
        for effect in step.decision.effects
    ]
    dues = [t.due for step in steps for t in step.decision.timers if t.due is not None]
    return Committed(steps, effects, min(dues, default=None), written)


def _results(batch: Sequence[_Waiting], plan: _Plan) -> list[Settled]:
    """The results that came with events which could be decided."""
    pairs = zip(batch, plan.outcomes, strict=True)
    return [w.settled for w, outcome in pairs if w.settled and not isinstance(outcome, Exception)]


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.future.done():
            waiting.future.set_exception(error)


def _what(batch: Sequence[_Waiting], settled: Sequence[Settled]) -> list[object]:
    """What is under way, for a crash point."""
    return [*(waiting.event for waiting in batch), *(each.recorded.effect for each in settled)]


def _name(batch: Sequence[_Waiting]) -> str:
    return type(batch[0].event).__name__ if batch else ""
