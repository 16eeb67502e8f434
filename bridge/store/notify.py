"""Hints between the replicas on one PostgreSQL: LISTEN and NOTIFY, on one connection of their own.

What is published wakes this process's followers at once and waits here for the next flush to the others.
Never inside a writing transaction: NOTIFY holds a lock of the whole database through the commit's fsync,
which left 0.12 of the commits when it was measured; coalesced after the commit it leaves 0.93.

Lossy by design. What is stored is the truth, so whoever follows looks again after every new connection.
A process hears itself too: an echo that stays away shows a dead line, or a pooler that can not LISTEN.
"""

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from bridge.fanout import LocalFanout
from bridge.ports import Typing
from bridge.store.engine import Database, postgresql_connection
from bridge.store.errors import translated

log = logging.getLogger(__name__)

CHANNEL = "handoff_bridge"
NOTIFY = "SELECT pg_notify($1, told) FROM unnest($2::text[]) AS told"
ROOM = 7900
"""Bytes of one payload; PostgreSQL takes less than 8000."""
EVERYTHING = "*"
"""In the place of a topic: look at everything again."""

FLUSH = 0.005
"""Seconds between two flushes at least. Alone, a hint waits for nobody."""
BEAT = 10.0
"""Seconds after which a quiet line is tried with an empty hint."""
PATIENCE = 5.0
"""Seconds for a flush and its echo; then the line counts as dead."""
LAST_WORDS = 1.0
"""Seconds to tell what still waits when the process stops."""
FIRST_BACKOFF = 0.1
LONGEST_BACKOFF = 30.0

MOST_TOPICS = 5000
"""Topics that wait; more become EVERYTHING."""
MOST_TYPING = 100
"""Typing signs that wait; more are dropped."""
LONGEST_NAME = 80

Told = str | tuple[str, str, str]
"""A topic to look at; or a topic, who types there, and their name."""


class NotifyFanout:
    """Implements `bridge.ports.Fanout` for several processes. `start` opens the line, `close` ends it."""

    def __init__(self, database: Database, elsewhere: Callable[[str], None] = lambda topic: None) -> None:
        """`elsewhere` is told each topic in which another process recorded something, or EVERYTHING."""
        self._database = database
        self._elsewhere = elsewhere
        self._local = LocalFanout()
        self._waiting = Backlog()
        self._woken = asyncio.Event()
        self._told = asyncio.Event()
        self._told.set()
        self._echo = asyncio.Event()
        self._failures = 0
        self._line: asyncio.Task[None] | None = None

    # the port

    def publish(self, topics: Iterable[str]) -> None:
        topics = set(topics)
        if topics:
            self._local.publish(topics)
            self._waiting.hint(topics)
            self._wake()

    def whisper(self, topic: str, typing: Typing) -> None:
        self._local.whisper(topic, typing)
        self._waiting.type(topic, typing)
        self._wake()

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[Typing | None]]:
        return self._local.subscribe(topic)

    # its life

    async def start(self) -> None:
        """Never waits for the line: until it is there, streams read again with every keep-alive."""
        self._line = asyncio.create_task(self._keep(), name="notify")

    def stop(self) -> None:
        """Ends every stream; what is recorded while the process stops is still told to the others."""
        self._local.stop()

    async def close(self) -> None:
        if self._line is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._told.wait()
        self._line.cancel()
        await asyncio.gather(self._line, return_exceptions=True)
        self._line = None

    def _wake(self) -> None:
        self._told.clear()
        self._woken.set()

    # the line

    async def _keep(self) -> None:
        """One line after another, as long as the process lives."""
        while True:
            try:
                async with self._connected() as connection:
                    await self._converse(connection)
            except Exception as error:
                why = f"{type(error).__name__}: {error}"
                log.warning("other replicas are not heard for the moment", extra={"why": why})
            await asyncio.sleep(backoff(self._failures))
            self._failures += 1

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        with translated():
            connection = await postgresql_connection(self._database.writer.url)
            try:
                yield connection
            finally:
                connection.terminate()

    async def _converse(self, connection: Any) -> None:
        """Ends only with an error: a line that is closed is noticed with the next word on it."""
        connection.add_termination_listener(lambda _: self._woken.set())
        await connection.add_listener(CHANNEL, self._heard)
        await self._tell(connection)
        self._failures = 0
        self._elsewhere(EVERYTHING)
        self._local.hint_all()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self._woken.wait()
            await self._tell(connection)
            await asyncio.sleep(FLUSH)

    async def _tell(self, connection: Any) -> None:
        """Everything that waits, in one statement. What may not have arrived becomes EVERYTHING."""
        self._woken.clear()
        self._echo.clear()
        told = self._waiting.take()
        try:
            async with asyncio.timeout(PATIENCE):
                await connection.execute(NOTIFY, CHANNEL, payloads(self._database.worker_id, told))
                await self._echo.wait()
        except BaseException:
            self._waiting.hint([EVERYTHING])
            raise
        if not self._waiting:
            self._told.set()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        worker, told = read(payload)
        if worker == self._database.worker_id:
            self._echo.set()
            return
        for each in told:
            if isinstance(each, str):
                self._elsewhere(each)
            if each == EVERYTHING:
                self._local.hint_all()
            elif isinstance(each, str):
                self._local.publish([each])
            else:
                topic, author, name = each
                self._local.whisper(topic, Typing(author, name))


class Backlog:
    """What the other replicas are to be told next: each topic once, each author's typing once."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._typing: dict[tuple[str, str], str] = {}

    def __bool__(self) -> bool:
        return bool(self._topics or self._typing)

    def hint(self, topics: Iterable[str]) -> None:
        self._topics.update(topics)
        if EVERYTHING in self._topics or len(self._topics) > MOST_TOPICS:
            self._topics = {EVERYTHING}

    def type(self, topic: str, typing: Typing) -> None:
        if len(self._typing) < MOST_TYPING:
            self._typing[topic, typing.author] = typing.name[:LONGEST_NAME]

    def take(self) -> list[Told]:
        """Hints before typing: somebody who types has often just done something."""
        taken: list[Told] = [*self._topics]
        taken += [(topic, author, name) for (topic, author), name in self._typing.items()]
        self._topics.clear()
        self._typing.clear()
        return taken


def payloads(worker: str, told: Iterable[Told]) -> list[str]:
    """JSON arrays, who tells first; at least one. ASCII, so that a byte is a character in any database."""
    full: list[str] = []
    payload = json.dumps(worker)
    for each in told:
        item = json.dumps(each)
        if len(payload) + len(item) > ROOM:
            full.append(payload)
            payload = json.dumps(worker)
        payload += f",{item}"
    return [f"[{one}]" for one in (*full, payload)]


def read(payload: str) -> tuple[str, Sequence[Told]]:
    """What `payloads` wrote; nobody and nothing when it is somebody else's."""
    try:
        written = json.loads(payload)
    except ValueError:
        return "", ()
    match written:
        case [str(worker), *items]:
            return worker, [told for item in items if (told := _told(item)) is not None]
    return "", ()


def _told(item: object) -> Told | None:
    match item:
        case str():
            return item
        case [str(topic), str(author), str(name)]:
            return topic, author, name
    return None


def backoff(failures: int) -> float:
    """Full jitter: replicas that lost one database together do not come back together."""
    return random.uniform(FIRST_BACKOFF, min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (failures + 1)))  # noqa: S311
