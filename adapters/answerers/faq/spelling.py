"""Words the folder doesn't have, guessed as ones it has: one typing error, or two words run together.

A guess is only ever a word of the folder, and it counts for less than the word itself. Keeps to
one edit and to words of five letters and more: `boat` is not a wrong `boot`. The candidates come
from a table of deletions (the idea of SymSpell), so a guess costs microseconds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

MIN_LETTERS = 5
MAX_LETTERS = 32
_MIN_PART = 3


class Spelling:
    def __init__(self, known: Iterable[str], stem: Callable[[str], str]) -> None:
        self._known = frozenset(known)
        self._stem = stem
        self._by_deletion: defaultdict[str, list[str]] = defaultdict(list)
        for term in sorted(self._known):
            if len(term) >= MIN_LETTERS - 1 and term.isalpha():
                for shorter in {term, *_deletions(term)}:
                    self._by_deletion[shorter].append(term)

    def guess(self, term: str) -> tuple[str, ...]:
        """The known term or the two known terms that an unknown one stands for, or nothing."""
        if not MIN_LETTERS <= len(term) <= MAX_LETTERS or not term.isalpha():
            return ()
        return self._corrected(term) or self._parts(term)

    def _corrected(self, term: str) -> tuple[str, ...]:
        candidates = {known for key in (term, *_deletions(term)) for known in self._by_deletion.get(key, ())}
        near = [known for known in candidates if known[0] == term[0] and _one_edit(term, known)]
        return (min(near, key=lambda known: (abs(len(known) - len(term)), known)),) if near else ()

    def _parts(self, term: str) -> tuple[str, ...]:
        """`giftcard` is gift and card; `Versandpreis` is Versand and Preis, with or without an s."""
        for cut in range(len(term) - _MIN_PART, _MIN_PART - 1, -1):
            first, second = term[:cut], self._stem(term[cut:])
            for candidate in (first, first.removesuffix("s")):
                stem = self._stem(candidate)
                if len(stem) >= _MIN_PART and stem in self._known and second in self._known:
                    return (stem, second)
        return ()


def _deletions(term: str) -> Iterator[str]:
    return (term[:at] + term[at + 1 :] for at in range(len(term)))


def _one_edit(one: str, other: str) -> bool:
    """Whether one insertion, deletion, replacement or swap of neighbours makes them equal."""
    if len(one) > len(other):
        one, other = other, one
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    rest, other_rest = one[start:], other[start:]
    if len(one) < len(other):
        return len(other) - len(one) == 1 and rest == other_rest[1:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] == other_rest[1:] or swapped == other_rest
