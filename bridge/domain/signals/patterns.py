"""Patterns: short sequences of words and classes, as a pack writes them, and how they match.

    want                a word               a|<talk>       one of several
    <human>             a class of words     <mod>..        up to four in a row, or none
    please?             may be missing       ~3             up to three other words
    ^ $  ^^ $$          edge of a clause, of the message    ,     a break may stand here

Neighbouring elements must stand in one clause, and `~` never passes a negation: that is what
keeps composed patterns precise. It must never take more than bounded
work on any text. The walk goes on in `scopes`, which asks whether a match is meant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from bridge.domain.signals.lexicon import Lexicon
from bridge.domain.signals.reading import Reading

_REPEATS = 4


class Kind(Enum):
    """What an element of a pattern consumes."""

    WORDS = auto()
    GAP = auto()
    CLAUSE_START = auto()
    CLAUSE_END = auto()
    MESSAGE_START = auto()
    MESSAGE_END = auto()


_EDGES = {
    "^": Kind.CLAUSE_START,
    "$": Kind.CLAUSE_END,
    "^^": Kind.MESSAGE_START,
    "$$": Kind.MESSAGE_END,
}


@dataclass(frozen=True, slots=True)
class Element:
    """One step: `mask` of the classes it takes, how often, and whether a break may stand before it."""

    kind: Kind
    mask: int = 0
    low: int = 1
    high: int = 1
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern.

    `required` holds one mask for each element that cannot be missing; `anchor` is the rarest of
    them, by which a `PatternSet` finds the pattern at all; `opening` is what the first word must be.
    """

    source: str
    elements: tuple[Element, ...]
    required: tuple[int, ...]
    anchor: int
    opening: int


class PatternSet:
    """Patterns in a pack's order, found by the classes of a message's words.

    Without it every message would try every pattern: 246 µs against 50 on short messages.
    """

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._anchors = 0
        for pattern in self._patterns:
            self._anchors |= pattern.anchor
        self._by_mask = lru_cache(maxsize=16_384)(self._look_up)

    def may_match(self, reading: Reading) -> bool:
        """False only where no pattern can match anywhere."""
        return bool(reading.present & self._anchors)

    def candidates(self, reading: Reading) -> list[tuple[int, Pattern]]:
        """The patterns whose every needed class occurs, each with its number in the set."""
        if not self.may_match(reading):
            return []
        numbers: set[int] = set()
        for mask in reading.distinct:
            numbers.update(self._by_mask(mask))
        present = reading.present
        found = []
        for number in sorted(numbers):
            pattern = self._patterns[number]
            for mask in pattern.required:  # a plain loop: this is the hot path, all() is slower
                if not present & mask:
                    break
            else:
                found.append((number, pattern))
        return found

    def find_all(self, reading: Reading) -> Iterator[tuple[int, int]]:
        """Every place where any of the patterns matches."""
        for _, pattern in self.candidates(reading):
            yield from find_all(pattern, reading)

    def longest_at(self, reading: Reading, start: int) -> int:
        """How many words the longest match that starts at word `start` takes; 0 without one."""
        ends = (match_at(p, reading, start) for _, p in self.candidates(reading))
        return max((end - start for end in ends if end is not None), default=0)

    def follows(self, reading: Reading, end: int) -> bool:
        """Whether any pattern matches right after word position `end`, with no break between."""
        return any(match_at(p, reading, end, joined=True) is not None for _, p in self.candidates(reading))

    def _look_up(self, mask: int) -> tuple[int, ...]:
        return tuple(n for n, p in enumerate(self._patterns) if p.anchor & mask)


def literals(source: str) -> Iterator[str]:
    """The plain words a pattern names, which the lexicon must know before it is compiled."""
    for part in source.split():
        if part not in _EDGES and part != "," and not part.startswith("~"):
            for name in _strip(part).split("|"):
                if not name:
                    raise ValueError(f"pattern {source!r}: an alternative is empty")
                if not name.startswith("<"):
                    yield name


def compile_pattern(source: str, lexicon: Lexicon) -> Pattern:
    """Compile one line of a pack; KeyError names a class that the pack lacks."""
    elements: list[Element] = []
    loose = False
    for part in source.split():
        if part == ",":
            loose = True
            continue
        elements.append(_compile_element(part, lexicon, loose))
        loose = False
    required = tuple(e.mask for e in elements if e.kind is Kind.WORDS and e.low)
    if not required:
        raise ValueError(f"pattern {source!r}: every element may be missing")
    return Pattern(source, tuple(elements), required, min(required, key=lexicon.weight), _opening(elements))


def find_all(pattern: Pattern, reading: Reading) -> Iterator[tuple[int, int]]:
    """Every place the pattern matches, as word positions [start, end), left to right."""
    for start, mask in enumerate(reading.masks):
        if (mask & pattern.opening) or start in reading.phrases:
            end = match_at(pattern, reading, start)
            if end is not None and end > start:
                yield start, end


def match_at(pattern: Pattern, reading: Reading, start: int, *, joined: bool = False) -> int | None:
    """Where a match that starts at word `start` ends; `joined`: no break may stand before it."""
    return _match(pattern.elements, 0, start, -1 if joined else start, reading)


def _match(elements: tuple[Element, ...], index: int, at: int, start: int, reading: Reading) -> int | None:
    masks = reading.masks
    while index < len(elements):
        element = elements[index]
        if element.kind not in (Kind.WORDS, Kind.GAP):
            if not _at_edge(element.kind, at, reading):
                return None
        elif element.low == element.high == 1 and at not in reading.phrases:
            # The common step, without lists: one word, one way to go on.
            if at >= len(masks) or not masks[at] & element.mask:
                return None
            if at != start and reading.breaks[at] and not element.loose:
                return None
            at += 1
        else:
            return _match_any_length(elements, index, at, start, reading)
        index += 1
    return at


def _match_any_length(
    elements: tuple[Element, ...], index: int, at: int, start: int, reading: Reading
) -> int | None:
    for end in reversed(_ends(elements[index], at, start, reading)):
        matched = _match(elements, index + 1, end, start, reading)
        if matched is not None:
            return matched
    return None


def _ends(element: Element, at: int, start: int, reading: Reading) -> list[int]:
    """Positions after the element, shortest first."""
    ends = [at] if element.low == 0 else []
    frontier = [at]
    for _ in range(element.high):
        frontier = [e for here in frontier for e in _step(element, here, start, reading)]
        if not frontier:
            break
        ends.extend(frontier)
    return ends


def _step(element: Element, at: int, start: int, reading: Reading) -> tuple[int, ...]:
    masks = reading.masks
    if at >= len(masks) or (at != start and reading.breaks[at] and not element.loose):
        return ()
    if element.kind is Kind.GAP:
        return () if masks[at] & element.mask else (at + 1,)
    phrases = reading.phrases.get(at)
    if phrases is None:
        return (at + 1,) if masks[at] & element.mask else ()
    longer = tuple(at + size for size, mask in phrases if mask & element.mask)
    return (at + 1, *longer) if masks[at] & element.mask else longer


def _at_edge(kind: Kind, at: int, reading: Reading) -> bool:
    if kind is Kind.CLAUSE_START:
        return at == 0 or bool(reading.breaks[at])
    if kind is Kind.CLAUSE_END:
        return bool(reading.breaks[at])
    if kind is Kind.MESSAGE_START:
        return at == 0
    return at == len(reading.masks)


def _compile_element(part: str, lexicon: Lexicon, loose: bool) -> Element:
    if part in _EDGES:
        return Element(_EDGES[part])
    if part.startswith("~"):
        stops = lexicon.bit("not") | lexicon.bit("no")
        return Element(Kind.GAP, stops, 0, int(part[1:]), loose)
    mask = 0
    for name in _strip(part).split("|"):
        mask |= lexicon.bit(name[1:-1] if name.startswith("<") else "=" + name)
    if part.endswith(".."):
        return Element(Kind.WORDS, mask, 0, _REPEATS, loose)
    return Element(Kind.WORDS, mask, 0 if part.endswith("?") else 1, 1, loose)


def _opening(elements: list[Element]) -> int:
    """Every class that the first word of a match may have; all of them after a leading gap."""
    mask = 0
    for element in elements:
        if element.kind is Kind.GAP:
            return -1
        mask |= element.mask
        if element.kind is Kind.WORDS and element.low:
            break
    return mask


def _strip(part: str) -> str:
    return part.removesuffix("..").removesuffix("?")
