"""Reading: one message as one pack understands it, the only thing that patterns look at.

It must never hold meaning of its own: words come from `tokens`, classes from the pack's `lexicon`.
"""

from dataclasses import dataclass

from bridge.domain.signals.lexicon import Lexicon
from bridge.domain.signals.tokens import Words


@dataclass(frozen=True, slots=True)
class Reading:
    """`masks[i]`: classes of word i; `phrases[i]`: (size, classes) of phrases that start there."""

    words: Words
    masks: list[int]
    phrases: dict[int, list[tuple[int, int]]]
    present: int

    @property
    def breaks(self) -> tuple[int, ...]:
        """What stands before each word, and at the end."""
        return self.words.breaks


def read(words: Words, lexicon: Lexicon) -> Reading:
    """Look every word and phrase up."""
    masks = [lexicon.mask(word) for word in words.words]
    phrases: dict[int, list[tuple[int, int]]] = {}
    present = 0
    for index, mask in enumerate(masks):
        present |= mask
        if found := lexicon.phrases_at(words.words, index):
            kept = [(size, m) for size, m in found if not any(words.breaks[index + 1 : index + size])]
            if kept:
                phrases[index] = kept
                for _, phrase_mask in kept:
                    present |= phrase_mask
    return Reading(words, masks, phrases, present)
