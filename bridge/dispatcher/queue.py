"""What waits in one lane, in the order in which it was recorded; updates of a card that follow each other
leave as one."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bridge.domain.effects import SyncCard
from bridge.ports import Recorded


class Queue:
    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self._waiting: deque[Recorded] = deque()
        self._merged: list[Recorded] = []
        """The updates that the first one which waits stands for, itself the last of them, as they were."""

    def __iter__(self) -> Iterator[Recorded]:
        yield from self._waiting
        yield from self._merged[:-1]

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def first(self) -> Recorded:
        return self._waiting[0]

    def put(self, recorded: Recorded) -> None:
        """Behind what was recorded earlier: what is taken over from a dead process may come first."""
        place = len(self._waiting)
        while place > 0 and self._waiting[place - 1].effect.number > recorded.effect.number:
            place -= 1
        self._waiting.insert(place, recorded)

    def again(self, recorded: Recorded, changed: Recorded) -> None:
        self._waiting[self._waiting.index(recorded)] = changed

    def brings(self, number: int) -> bool:
        """Whether it is done with the one that leaves first."""
        return any(each.effect.number == number for each in self._merged[:-1])

    def merge(self) -> None:
        """Several updates of one card that follow each other are one: it is drawn from the newest state."""
        waiting = self._waiting
        while len(waiting) > 1 and _of_one_card(waiting[0], waiting[1]):
            older = waiting.popleft()
            if not self._merged:
                self._merged.append(older)
            self._merged.append(waiting[0])
            waiting[0] = _standing_for(older, waiting[0])

    def part(self) -> bool:
        """Each for itself again: what another process has comes between them, or was taken over just now.
        Whether there was anything to part."""
        if not self._merged:
            return False
        oldest, *others, newest = self._merged
        merged = next(each for each in self._waiting if each.effect.number == newest.effect.number)
        self._waiting.remove(merged)
        for each in (_tried(oldest, merged), *others, replace(merged, effect=newest.effect)):
            self.put(each)
        self._merged = []
        return True

    def ended(self, recorded: Recorded) -> Sequence[Recorded]:
        """It has left. Those that it stood for have with it."""
        self._waiting.remove(recorded)
        done, self._merged = self._merged[:-1], []
        return done

    def keep_only_first(self) -> None:
        while len(self._waiting) > 1:
            self._waiting.pop()


def _of_one_card(older: Recorded, newer: Recorded) -> bool:
    one, other = older.effect, newer.effect
    return isinstance(one, SyncCard) and isinstance(other, SyncCard) and one.handoff == other.handoff


def _standing_for(older: Recorded, newer: Recorded) -> Recorded:
    """The newer one, which pages if the older one was to, and looks for a card that it may have posted."""
    one, other = older.effect, newer.effect
    assert isinstance(one, SyncCard)
    assert isinstance(other, SyncCard)
    effect = replace(other, page=other.page or one.page)
    return replace(_tried(newer, older), effect=effect)


def _tried(recorded: Recorded, other: Recorded) -> Recorded:
    """With the knowledge that `other` was tried: the card may be posted, and is looked for first."""
    return replace(
        recorded,
        attempts=recorded.attempts or min(other.attempts, 1),
        uncertain=recorded.uncertain or other.uncertain,
    )
