"""Scopes: is a match meant? Negation, supposition, other people's business, quoted words.

A marker before a match governs it when it stands close enough and neither a break nor the start
of another thought ("but", "please", a new subject) lies between. A supposition that is negated is
a demand ("if I can't speak to a person…") and stands. It must never weigh words that the pack does
not name. The walk goes on in `detection`.
"""

from bridge.domain.signals.names import SignalName
from bridge.domain.signals.pack import Pack, Scope
from bridge.domain.signals.patterns import PatternSet
from bridge.domain.signals.reading import Reading
from bridge.domain.signals.tokens import find_quotations

Span = tuple[int, int]

# "If you don't mend this I'll sue" and "if I'm diabetic, can I take it?" mean what they name.
_STANDS_SUPPOSED = frozenset({"legal", "medical", "billing", "frustration"})
# What happened to a customer's child or parent still needs care; their refund is their own affair.
_STANDS_FOR_OTHERS = frozenset({"legal", "medical", "billing", "frustration"})


class Scopes:
    """The markers of one reading, looked up only once a candidate asks for them."""

    def __init__(self, reading: Reading, pack: Pack) -> None:
        self._reading = reading
        self._pack = pack
        self._breaker = pack.lexicon.bit("breaker")
        self._bridge = pack.lexicon.bit("bridge")
        self._denial = sum(pack.lexicon.bit(name) for name in ("not", "no", "cannot"))
        self._found: dict[int, list[Span]] = {}
        self._quoted: list[Span] | None = None

    def accept(self, name: SignalName, match: Span, vetoes: PatternSet) -> bool:
        """Whether the customer means this match: no veto, scope or quotation takes it back."""
        if any(_overlap(match, veto) for veto in vetoes.find_all(self._reading)):
            return False
        if self._is_quoted(match):
            return False
        if (marker := self._governor(match, self._pack.condition)) is not None:
            if not self._is_denied(marker, match) and name not in _STANDS_SUPPOSED:
                return False
        elif self._is_negated(match):
            return False
        if name in _STANDS_FOR_OTHERS:
            return True
        return self._governor(match, self._pack.others) is None

    def _is_negated(self, match: Span) -> bool:
        scope = self._pack.negation
        if scope.after.follows(self._reading, match[1]):
            return True
        return self._governor(match, scope) is not None

    def _is_denied(self, marker: Span, match: Span) -> bool:
        """Whether a supposition is of something *not* given: "if you don't …", "if I can't …"."""
        return any(mask & self._denial for mask in self._reading.masks[marker[1] : match[0]])

    def _governor(self, match: Span, scope: Scope) -> Span | None:
        """The marker of `scope` that governs the match, if any."""
        for marker in self._markers(scope):
            if self._reaches(marker, match[0], scope.reach):
                return marker
        return None

    def _markers(self, scope: Scope) -> list[Span]:
        key = id(scope)
        if key not in self._found:
            markers = list(scope.before.find_all(self._reading))
            harmless = list(scope.harmless.find_all(self._reading)) if markers else []
            self._found[key] = [m for m in markers if not any(_overlap(m, h) for h in harmless)]
        return self._found[key]

    def _reaches(self, marker: Span, start: int, reach: int) -> bool:
        first, end = marker
        if first >= start or start - end > reach or (end <= start and self._reading.breaks[start]):
            return False
        return not any(self._is_barrier(at, end) for at in range(end, start))

    def _is_barrier(self, at: int, after_marker: int) -> bool:
        """Another thought begins at word `at`, unless a bridge ("think", "if") leads into it."""
        if self._reading.breaks[at]:
            return True
        masks = self._reading.masks
        if not masks[at] & self._breaker:
            return False
        return not (at > 0 and masks[at - 1] & self._bridge)

    def _is_quoted(self, match: Span) -> bool:
        spans = self._reading.words.spans
        first, last = spans[match[0]][0], spans[match[1] - 1][1]
        return any(start <= first and last <= end for start, end in self._quotations())

    def _quotations(self) -> list[Span]:
        """Quotations that are not the customer's own words: not all of the message, not "I said"."""
        if self._quoted is None:
            folded = self._reading.words.folded
            own = [end for _, end in self._pack.quotation.harmless.find_all(self._reading)]
            self._quoted = [
                quotation
                for quotation in find_quotations(folded)
                if 2 * (quotation[1] - quotation[0]) < len(folded.text)
                and self._word_at(quotation[0]) not in own
            ]
        return self._quoted

    def _word_at(self, offset: int) -> int:
        """The first word at or after a character offset."""
        spans = self._reading.words.spans
        return next((i for i, (start, _) in enumerate(spans) if start >= offset), len(spans))


def _overlap(left: Span, right: Span) -> bool:
    return left[0] < right[1] and right[0] < left[1]
