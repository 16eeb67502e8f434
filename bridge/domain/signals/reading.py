"""Reading: one message as one pack understands it, the only thing that patterns look at.

It must never hold meaning of its own: words come from `tokens`, classes from the pack's `lexicon`.
"""

from dataclasses import dataclass

from bridge.domain.signals.lexicon import Lexicon
from bridge.domain.signals.tokens import Words


@dataclass(frozen=True, slots=True)
class Reading:
    """`masks[i]`: classes of word i; `phrases[i]`: (size, classes) of phrases that start there.

    `distinct` and `present` are all of these masks, as a set and as one.
    """

    words: Words
    masks: list[int]
    phrases: dict[int, list[tuple[int, int]]]
    distinct: frozenset[int]
    present: int

    @property
    def breaks(self) -> tuple[int, ...]:
        """What stands before each word, and at the end."""
        return self.words.breaks


def read(words: Words, lexicon: Lexicon) -> Reading:
    """Look every word and phrase up."""
    masks = [lexicon.mask(word) for word in words.words]
    phrases: dict[int, list[tuple[int, int]]] = {}
    distinct = set(masks)
    for index, word in enumerate(words.words):
        if lexicon.opens_phrase(word) and (found := _phrases_at(index, words, lexicon)):
            phrases[index] = found
            distinct.update(mask for _, mask in found)
    present = 0
    for mask in distinct:
        present |= mask
    return Reading(words, masks, phrases, frozenset(distinct), present)


def _phrases_at(index: int, words: Words, lexicon: Lexicon) -> list[tuple[int, int]]:
    return [
        (size, mask)
        for size, mask in lexicon.phrases_at(words.words, index)
        if not any(words.breaks[index + 1 : index + size])
    ]
