"""Greetings and thanks: recognised only when they are all that was said.

"Hi, where is my order?" is a question; "hi there!" is small talk. So every word must belong to a
small-talk phrasing: there is no score and no best guess here. The walk goes on in `answerer`.
"""

import re
from collections.abc import Iterable

from adapters.answerers.faq.folder import Entry
from adapters.answerers.faq.terms import words

MAX_WORDS = 16
_DRAWN_OUT = re.compile(r"(.)\1{2,}")


class SmallTalk:
    def __init__(self, entries: Iterable[Entry]) -> None:
        self._phrasings: dict[tuple[str, ...], Entry] = {}
        for entry in entries:
            for phrasing in entry.phrasings:
                self._phrasings.setdefault(_said(phrasing), entry)
        self._phrasings.pop((), None)
        self._longest = max(map(len, self._phrasings), default=0)

    def match(self, text: str) -> Entry | None:
        """The entry of the last phrase in a text made of small talk alone; else None."""
        said = _said(text)
        if not 0 < len(said) <= MAX_WORDS:
            return None
        # reached[n]: the entry of the last phrase when the first n words are small talk.
        reached: list[Entry | None] = [None] * (len(said) + 1)
        for end in range(1, len(said) + 1):
            for start in range(max(0, end - self._longest), end):
                entry = self._phrasings.get(said[start:end])
                if entry and (start == 0 or reached[start]):
                    reached[end] = entry
                    break
        return reached[-1]


def _said(text: str) -> tuple[str, ...]:
    """The words, with `hiiii` as `hi`."""
    return tuple(_DRAWN_OUT.sub(r"\1", word) for word in words(text))
