"""Folding: one spelling for what customers write in many, with the way back to their own words.

Case, accents, full-width letters, typographic apostrophes and invisible characters are evened out.
Every folded character remembers where it came from, so evidence is always cut from the original.
It must never look at more than `READ_LIMIT` characters: a message may be of any size. The walk
goes on in `tokens`.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

READ_LIMIT = 4_000
_APOSTROPHES = frozenset("\u2019\u2018\u02bc\u00b4`\u2032")
_MARKS = frozenset(
    chr(code)
    for first, last in ((0x0300, 0x036F), (0x0591, 0x05C7), (0x064B, 0x0652), (0x0640, 0x0640))
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)) in ("Mn", "Lm")
)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; `offsets[i]` is the index in `source` of folded character i (None: the same)."""

    source: str
    text: str
    offsets: Sequence[int] | None

    def original(self, start: int, end: int) -> str:
        """The customer's own characters behind the folded span [start, end)."""
        if self.offsets is None:
            return self.source[start:end]
        first = self.offsets[start]
        last = self.offsets[end] if end < len(self.offsets) else len(self.source)
        return self.source[first : max(last, first + 1)]


def fold(text: str) -> Folded:
    """Fold the first `READ_LIMIT` characters of `text`. Takes any string, lone surrogates too."""
    source = text[:READ_LIMIT]
    if source.isascii():
        return Folded(source, source.lower().replace("`", "'"), None)
    characters: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(source):
        for folded in _fold_character(character):
            characters.append(folded)
            offsets.append(index)
    return Folded(source, "".join(characters), offsets)


@lru_cache(maxsize=4_096)
def _fold_character(character: str) -> str:
    if character in _APOSTROPHES:
        return "'"
    if unicodedata.category(character) == "Cf":
        return ""
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    bare = "".join(part for part in decomposed if part not in _MARKS)
    # Composed again, so that a Hangul syllable or a voiced kana stays one character.
    return unicodedata.normalize("NFC", bare)
