"""Hints inside one process: who waits for a conversation or a desk is woken when something was recorded.

Lossy by design: a hint says "look", never what is there. Several hints that nobody has read yet are
one; a slow reader holds one hint and a few typing signs, whatever happens.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager

from bridge.domain.ids import ConversationId, TenantId
from bridge.ports import Typing

MOST_TYPING = 4


def conversation_topic(tenant: TenantId, conversation: ConversationId) -> str:
    return f"c:{tenant}:{conversation}"


def desk_topic(tenant: TenantId, desk: str) -> str:
    return f"d:{tenant}:{desk}"


def conversation_of(topic: str) -> tuple[TenantId, ConversationId] | None:
    """Which conversation a topic is about; None for every other topic."""
    kind, _, rest = topic.partition(":")
    tenant, _, conversation = rest.rpartition(":")
    return (TenantId(tenant), ConversationId(conversation)) if kind == "c" else None


def is_desk(topic: str) -> bool:
    return topic.startswith("d:")


class _Follower:
    """One reader. It may stop waiting and come back for what it has missed meanwhile: nothing is lost.

    There is one for every open stream, however idle: it holds no queue until there is something in it.
    """

    __slots__ = ("_ended", "_hint", "_typing", "_waiter")

    def __init__(self) -> None:
        self._waiter: asyncio.Future[None] | None = None
        self._hint = False
        self._typing: deque[Typing] | None = None
        self._ended = False

    def hint(self) -> None:
        self._hint = True
        self._wake()

    def type(self, typing: Typing) -> None:
        if self._typing is None:
            self._typing = deque(maxlen=MOST_TYPING)
        self._typing.append(typing)
        self._wake()

    def end(self) -> None:
        self._ended = True
        self._wake()

    def __aiter__(self) -> "_Follower":
        return self

    async def __anext__(self) -> Typing | None:
        while True:
            if self._ended:
                raise StopAsyncIteration
            if self._typing:
                return self._typing.popleft()
            if self._hint:
                self._hint = False
                return None
            self._typing = None
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class LocalFanout:
    """All followers in this process: enough for SQLite. `store.notify` builds several processes on it."""

    def __init__(self) -> None:
        self._followers: dict[str, set[_Follower]] = defaultdict(set)
        self._stopped = False

    async def start(self) -> None:
        """Nothing to open: it begins with its first follower."""

    async def close(self) -> None:
        """Nothing to close."""

    def publish(self, topics: Iterable[str]) -> None:
        for topic in set(topics):
            for follower in self._followers.get(topic, ()):
                follower.hint()

    def hint_all(self) -> None:
        """For when hints may have been missed: everybody looks again."""
        for followers in self._followers.values():
            for follower in followers:
                follower.hint()

    def whisper(self, topic: str, typing: Typing) -> None:
        for follower in self._followers.get(topic, ()):
            follower.type(typing)

    def stop(self) -> None:
        """Ends every stream, so that their readers reconnect elsewhere."""
        self._stopped = True
        for followers in self._followers.values():
            for follower in followers:
                follower.end()

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[Typing | None]]:
        return _Subscription(self, topic)

    def join(self, topic: str, follower: _Follower) -> None:
        if self._stopped:
            follower.end()
        self._followers[topic].add(follower)

    def leave(self, topic: str, follower: _Follower) -> None:
        self._followers[topic].discard(follower)
        if not self._followers[topic]:
            del self._followers[topic]


class _Subscription(AbstractAsyncContextManager[AsyncIterator[Typing | None]]):
    """A class, since it stays as long as its stream: a generator with its frame is several times as large."""

    __slots__ = ("_fanout", "_follower", "_topic")

    def __init__(self, fanout: LocalFanout, topic: str) -> None:
        self._fanout = fanout
        self._topic = topic
        self._follower = _Follower()

    async def __aenter__(self) -> AsyncIterator[Typing | None]:
        self._fanout.join(self._topic, self._follower)
        return self._follower

    async def __aexit__(self, *_: object) -> None:
        self._fanout.leave(self._topic, self._follower)
