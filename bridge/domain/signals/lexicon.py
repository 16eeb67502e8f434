"""Lexicon: which classes a word belongs to, by spelling, stem, ending or a single typing slip.

A class is a set of words or short phrases with one meaning (`want`, `talk`, `human`); a word's
classes are one integer, a bit each, so that patterns compare them in one operation. It must never
correct a short word: one letter turns too many of them into another. The walk goes on in
`patterns`.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from bridge.domain.signals.folding import fold
from bridge.domain.signals.tokens import cut

_SHORTEST_SLIP = 5  # letters; below it a slip is more often another word


class Lexicon:
    """Classes by number. `masks(word)` is memoised: the words of a language are few and repeat."""

    def __init__(self, classes: Mapping[str, Iterable[str]], slips: Iterable[str]) -> None:
        self._bits = {name: 1 << index for index, name in enumerate(classes)}
        self._words: dict[str, int] = {}
        self._stems: dict[int, dict[str, int]] = {}
        self._endings: dict[int, dict[str, int]] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        self._weights = [sum(map(_weigh, entries)) for entries in classes.values()]
        for name, entries in classes.items():
            for entry in entries:
                self._add(entry, self._bits[name])
        self._slips = _index_slips(word for word in slips if word in self._words)
        self.mask = lru_cache(maxsize=16_384)(self._look_up)

    def bit(self, name: str) -> int:
        """The bit of a class; KeyError for a class that no pack section defines."""
        return self._bits[name]

    def weight(self, mask: int) -> int:
        """How common the words of `mask` are, roughly; the less, the better to search by."""
        total = 0
        while mask:
            lowest = mask & -mask
            total += self._weights[lowest.bit_length() - 1]
            mask ^= lowest
        return total

    def vocabulary(self) -> frozenset[str]:
        """Every plain word, for cutting text that has no spaces."""
        return frozenset(self._words) | {word for stems in self._stems.values() for word in stems}

    def phrases_at(self, words: tuple[str, ...], start: int) -> list[tuple[int, int]]:
        """(number of words, mask) of each phrase of several words that starts at `start`."""
        return [
            (len(phrase), mask)
            for phrase, mask in self._phrases.get(words[start], ())
            if words[start : start + len(phrase)] == phrase
        ]

    def opens_phrase(self, word: str) -> bool:
        """Whether any phrase begins with `word`: asked for every word, so as little as can be."""
        return word in self._phrases

    def _add(self, entry: str, bit: int) -> None:
        if entry.endswith("*"):
            stem = fold(entry[:-1]).text
            stems = self._stems.setdefault(len(stem), {})
            stems[stem] = stems.get(stem, 0) | bit
        elif entry.startswith("*"):
            ending = fold(entry[1:]).text
            endings = self._endings.setdefault(len(ending), {})
            endings[ending] = endings.get(ending, 0) | bit
        elif len(words := cut(fold(entry)).words) > 1 and " " in entry:
            self._phrases.setdefault(words[0], []).append((words, bit))
        else:
            word = fold(entry).text
            self._words[word] = self._words.get(word, 0) | bit

    def _look_up(self, word: str) -> int:
        mask = self._words.get(word, 0)
        length = len(word)
        for size, stems in self._stems.items():
            if length >= size:
                mask |= stems.get(word[:size], 0)
        for size, endings in self._endings.items():
            if length > size:
                mask |= endings.get(word[-size:], 0)
        if not mask and length >= _SHORTEST_SLIP and self._slips:
            return self._words.get(self._unslip(word), 0)
        return mask

    def _unslip(self, word: str) -> str:
        for shorter in _without_one(word):
            for candidate in self._slips.get(shorter, ()):
                if _one_slip_apart(word, candidate):
                    return candidate
        return ""


def _weigh(entry: str) -> int:
    """Short words are the common ones in any language."""
    return 30 if len(entry) <= 3 else 1


def _index_slips(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Words by each form that lacks one letter (the symmetric-delete index of SymSpell)."""
    index: dict[str, tuple[str, ...]] = {}
    for word in sorted(set(words)):
        if len(word) >= _SHORTEST_SLIP:
            for shorter in _without_one(word):
                index[shorter] = (*index.get(shorter, ()), word)
    return index


def _without_one(word: str) -> set[str]:
    if len(word) > 24:  # no word in any pack is longer; bounds the work on pasted keys and links
        return set()
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _one_slip_apart(left: str, right: str) -> bool:
    """One letter wrong, missing, doubled or two swapped; the first letter may only be swapped."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    rest, other = left[start:], right[start:]
    if rest[:2] == other[1::-1] and len(rest) > 1 and rest[2:] == other[2:]:
        return True
    if start == 0:
        return False
    return rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]
