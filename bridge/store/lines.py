"""Lines: the recorder's own connections, driven without a layer between.

One transaction is `begin` with what it wants to read, then `write` with what it changes, which commits.
Everything else in the store goes through SQLAlchemy; these two are on the way of every message, and the
driver alone carries them in a third of the time. `postgresql_line` and `sqlite_line` implement a line.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

from bridge.ports import Unavailable
from bridge.store.errors import is_lost, translated
from bridge.store.lookups import Wanted

if TYPE_CHECKING:
    from bridge.store.queries import Query

Row = Mapping[Any, Any]
Rows = Mapping[str, Sequence[dict[str, Any]]]
"""What a commit changes: the rows of each part, by the part's name (`statements.PARTS`)."""


READERS = 4
"""Queries at a time: each is short."""


class Line(Protocol):
    """One connection."""

    async def begin(self, tenants: Collection[str], wanted: Wanted | None) -> Sequence[Row]:
        """Begins a transaction for these tenants' rows, locks the conversations, and reads what is wanted."""
        ...

    async def places(self, desks: Sequence[tuple[str, str]]) -> Sequence[Row]:
        """Within the transaction: the booked places of these desks, (tenant, desk) each."""
        ...

    async def entries(self, named: Sequence[tuple[str, str, int]]) -> Sequence[Row]:
        """Within the transaction: these entries, (tenant, conversation, seq) each."""
        ...

    async def held(self, conversations: Sequence[tuple[str, str]]) -> Sequence[Row]:
        """Within the transaction: what their customers are still to be sent, (tenant, conversation) each."""
        ...

    async def write(self, rows: Rows) -> Collection[str]:
        """Changes, and commits. Gives back conversations in which another process has effects still.

        Raises Conflict when a guarded row was changed meanwhile.
        """
        ...

    async def read(self, query: "Query", parameters: Mapping[str, Any]) -> Sequence[Row]:
        """One query outside any transaction."""
        ...

    async def roll_back(self) -> None:
        """Leaves nothing behind; the line can be used again."""
        ...

    def drop(self) -> None:
        """Ends the connection at once, whatever is under way on it."""
        ...


class Lines:
    """The lines of one process: opened as they are needed, kept for the next transaction."""

    def __init__(self, connect: Callable[[], Awaitable[Line]]) -> None:
        self._connect = connect
        self._idle: list[Line] = []
        self._reading = asyncio.Semaphore(READERS)

    async def read(self, query: "Query", parameters: Mapping[str, Any]) -> Sequence[Row]:
        """Raises Unavailable. A line that was lost while it was idle is worth another try, not an error."""
        async with self._reading:
            try:
                return await self._read(query, parameters)
            except Unavailable:
                return await self._read(query, parameters)

    async def _read(self, query: "Query", parameters: Mapping[str, Any]) -> Sequence[Row]:
        async with self.take() as line:
            return await line.read(query, parameters)

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Line]:
        """A line for one transaction. Raises Conflict, Unavailable."""
        with translated():
            line = self._idle.pop() if self._idle else await self._connect()
            try:
                yield line
            except Exception as error:
                if is_lost(error) or is_lost(error.__cause__):
                    line.drop()
                    self._drop_idle()
                else:
                    await self._keep(line)
                raise
            except BaseException:
                line.drop()
                raise
            self._idle.append(line)

    def close(self) -> None:
        self._drop_idle()

    async def _keep(self, line: Line) -> None:
        """After an error of the transaction's own: the connection is sound, as a rule."""
        try:
            await line.roll_back()
        except Exception:
            line.drop()
        else:
            self._idle.append(line)

    def _drop_idle(self) -> None:
        """Where one connection gave no answer, those of its age give none either."""
        while self._idle:
            with suppress(Exception):
                self._idle.pop().drop()
