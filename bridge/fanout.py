"""Hints inside one process: who waits for a conversation or a desk is woken when something was recorded.

Lossy by design: a hint says "look", never what is there. Several hints that nobody has read yet are
one; a slow reader holds one hint and a few typing signs, whatever happens.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

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
    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._hint = False
        self._typing: deque[Typing] = deque(maxlen=MOST_TYPING)
        self._ended = False

    def hint(self) -> None:
        self._hint = True
        self._woken.set()

    def type(self, typing: Typing) -> None:
        self._typing.append(typing)
        self._woken.set()

    def end(self) -> None:
        self._ended = True
        self._woken.set()

    async def __aiter__(self) -> AsyncIterator[Typing | None]:
        while True:
            await self._woken.wait()
            self._woken.clear()
            if self._ended:
                return
            while self._typing:
                yield self._typing.popleft()
            if self._hint:
                self._hint = False
                yield None


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

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[AsyncIterator[Typing | None]]:
        follower = _Follower()
        if self._stopped:
            follower.end()
        self._followers[topic].add(follower)
        try:
            yield aiter(follower)
        finally:
            self._followers[topic].discard(follower)
            if not self._followers[topic]:
                del self._followers[topic]
