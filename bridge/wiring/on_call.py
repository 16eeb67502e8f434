"""`check`: who is on call now at each desk, the gaps of the next seven days, and broken calendars.

Reads the settings' hours and fetches their calendars as the service would. With the database at hand it
also knows the agents' own switches and the last copies of calendars that can't be fetched now.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.calendars import BrokenCalendar, fetch, read_calendar
from bridge.domain.ids import TenantId
from bridge.domain.rota import HORIZON, Calendar, Rota, Shift
from bridge.outbound import GuardedOutbound
from bridge.settings import Installation, Problem, TenantSettings
from bridge.settings.rotas import compile_rota
from bridge.store.duty import DutyStore
from bridge.wiring.opening import open_database

WEEK = timedelta(days=7)
MEND = "mend the calendar, or take it out"


@dataclass(frozen=True, slots=True)
class OnCallReport:
    lines: Sequence[str]
    problems: Sequence[Problem]


def on_call_report(installation: Installation, *, online: bool) -> OnCallReport:
    """`online`: the database may be asked. Raises Unavailable, SettingsError when it then can't be."""
    return asyncio.run(_report(installation, online))


async def _report(installation: Installation, online: bool) -> OnCallReport:
    async with AsyncExitStack() as stack:
        store = None
        if online:
            store = DutyStore(await stack.enter_async_context(open_database(installation)))
        http = GuardedOutbound(installation.file.outbound.private_hosts)
        stack.push_async_callback(http.close)
        looks = [
            _Look(settings, desk, http, store)
            for settings in installation.tenants.values()
            if settings.file.on_call  # without any schedule everybody is always on call
            for desk in settings.desks
        ]
        await asyncio.gather(*(look.look() for look in looks))
    return OnCallReport(
        [line for look in looks for line in look.lines], [p for look in looks for p in look.problems]
    )


class _Look:
    """One desk, looked at once."""

    def __init__(
        self, settings: TenantSettings, desk: str, http: GuardedOutbound, store: DutyStore | None
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._http = http
        self._store = store
        self._now = datetime.now(UTC)
        self.lines: list[str] = []
        self.problems: list[Problem] = []

    async def look(self) -> None:
        entries = self._settings.file.on_call.get(self._desk, ())
        rota = compile_rota(entries, self._settings.file.timezone, self._settings.folder)
        places = [index for index, entry in enumerate(entries) if entry.ical is not None]
        shifts: list[Shift] = []
        for index, calendar in zip(places, rota.calendars, strict=True):
            shifts += await self._calendar(index, calendar)
        tenant = TenantId(self._settings.id)
        switches = await self._store.switches_of(tenant, self._desk) if self._store else ()
        self._say(rota.live(tuple(shifts), switches))

    async def _calendar(self, index: int, calendar: Calendar) -> Sequence[Shift]:
        try:
            return await self._read(index, calendar, await fetch(calendar.address, self._http))
        except BrokenCalendar as error:
            copy = await self._copy(calendar)
            still = "its last copy is in use" if copy else "it puts nobody on call"
            self._problem(index, f"{error}; {still}")
        try:
            return await self._read(index, calendar, copy) if copy else ()
        except BrokenCalendar:
            return ()

    async def _read(self, index: int, calendar: Calendar, body: bytes) -> Sequence[Shift]:
        reading = await asyncio.to_thread(read_calendar, body, calendar, self._now, self._now + HORIZON)
        for remark in reading.remarks:
            self._problem(index, remark)
        return reading.shifts

    async def _copy(self, calendar: Calendar) -> bytes | None:
        if self._store is None:
            return None
        return await self._store.body(TenantId(self._settings.id), calendar.address)

    def _problem(self, index: int, why: str) -> None:
        path = ("on_call", self._desk, index, "ical")
        self.problems.append(self._settings.document.problem(path, why, MEND))

    def _say(self, rota: Rota) -> None:
        place = f"{self._settings.id}/{self._desk}"
        if not rota.scheduled:
            self.lines.append(f"on call: {place}: always, as it has no schedule")
            return
        names = ", ".join(agent.name for agent in rota.line(self._now))
        if rota.on_call(self._now):
            self.lines.append(f"on call: {place}: {names or 'somebody of the desk'} now")
        else:
            start = rota.next_start(self._now)
            then = (
                f"next {_at(start, rota)} ({rota.zone})"
                if start
                else f"and nobody in the next {HORIZON.days} days"
            )
            self.lines.append(f"on call: {place}: nobody now, {then}")
        free = rota.gaps(self._now, self._now + WEEK)
        gaps = "; ".join(f"{_at(start, rota)} to {_at(end, rota)}" for start, end in free)
        zoned = f"{gaps} ({rota.zone})" if gaps else "none"
        self.lines.append(f"on call: {place}: gaps in the next 7 days: {zoned}")


def _at(at: datetime, rota: Rota) -> str:
    return f"{at.astimezone(rota.zone):%a %d %b %H:%M}"
