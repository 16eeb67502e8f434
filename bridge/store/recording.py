"""The recorder's store: one transaction a batch, in a fixed number of statements whatever its size.

Locks and loads (`loading`), lets the recorder decide, and writes (`batch`, `settling`). A conversation is
changed only where its epoch is still the one that was loaded: a second fence behind the lock. A row that
another replica made meanwhile is a Conflict, and the recorder tries the whole batch again.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from bridge.domain.events import Event, Outcome, TimerDue
from bridge.domain.ids import ConversationId, EventKey, TenantId
from bridge.domain.model import Entry
from bridge.domain.transitions.change import Snapshot
from bridge.ports import Key, Settled, Step, Written
from bridge.store.batch import Batch
from bridge.store.engine import Database
from bridge.store.lines import Line
from bridge.store.loading import Loaded, Loading
from bridge.store.settling import settled_rows
from bridge.store.workers import announce


class RecordingStore:
    """Implements `bridge.ports.Store`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(
        self, events: Sequence[Event], settled: Sequence[Settled] = ()
    ) -> AsyncIterator["Recording"]:
        """Raises Conflict, Unavailable, and UnknownTenant for a tenant without stored settings.

        `settled` names further tenants whose rows may be written.
        """
        database = self._database
        tenants = {event.tenant for event in events} | {each.recorded.tenant for each in settled}
        await database.unlock(tenants)
        await announce(database)
        loading = Loading(events, database.keyring, database.memory)
        async with database.lines.take() as line:
            loaded = loading.read(await line.begin(tenants, loading.wanted()))
            if desks := loading.desks(loaded):
                loading.take_places(loaded, await line.places(desks))
            if holders := loading.holders(loaded):
                loading.take_held(loaded, await line.held(holders))
            if named := loading.entries(loaded):
                loading.take_entries(loaded, await line.entries(named))
            recording = Recording(line, database, loaded, events)
            yield recording
            if not recording.committed:
                await line.roll_back()


class Recording:
    """Implements `bridge.ports.Transaction`."""

    def __init__(
        self,
        line: Line,
        database: Database,
        loaded: Loaded,
        events: Sequence[Event],
    ) -> None:
        self._line = line
        self._database = database
        self._loaded = loaded
        self._rung = [event for event in events if isinstance(event, TimerDue)]
        self.committed = False
        self.snapshots: Mapping[Key, Snapshot] = loaded.snapshots
        self.repeats: Mapping[tuple[TenantId, EventKey], Outcome] = loaded.repeats
        self.entries: Mapping[tuple[Key, int], Entry] = loaded.entries

    async def write(self, steps: Sequence[Step], settled: Sequence[Settled], now: datetime) -> Written:
        """An alarm that rang and changed nothing is over too, or it would ring for ever."""
        batch = Batch(self._loaded, self._database.keyring, self._database.worker_id, now)
        for step in steps:
            batch.add(step)
        rows = batch.rows(self._rung) | settled_rows(settled, now)
        shared = await self._line.write(rows)
        self.committed = True
        for key, row, conversation in batch.known:
            self._database.memory.wrote(key, row, conversation)
        return Written(_ids(shared), batch.links)


def _ids(shared: Collection[str]) -> frozenset[ConversationId]:
    return frozenset(map(ConversationId, shared))
