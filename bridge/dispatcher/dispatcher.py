"""The lanes: what must leave in order leaves in order, what fails is tried again, and one destination's
trouble stays its own.

A lane is one conversation's way to one side (customer or desk). Effects come in born leased to this
process, straight from the commit; the sweeper brings those of processes that died.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from bridge import crash
from bridge.dispatcher.asking import Asking
from bridge.dispatcher.carriers import OutOfTurn
from bridge.dispatcher.queue import Queue
from bridge.dispatcher.results import Results
from bridge.domain.effects import AskAnswerer, Effect, PostNote, SendToCustomer, SyncCard
from bridge.domain.events import DeliveryFailed
from bridge.domain.ids import ConversationId, TenantId
from bridge.ports import (
    UNCERTAIN,
    Clock,
    DeliveryError,
    EffectName,
    Recorded,
    RetryLater,
    Settled,
    Unavailable,
    Uncertain,
    name_of,
)

log = logging.getLogger(__name__)

ATTEMPTS = 20
"""Then an effect is dead: visible, and sent again by hand. With full jitter that is after half an hour as a
rule, and never after ten minutes: 15 tries, of which one row in forty was parked by then, were too few."""
LOOK_AGAIN = 0.1
"""Seconds until a lane looks again whether another process is through with what comes earlier."""
FIRST_BACKOFF = 1.0
LONGEST_BACKOFF = 300.0

Lane = tuple[TenantId, ConversationId, str]


class Carriers(Protocol):
    async def send(self, recorded: Recorded, effect: SendToCustomer) -> Settled: ...
    async def sync_card(self, recorded: Recorded, effect: SyncCard) -> Settled: ...
    async def post_note(self, recorded: Recorded, effect: PostNote) -> Settled: ...


class Dispatcher:
    def __init__(
        self,
        carrier: Carriers,
        asking: Asking,
        results: Results,
        clock: Clock,
        on_settled: Callable[[Settled], None] = lambda settled: None,
    ) -> None:
        self._carrier = carrier
        self._asking = asking
        self._results = results
        self._clock = clock
        self._on_settled = on_settled
        self._lanes: dict[Lane, Queue] = {}
        self._asks: dict[Lane, tuple[Recorded, asyncio.Task[None]]] = {}
        self._sleepers: set[asyncio.Task[None]] = set()
        self._stopping = False

    def carried(self) -> set[EffectName]:
        """What is under way or queued here."""
        asked = {name_of(recorded) for recorded, _ in self._asks.values()}
        lanes = self._lanes.values()
        return asked | {name_of(each) for queue in lanes for each in queue}

    def lacks(self, recorded: Recorded, earlier: Iterable[int]) -> set[int]:
        """Those of `earlier`, effects before this one, that it does not bring along here."""
        queue = self._lanes.get(lane_of(recorded))
        return {number for number in earlier if queue is None or not queue.brings(number)}

    def dispatch(self, effects: Iterable[Recorded]) -> None:
        """Takes effects in the order in which they were recorded. Never blocks."""
        if self._stopping:
            return  # they stay in the outbox and are taken over by whoever runs next
        for recorded in effects:
            if isinstance(recorded.effect, AskAnswerer):
                self._ask(recorded, recorded.effect)
            else:
                self._queue(recorded)

    async def stop(self, grace: timedelta) -> None:
        """Lets what is under way arrive, for as long as `grace`; the rest stays in the outbox."""
        self._stopping = True
        for sleeper in list(self._sleepers):
            sleeper.cancel()
        tasks = [queue.task for queue in self._lanes.values() if queue.task]
        tasks += [task for _, task in self._asks.values()]
        for queue in self._lanes.values():
            queue.keep_only_first()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def settled(self) -> None:
        """Until nothing is under way: for tests and for draining."""
        while tasks := self._under_way():
            await asyncio.wait(tasks)

    @property
    def busy(self) -> bool:
        return bool(self._under_way())

    def _under_way(self) -> list[asyncio.Task[None]]:
        tasks = [queue.task for queue in self._lanes.values() if queue.task]
        return tasks + [task for _, task in self._asks.values()]

    # the answerer: one question a conversation, the newest

    def _ask(self, recorded: Recorded, effect: AskAnswerer) -> None:
        lane = (recorded.tenant, recorded.conversation, "answerer")
        if earlier := self._asks.get(lane):
            superseded, task = earlier
            if superseded.effect.number >= recorded.effect.number:
                if superseded.effect.number > recorded.effect.number:  # an old one, left by a dead process
                    self._results.settle(Settled(recorded, "withheld", "a newer message came first"))
                return
            task.cancel()
            self._results.settle(Settled(superseded, "withheld", "a newer message came first"))
        task = asyncio.create_task(self._asking_task(lane, recorded, effect), name="ask")
        self._asks[lane] = (recorded, task)

    async def _asking_task(self, lane: Lane, recorded: Recorded, effect: AskAnswerer) -> None:
        try:
            await self._asking.ask(recorded, effect)
        except Exception:
            log.exception("asking the answerer failed; the question is parked")
            self._finish(Settled(recorded, "dead", "its result can not be recorded"))
        finally:
            current = self._asks.get(lane)
            if current and current[0] is recorded:
                del self._asks[lane]

    # the lanes to customers and desks

    def _queue(self, recorded: Recorded) -> None:
        lane = lane_of(recorded)
        queue = self._lanes.setdefault(lane, Queue())
        if queue.task is not None and recorded.straight:
            recorded = replace(recorded, straight=False)  # it waits, and the world goes on meanwhile
        queue.put(recorded)
        if queue.task is None:
            queue.task = asyncio.create_task(self._work(lane, queue), name="lane")

    async def _work(self, lane: Lane, queue: Queue) -> None:
        parted = False
        try:
            while queue:
                if not parted:
                    queue.merge()
                ended = await self._deliver(queue, queue.first)
                if ended is not None:
                    for each in queue.ended(ended):
                        self._finish(Settled(each, "done", "merged into the next update"))
                    parted = False
                elif not (parted := queue.part()):
                    await self._pause(LOOK_AGAIN)  # what is taken over meanwhile may come first
        finally:
            queue.task = None
            if not queue:
                self._lanes.pop(lane, None)

    async def _deliver(self, queue: Queue, recorded: Recorded) -> Recorded | None:
        """Until it is delivered, withheld or dead; gives it back then. None when it is not its turn (yet)."""
        if recorded.due is not None:  # taken over while it waited for another try
            await self._pause((recorded.due - self._clock.now()).total_seconds())
        if recorded.attempts >= ATTEMPTS:  # whoever carried it died of it
            await self._ended(Settled(recorded, "dead", "no process has lived to deliver it"))
            return recorded
        away = 0
        while True:
            try:
                if crash.armed:
                    crash.at("to-carry", [recorded.effect])
                settled = await self._carry(recorded)
                if crash.armed:
                    crash.at("carried", [recorded.effect])
                await self._ended(settled)
                return recorded
            except OutOfTurn:
                return None
            except Unavailable:  # nothing has left: this is no try
                await self._pause(backoff(away))
                away, again = away + 1, replace(recorded, straight=False)
            except (RetryLater, Uncertain) as error:
                if recorded.attempts + 1 >= ATTEMPTS:
                    await self._ended(Settled(recorded, "dead", str(error)))
                    return recorded
                again = await self._again(recorded, error)
            except DeliveryError as error:
                dead = Settled(recorded, "dead", f"{type(error).__name__}: {error}")
                await self._ended(dead, told=str(error))
                return recorded
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.exception("a delivery failed unexpectedly")
                await self._ended(Settled(recorded, "dead", f"unexpected {type(error).__name__}"))
                return recorded
            queue.again(recorded, again)
            recorded = again
            if queue.first is not recorded:
                return None  # what was taken over meanwhile comes first

    async def _carry(self, recorded: Recorded) -> Settled:
        effect: Effect = recorded.effect
        if isinstance(effect, SendToCustomer):
            return await self._carrier.send(recorded, effect)
        if isinstance(effect, SyncCard):
            return await self._carrier.sync_card(recorded, effect)
        if isinstance(effect, PostNote):
            return await self._carrier.post_note(recorded, effect)
        raise TypeError(type(effect).__name__)

    async def _again(self, recorded: Recorded, error: RetryLater | Uncertain) -> Recorded:
        asked = error.after if isinstance(error, RetryLater) else None
        pause = asked.total_seconds() if asked else backoff(recorded.attempts)
        due = self._clock.now() + timedelta(seconds=pause)
        log.info("delivery is tried again", extra={"why": str(error), "in_seconds": round(pause, 1)})
        uncertain = recorded.uncertain or isinstance(error, Uncertain)
        why = f"{UNCERTAIN}{error}" if uncertain else str(error)
        self._finish(Settled(recorded, "retry", why, due=due))
        await self._pause(pause)
        return replace(recorded, attempts=recorded.attempts + 1, uncertain=uncertain, straight=False)

    async def _pause(self, seconds: float) -> None:
        """Ends at once when the dispatcher stops: what waits stays in the outbox for the next start."""
        if self._stopping:
            raise asyncio.CancelledError
        sleeper = asyncio.create_task(asyncio.sleep(max(seconds, 0)))
        self._sleepers.add(sleeper)
        try:
            await sleeper
        finally:
            self._sleepers.discard(sleeper)

    async def _ended(self, settled: Settled, told: str = "") -> None:
        """What did not arrive is marked and told in one commit: to the audit, the desk, another desk.

        `told`: why, in the words for people, where those of the outbox name more.
        """
        failed = _failed(settled, told or settled.why)
        if settled.status == "dead":
            kind = type(settled.recorded.effect).__name__
            log.error("delivery is parked", extra={"why": settled.why, "effect": kind})
        if failed is None:
            self._finish(settled)
            return
        try:
            await self._results.record(failed, settled)
        except Exception:
            log.exception("a failed delivery could not be told; it stays in the outbox as dead")
            self._results.settle(settled)
        self._on_settled(settled)

    def _finish(self, settled: Settled) -> None:
        self._results.settle(settled)
        self._on_settled(settled)


def _failed(settled: Settled, why: str) -> DeliveryFailed | None:
    """The event that an effect's end is, if it has not reached whom it was for."""
    recorded, effect = settled.recorded, settled.recorded.effect
    if isinstance(effect, SendToCustomer) and settled.status in ("withheld", "dead"):
        why = f"withheld: {why}" if settled.status == "withheld" else why
        seq, to_desk = effect.seq, False
    elif isinstance(effect, PostNote) and settled.status == "dead":
        seq, to_desk = effect.seq, True
    elif isinstance(effect, SyncCard) and settled.status == "dead" and not effect.desk:
        seq, to_desk = 0, True
    else:
        return None
    return DeliveryFailed(
        tenant=recorded.tenant, conversation=recorded.conversation, seq=seq, to_desk=to_desk, why=why
    )


def lane_of(recorded: Recorded) -> Lane:
    """A card that was left behind has a lane of its own: nobody waits for it."""
    effect = recorded.effect
    side = "customer" if isinstance(effect, SendToCustomer) else "desk"
    if isinstance(effect, SyncCard) and effect.desk:
        side = f"desk:{effect.desk}"
    return (recorded.tenant, recorded.conversation, side)


def backoff(attempts: int) -> float:
    """Full jitter (AWS Architecture Blog, 2015): anything up to the doubled pause, in seconds."""
    return random.uniform(0.1, min(LONGEST_BACKOFF, FIRST_BACKOFF * 2**attempts))  # noqa: S311
