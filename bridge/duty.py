"""The duty roster: who is on call now, from hours, calendars and the agents' own switches.

Keeps what the core needs to know in the directory, so that decisions stay pure: a calendar's newest copy
and the switches go into each desk's `Rota`, at once where this process changed them and by a hint where
another did. A calendar that can't be fetched keeps its last copy, and that is said; one of which there
never was a copy puts nobody on call.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bridge.calendars import BrokenCalendar, Reading, read_calendar
from bridge.domain.callback import Taken
from bridge.domain.ids import TenantId
from bridge.domain.model import Agent
from bridge.domain.rota import HORIZON, Calendar, Rota, Shift, Switch
from bridge.domain.tenant import Tenant
from bridge.fanout import desk_topic
from bridge.ports import Clock, Fanout, OnCall, Unavailable

log = logging.getLogger(__name__)

TOPIC = "duty"
FETCH_EVERY = timedelta(minutes=5)
AT_ONCE = 8
"""Calendars that are fetched at the same time: a host that does not answer keeps no other tenant waiting."""
SEEN_BACK = timedelta(days=2)
READ_ANEW = timedelta(days=1)
"""The shifts of the next weeks are worked out again after so long, whether or not the calendar changed."""


class CalendarCopy(Protocol):
    @property
    def fetched_at(self) -> datetime | None: ...
    @property
    def tried_at(self) -> datetime: ...
    @property
    def why(self) -> str: ...


class Store(Protocol):
    """What the roster needs of the store."""

    async def switches(
        self, tenants: Collection[TenantId]
    ) -> Mapping[tuple[TenantId, str], tuple[Switch, ...]]: ...
    async def switches_of(self, tenant: TenantId, desk: str) -> tuple[Switch, ...]: ...
    async def switch(self, tenant: TenantId, desk: str, switch: Switch) -> None: ...
    async def copies(
        self, addresses: Collection[tuple[TenantId, str]]
    ) -> Mapping[tuple[TenantId, str], CalendarCopy]: ...
    async def body(self, tenant: TenantId, address: str) -> bytes | None: ...
    async def try_calendar(self, tenant: TenantId, address: str, now: datetime, every: timedelta) -> bool: ...
    async def keep_calendar(
        self, tenant: TenantId, address: str, body: bytes, now: datetime, why: str
    ) -> None: ...
    async def calendar_failed(self, tenant: TenantId, address: str, why: str) -> None: ...


class Bookings(Protocol):
    """Booked callbacks, so that a time on offer is a free one."""

    async def booked(
        self, tenants: Collection[TenantId]
    ) -> Mapping[tuple[TenantId, str], tuple[Taken, ...]]: ...


class LiveRotas(Protocol):
    """What the roster needs of the directory."""

    def tenant(self, tenant: str) -> Tenant | None: ...
    def tenants(self) -> Collection[TenantId]: ...
    def staff(self, tenant: TenantId, desk: str, rota: Rota) -> None:
        """From now on decisions see this rota; nothing happens where the settings changed meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class _Read:
    """A calendar's copy as it was read."""

    copied: datetime
    at: datetime
    reading: Reading


@dataclass(frozen=True, slots=True)
class CalendarTrouble:
    """A calendar whose newest try failed, or of which something was left out."""

    tenant: TenantId
    desk: str
    why: str
    copied: datetime | None
    """Of when the copy is that is still in use; None when there is none."""


class Roster:
    """Implements `bridge.ports.Duty`. `refresh` and `fetch` are run again and again by the alarm clock."""

    def __init__(
        self,
        store: Store,
        bookings: Bookings,
        rotas: LiveRotas,
        fanout: Fanout,
        clock: Clock,
        fetch: Callable[[str], Awaitable[bytes]],
    ) -> None:
        self._store = store
        self._bookings = bookings
        self._rotas = rotas
        self._fanout = fanout
        self._clock = clock
        self._fetch = fetch
        self._reads: dict[tuple[TenantId, Calendar], _Read] = {}
        self._said: dict[tuple[TenantId, Calendar], str] = {}
        self._trouble: dict[tuple[TenantId, str, int], CalendarTrouble] = {}
        self._watching: asyncio.Task[None] | None = None

    # the port

    async def on_call(self, tenant: TenantId, desk: str) -> OnCall:
        """The switches are read as they stand in the database at this moment."""
        found = self._rotas.tenant(tenant)
        rota = found.rota(desk) if found else Rota()
        rota = rota.live(rota.calendar, await self._store.switches_of(tenant, desk), rota.taken)
        return self._as_of_now(rota)

    async def switch(
        self, tenant: TenantId, desk: str, agent: Agent, on: bool, *, until: datetime | None = None
    ) -> OnCall:
        await self._store.switch(tenant, desk, Switch(agent, on, self._clock.now(), until))
        self._fanout.publish([TOPIC, desk_topic(tenant, desk)])
        await self.refresh([tenant])
        return await self.on_call(tenant, desk)

    # what keeps it true

    def news(self) -> None:
        """Something was booked here, or freed: all processes look again."""
        self._fanout.publish([TOPIC])

    def start(self) -> None:
        self._watching = asyncio.create_task(self._watch(), name="duty")

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None

    async def refresh(self, tenants: Collection[TenantId] | None = None) -> None:
        """Brings what is stored into the rotas that decisions see."""
        served = self._rotas.tenants() if tenants is None else tenants
        if not served:
            return
        switches = await self._store.switches(served)
        copies = await self._store.copies(self._addresses(served))
        booked = await self._bookings.booked(served)
        for tenant in served:
            found = self._rotas.tenant(tenant)
            if found is None:
                continue
            desks = {desk for owner, desk in (*switches, *booked) if owner == tenant}
            for desk in {*found.rotas, *desks}:
                rota, place = found.rota(desk), (tenant, desk)
                shifts = await self._shifts(tenant, desk, rota, copies)
                live = rota.live(shifts, switches.get(place, ()), booked.get(place, ()))
                if live != rota:
                    self._rotas.staff(tenant, desk, live)

    async def fetch(self) -> None:
        """Fetches what is due; of several replicas one does. Others are told to look."""
        due = await self._calendars_due()
        places = asyncio.Semaphore(AT_ONCE)

        async def one(tenant: TenantId, calendar: Calendar) -> bool:
            async with places:
                now = self._clock.now()
                if await self._store.try_calendar(tenant, calendar.address, now, FETCH_EVERY):
                    return await self._fetch_one(tenant, calendar)
                return False

        if any(await asyncio.gather(*(one(*each) for each in due))):
            self._fanout.publish([TOPIC])
            await self.refresh()

    def trouble(self) -> list[CalendarTrouble]:
        """What is wrong with calendars now."""
        return list(self._trouble.values())

    async def _fetch_one(self, tenant: TenantId, calendar: Calendar) -> bool:
        """A copy is kept only when it can be read: a web page never takes a good copy's place."""
        now = self._clock.now()
        try:
            body = await self._fetch(calendar.address)
            reading = await self._read(body, calendar, now)
        except BrokenCalendar as error:
            await self._store.calendar_failed(tenant, calendar.address, str(error))
            return True
        remarks = "; ".join(reading.remarks)
        await self._store.keep_calendar(tenant, calendar.address, body, now, remarks)
        return True

    async def _calendars_due(self) -> Collection[tuple[TenantId, Calendar]]:
        tenants = self._rotas.tenants()
        copies = await self._store.copies(self._addresses(tenants))
        found = {tenant: known for tenant in tenants if (known := self._rotas.tenant(tenant))}
        stale = self._clock.now() - FETCH_EVERY
        return {
            (tenant, calendar)
            for tenant, known in found.items()
            for rota in known.rotas.values()
            for calendar in rota.calendars
            if (copy := copies.get((tenant, calendar.address))) is None or copy.tried_at <= stale
        }

    def _addresses(self, tenants: Collection[TenantId]) -> set[tuple[TenantId, str]]:
        found = [(tenant, self._rotas.tenant(tenant)) for tenant in tenants]
        rotas = [(tenant, rota) for tenant, known in found if known for rota in known.rotas.values()]
        return {(tenant, calendar.address) for tenant, rota in rotas for calendar in rota.calendars}

    async def _shifts(
        self,
        tenant: TenantId,
        desk: str,
        rota: Rota,
        copies: Mapping[tuple[TenantId, str], CalendarCopy],
    ) -> tuple[Shift, ...]:
        shifts: list[Shift] = []
        for index, calendar in enumerate(rota.calendars):
            copy = copies.get((tenant, calendar.address))
            self._say(tenant, desk, index, calendar, copy)
            if copy is None or copy.fetched_at is None:
                continue
            shifts += (await self._copy(tenant, calendar, copy.fetched_at)).shifts
        return tuple(shifts)

    async def _copy(self, tenant: TenantId, calendar: Calendar, fetched_at: datetime) -> Reading:
        now = self._clock.now()
        known = self._reads.get((tenant, calendar))
        if known and known.copied == fetched_at and now - known.at < READ_ANEW:
            return known.reading
        body = await self._store.body(tenant, calendar.address)
        try:
            reading = await self._read(body or b"", calendar, now)
        except BrokenCalendar:  # another version of the bridge could read it
            reading = Reading(())
        self._reads[tenant, calendar] = _Read(fetched_at, now, reading)
        return reading

    async def _read(self, body: bytes, calendar: Calendar, now: datetime) -> Reading:
        return await asyncio.to_thread(read_calendar, body, calendar, now - SEEN_BACK, now + HORIZON)

    def _say(
        self, tenant: TenantId, desk: str, index: int, calendar: Calendar, copy: CalendarCopy | None
    ) -> None:
        """Once for each change: an operator's log is not a metronome."""
        why = copy.why if copy else ""
        copied = copy.fetched_at if copy else None
        if why:
            self._trouble[tenant, desk, index] = CalendarTrouble(tenant, desk, why, copied)
        else:
            self._trouble.pop((tenant, desk, index), None)
        if why == self._said.get((tenant, calendar), ""):
            return
        self._said[tenant, calendar] = why
        about = {"tenant": tenant, "desk": desk, "why": why, "copy": copied.isoformat() if copied else "none"}
        if why:
            log.warning("a calendar is in trouble; only its last copy counts", extra=about)
        else:
            log.info("a calendar is well again", extra=about)

    async def _watch(self) -> None:
        async with self._fanout.subscribe(TOPIC) as hints:
            async for _ in hints:
                try:
                    await self.refresh()
                except Unavailable:
                    continue  # the alarm clock refreshes again soon

    def _as_of_now(self, rota: Rota) -> OnCall:
        now = self._clock.now()
        switches = tuple(switch for switch in rota.switches if switch.holds(now))
        return OnCall(rota.on_call(now), rota.line(now), rota.next_start(now), switches)
