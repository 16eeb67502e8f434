"""Tokens: the words of a message and the breaks between them.

Two ways to cut, chosen by the pack and never by guessing: on spaces, or, for languages written
without them, by the longest word the pack knows. It must never drop the position of a word. The
walk goes on in `reading`, where a pack gives the words their meaning.
"""

import re
from dataclasses import dataclass

from bridge.domain.signals.folding import Folded

NO_BREAK, CLAUSE, SENTENCE = 0, 1, 2

# Vowel signs that Python does not count as word characters: Hebrew to Khmer, without the dandas.
_SIGNS = "\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0e4e\u1000-\u1049\u1780-\u17d3"
_WORD = rf"\d+(?:[.,]\d+)+|[^\W_]+(?:(?:'(?=[^\W_])|[{_SIGNS}])+[^\W_]*)*"
_SPACED = re.compile(_WORD)
_LATIN_WORD = r"\d+(?:[.,]\d+)*|[a-z]+(?:'[a-z]+)*"
_SENTENCE_BREAK = re.compile(r"[.!?\u2026\n\r\u3002\uff01\uff1f\u061f\u0964\u0965\u00bf\u00a1]")
_CLAUSE_BREAK = re.compile(r"[,;:()\[\]\u3001\uff0c\uff1b\uff1a\u061b\u060c\u2013\u2014]|\s-+\s|--")
_QUOTATION = re.compile(
    r"\"[^\"\n]{1,400}\"|\u201c[^\u201d\u201c\n]{1,400}[\u201d\u201c]|\u201e[^\u201c\u201d\n]{1,400}[\u201c\u201d]"
    r"|\u00ab[^\u00bb\n]{1,400}\u00bb|\u300c[^\u300d\n]{1,400}\u300d"
    r"|(?<!\w)'[^'\n]{2,400}'(?!\w)|(?m:^[ \t]*>.*$)"
)


@dataclass(frozen=True, slots=True)
class Words:
    """Words with their spans in the folded text. `breaks[i]` stands before word i; one more at the end."""

    folded: Folded
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    breaks: tuple[int, ...]

    def original(self, start: int, end: int) -> str:
        """The customer's own text from word `start` up to word `end`."""
        return self.folded.original(self.spans[start][0], self.spans[end - 1][1])


def vocabulary_pattern(vocabulary: frozenset[str]) -> re.Pattern[str]:
    """Cuts text without spaces: the longest known word first, else one character."""
    known = "|".join(re.escape(word) for word in sorted(vocabulary, key=lambda w: (-len(w), w)))
    return re.compile(rf"{known}|{_LATIN_WORD}|[^\W_]" if known else rf"{_LATIN_WORD}|[^\W_]")


def cut(folded: Folded, pattern: re.Pattern[str] = _SPACED) -> Words:
    """Cut folded text into words, by spaces unless a vocabulary's pattern is given."""
    text = folded.text
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    breaks: list[int] = []
    previous_end = 0
    for match in pattern.finditer(text):
        start, end = match.span()
        gap = text[previous_end:start]
        breaks.append(NO_BREAK if gap in (" ", "") else _weigh(gap))
        words.append(match.group())
        spans.append((start, end))
        previous_end = end
    breaks.append(SENTENCE)
    return Words(folded, tuple(words), tuple(spans), tuple(breaks))


def find_quotations(folded: Folded) -> tuple[tuple[int, int], ...]:
    """Spans in quotation marks and quoted mail lines: words that may not be the customer's own."""
    return tuple(match.span() for match in _QUOTATION.finditer(folded.text))


def _weigh(gap: str) -> int:
    if _SENTENCE_BREAK.search(gap):
        return SENTENCE
    return CLAUSE if _CLAUSE_BREAK.search(gap) else NO_BREAK
