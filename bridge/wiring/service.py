"""One running bridge: everything built once, in the order in which it depends on each other.

receive (router) → decide (domain) → record (recorder) → deliver (dispatcher), with the alarm clock
beside them. Nothing but this file knows how they are joined.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from time import monotonic

from aiohttp import web

from adapters.registry import Registry
from bridge import crash
from bridge.calendars import fetch
from bridge.callbacks import AlarmClock
from bridge.directory import LiveDirectory
from bridge.dispatcher import Dispatcher
from bridge.dispatcher.asking import Asking
from bridge.dispatcher.carriers import Carrier
from bridge.dispatcher.recent import Recent
from bridge.dispatcher.results import Results
from bridge.domain.events import Event, ZoneRulesChanged
from bridge.domain.signals import available_languages, load_packs
from bridge.duty import Roster
from bridge.fanout import LocalFanout, conversation_topic, desk_topic
from bridge.language import LanguageDetector
from bridge.outbound import GuardedOutbound
from bridge.ports import (
    ChannelAdapter,
    Clock,
    Conflict,
    DeskAdapter,
    Host,
    Key,
    Recorded,
    Settled,
    Step,
    Unavailable,
    name_of,
)
from bridge.recorder import Committed, Recorder
from bridge.router import Router
from bridge.secrets import DerivedSecrets
from bridge.settings import Installation
from bridge.store.audit import AuditStore
from bridge.store.board import BoardReads
from bridge.store.callbacks import CallbackStore
from bridge.store.clock import DatabaseClock
from bridge.store.desk_figures import DeskReads
from bridge.store.duty import DutyStore
from bridge.store.engine import Database
from bridge.store.notify import NotifyFanout
from bridge.store.outbox import OutboxStore
from bridge.store.outbox_admin import OutboxAdmin
from bridge.store.processes import worker_id
from bridge.store.recording import RecordingStore
from bridge.store.schema import state as schema_state
from bridge.store.sealing import Keyring
from bridge.store.tenants import TenantStore
from bridge.store.transcript import Transcripts
from bridge.store.vault import Vault
from bridge.telemetry import Metrics
from bridge.throttle import Rate, RequestThrottle
from bridge.timewords import TIMES
from bridge.web import build_application, calendar_routes, transcript_routes
from bridge.wiring.board import LiveBoard
from bridge.wiring.connecting import Connector
from bridge.wiring.tenants import TenantLoader

log = logging.getLogger(__name__)

OVERDUE = timedelta(seconds=3)
"""An effect of this process that nothing carries for so long has been lost on the way to its lane: the answer
to its commit was."""
TAKEN = 100
"""Effects of the dead that are taken over in one transaction."""
GRACE = timedelta(seconds=6)
"""For what is under way when the process is told to stop."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Service:
    """Built by `open`, run by `start`, ended by `stop`. `app` is what the web server serves."""

    def __init__(self, installation: Installation, database: Database, clock: Clock) -> None:
        self.installation = installation
        self.database = database
        self.clock = clock
        self.metrics = Metrics()
        self.outbox = OutboxStore(database)
        self.reads = BoardReads(database)
        self.recent = Recent(self.outbox, self.reads)
        self.fanout = LocalFanout() if database.sqlite else NotifyFanout(database, self.recent.elsewhere)
        self.registry = Registry()
        self.directory = LiveDirectory(installation.platforms)
        self.outbox_admin = OutboxAdmin(database)
        self.transcripts = Transcripts(database)
        self.audit = AuditStore(database)
        self.recorder = Recorder(
            RecordingStore(database), self.directory, clock, self._committed, self._in_doubt
        )
        packs = load_packs(available_languages())
        self.languages = LanguageDetector()
        self.router = Router(self.recorder, self.directory, self.recent, self.fanout, packs, self.languages)
        self.outbound = GuardedOutbound(installation.file.outbound.private_hosts)
        self.callbacks = CallbackStore(database)
        self.duty = Roster(
            DutyStore(database), self.callbacks, self.directory, self.fanout, clock, self._calendar
        )
        vault, tenants = Vault(database, clock), TenantStore(database)
        self.host = Host(
            inbound=self.router,
            board=LiveBoard(
                self.reads, self.callbacks, DeskReads(database), self.fanout, self._transcript_url
            ),
            directory=self.directory,
            secrets=DerivedSecrets(installation.file.master_key),
            clock=clock,
            http=self.outbound,
            public_url=installation.file.public_url,
            throttle=_throttle(installation),
            duty=self.duty,
            vault=vault,
            connecting=Connector(vault, tenants, self.directory, self._take_up, clock),
        )
        self.channels = self.registry.build_channels(self.host)
        self.desks = self.registry.build_desks(self.host)
        carrier = Carrier(
            self.recent, self.directory, self.channels, self.desks, self._transcript_url, self.duty
        )
        results = Results(self.recorder, self.outbox)
        asking = Asking(self.recent, self.router, self.directory.answerer, clock, results)
        self.dispatcher = Dispatcher(carrier, asking, results, clock, self._settled)
        carrier.lost = self._lost
        self._doubts: dict[Key, datetime] = {}
        """Conversations of which something may have been committed without an answer, and since when."""
        self.alarms = AlarmClock(self.outbox, self.router, clock, self.fanout, self.directory.tenants)
        self.tenants = TenantLoader(installation, tenants, self.directory, self.registry, self)
        self.adapters: list[ChannelAdapter | DeskAdapter] = [*self.channels.values(), *self.desks.values()]
        self.keeps_time = DatabaseClock()
        self.stopping = False
        self._readiness = (-1.0, False)

    @classmethod
    async def open(
        cls, installation: Installation, clock: Clock | None = None, *, store_new: bool = True
    ) -> "Service":
        """Opens the database and takes up the tenants. Raises Unavailable.

        `store_new`: tenants' files that the database does not know are stored first.
        """
        own = DatabaseClock()
        keyring = Keyring(installation.file.master_key)
        worker = worker_id()
        async with AsyncExitStack() as undo:
            database = await Database.open(installation.file.database, keyring, clock or own, worker)
            undo.push_async_callback(database.close)
            await own.set_by(database)
            service = cls(installation, database, clock or own)
            service.keeps_time = own
            undo.push_async_callback(service.outbound.close)
            if store_new:
                await service.tenants.store_new()
            await service.tenants.refresh()
            await service.duty.refresh()
            undo.pop_all()
        return service

    def application(self, extra: Sequence[web.AbstractRouteDef] = ()) -> web.Application:
        routes = [
            *(route for adapter in self.adapters for route in adapter.routes()),
            *transcript_routes(self.transcripts, self.router, self.host.throttle),
            *calendar_routes(self.callbacks, self.host.throttle),
            *extra,
        ]
        token = self.installation.file.admin_token
        return build_application(
            routes,
            ready=self.ready,
            metrics=self.figures,
            admin_token=token.get_secret_value() if token else "",
        )

    async def start(self) -> None:
        await self.recorder.start()
        await self.fanout.start()
        self.duty.start()
        for adapter in self.adapters:
            await adapter.start()
        await self.outbox.beat()
        await self.sweep()
        self.alarms.every(timedelta(seconds=3), self.outbox.beat, name="heartbeat")
        self.alarms.every(timedelta(seconds=3), self.keep_time, name="clock")
        self.alarms.every(timedelta(seconds=2), self.sweep, name="sweeper")
        self.alarms.every(timedelta(seconds=2), self.tenants.refresh, name="settings")
        self.alarms.every(timedelta(seconds=60), self.anchor, name="anchors")
        self.alarms.every(timedelta(seconds=5), self.duty.refresh, name="duty")
        self.alarms.every(timedelta(hours=1), self.follow_zones, name="zones", at_once=True)
        self.alarms.every(timedelta(seconds=15), self.duty.fetch, name="calendars", at_once=True)
        self.alarms.start()

    async def close_streams(self) -> None:
        """Before the web server stops: it would wait for open streams. Their readers reconnect."""
        self.stopping = True
        self.fanout.stop()
        for adapter in self.adapters:
            await adapter.stop()

    async def stop(self) -> None:
        """Lets what is under way arrive; what can't stays recorded and leaves with the next start."""
        await self.alarms.stop()
        await self.duty.stop()
        await self.dispatcher.stop(GRACE)
        await self.recorder.stop()
        if crash.armed:
            crash.at("drained")
        with contextlib.suppress(Unavailable, Conflict):
            await self.outbox.let_go()
        await self.fanout.close()
        await self.tenants.close()
        await self.outbound.close()
        await self.database.close()

    async def follow_zones(self) -> None:
        """Promised times stay on their clocks where the rules of a zone have changed."""
        for key in await self.callbacks.apart_from_their_zones(self.directory.tenants()):
            event = ZoneRulesChanged(tenant=key.tenant, conversation=key.conversation)
            await self.router.receive(event)

    async def keep_time(self) -> None:
        """Time is the database's, for all replicas alike."""
        await self.keeps_time.set_by(self.database)

    async def sweep(self) -> None:
        """Takes over what dead processes left, and what a lost answer to a commit left here."""
        while await self.outbox.any_lost() and await self._take_over():
            pass
        here = self.dispatcher.carried() | self.recorder.unmarked()
        now = self.clock.now()
        overdue = await self.outbox.own(now - OVERDUE, TAKEN)
        async with self.recorder.resting():  # what was being committed meanwhile is on its way by now
            here |= self.dispatcher.carried()
            self.dispatcher.dispatch(each for each in overdue if name_of(each) not in here)
        if len(overdue) < TAKEN:
            self._trust(now - OVERDUE)

    async def _take_over(self) -> bool:
        """Whether there was anything. Nothing is recorded meanwhile: it would leave before these."""
        async with self.recorder.resting():
            taken = await self.outbox.lease_lost(TAKEN)
            if crash.armed and taken:
                crash.at("taken-over")
            self.dispatcher.dispatch(taken)
        return bool(taken)

    async def anchor(self) -> None:
        """Anchors the audit chains; the line goes to wherever the logs go, outside the database."""
        for anchor in await self.audit.make_anchors(self.clock.now()):
            log.info("audit anchor", extra={"tenant": anchor.tenant, "n": anchor.n, "hash": anchor.hash})

    async def ready(self) -> dict[str, bool]:
        return {
            "database": await self._database_answers(),
            "recorder": self.recorder.running and not self.stopping,
            "timers": self.alarms.running,
        }

    async def figures(self) -> bytes:
        counts = await self.outbox_admin.outbox_counts()
        for status in ("pending", "dead"):
            self.metrics.outbox.labels(status).set(getattr(counts, status))
        age = (self.clock.now() - counts.oldest).total_seconds() if counts.oldest else 0.0
        self.metrics.oldest.set(max(age, 0.0))
        self.metrics.skew.set(self.keeps_time.skew.total_seconds())
        self.metrics.calendars.set(len(self.duty.trouble()))
        return self.metrics.text()

    async def idle(self) -> None:
        """Until nothing is queued or under way: for tests, never for sleeping."""
        while True:
            await self.recorder.drained()
            await self.dispatcher.settled()
            await asyncio.sleep(0)
            if not self.dispatcher.busy and self.recorder.idle:
                return

    def _committed(self, committed: Committed) -> None:
        self.metrics.recorded(committed.steps, self.clock.now())
        if any(step.decision.callbacks for step in committed.steps):
            self.duty.news()
        if any(c and c.times for step in committed.steps if (c := step.decision.conversation)):
            TIMES.load_soon()
        self.fanout.publish(topic for step in committed.steps for topic in _topics(step))
        self.dispatcher.dispatch(self.recent.committed(committed))
        self.alarms.set_for(committed.next_timer)

    def _in_doubt(self, events: Sequence[Event]) -> None:
        """The answer to a commit may have been lost: what is stored is read again, by streams too."""
        for event in events:
            key = Key(event.tenant, event.conversation)
            self._doubts[key] = self.clock.now()
            self.recent.doubt(key)
        self.fanout.publish(conversation_topic(event.tenant, event.conversation) for event in events)

    def _trust(self, until: datetime) -> None:
        """Whatever was lost until then is on its way."""
        for key in [key for key, since in self._doubts.items() if since <= until]:
            del self._doubts[key]
            self.recent.trust(key)

    def _lost(self, recorded: Recorded, earlier: Sequence[int]) -> bool:
        lacking = self.dispatcher.lacks(recorded, earlier) if earlier else ()
        if not lacking:
            return False
        known = self.recorder.unmarked()
        return any((recorded.tenant, recorded.conversation, number) not in known for number in lacking)

    async def _take_up(self) -> None:
        await self.tenants.refresh()

    async def _calendar(self, address: str) -> bytes:
        return await fetch(address, self.outbound)

    def _settled(self, settled: Settled) -> None:
        self.metrics.settled(settled)
        self.recent.settled(settled)

    def _transcript_url(self, token: str) -> str:
        return f"{self.installation.file.public_url.rstrip('/')}/transcripts/{token}"

    async def _database_answers(self) -> bool:
        """Asked at most once a second, however many ask."""
        at, answers = self._readiness
        if monotonic() - at >= 1:
            try:
                async with asyncio.timeout(3):
                    answers = await schema_state(self.installation.file.database) == "current"
            except (Unavailable, TimeoutError):
                answers = False
            self._readiness = (monotonic(), answers)
        return answers


def _throttle(installation: Installation) -> RequestThrottle:
    limits = installation.file.limits
    return RequestThrottle(
        Rate.parse(limits.per_address),
        Rate.parse(limits.per_session),
        trusted_proxies=limits.trusted_proxies,
    )


def _topics(step: Step) -> list[str]:
    conversation = step.decision.conversation
    if conversation is None:
        return []
    topics = [conversation_topic(conversation.tenant, conversation.id)]
    if conversation.handoff is not None:
        topics.append(desk_topic(conversation.tenant, conversation.handoff.desk))
    return topics
