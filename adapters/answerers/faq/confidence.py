"""How sure an answer is: features of the match, turned into a probability by a fitted map.

A logistic map, because it is calibrated where a raw BM25 score is not, and because its reasons
can be told. The figures are fitted by `python -m bench.faq_confidence --fit` and lie in
`confidence.json`, with a note of how; they are never changed by hand. Confidence is the
probability that the entry found is the right answer. The walk goes on in `answerer`.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from adapters.answerers.faq.index import Fit

FEATURES = ("coverage", "phrasing", "margin", "unknown", "brevity")
_IN_WORDS = (
    "{coverage:.0%} of the question's weight is in the entry and {unknown:.0%} in words that no entry "
    "has; {phrasing:.0%} alike the closest phrasing; {margin:.0%} ahead of the next entry; "
    "{terms} telling word(s)"
)


@dataclass(frozen=True, slots=True)
class Calibration:
    intercept: float
    weights: Mapping[str, float]
    verbatim: float
    """The share of right answers among questions that are a phrasing word for word: at least so."""
    small_talk: float
    """The share of messages taken for small talk that were."""
    tool: float
    """The share of tools called that were the right thing to do, given that the call succeeded."""
    nothing: float
    """For a question of which the folder knows no word."""

    def of(self, fit: Fit) -> float:
        log_odds = self.intercept + sum(weight * getattr(fit, name) for name, weight in self.weights.items())
        likely = 1 / (1 + math.exp(-log_odds))
        return max(likely, self.verbatim) if fit.verbatim else likely


@cache
def fitted() -> Calibration:
    """The figures that come with the package."""
    stored = json.loads(files(__package__).joinpath("confidence.json").read_text("utf-8"))
    return Calibration(
        intercept=stored["intercept"],
        weights=stored["weights"],
        verbatim=stored["verbatim"],
        small_talk=stored["small_talk"],
        tool=stored["tool"],
        nothing=stored["nothing"],
    )


def in_words(fit: Fit) -> str:
    """The features as a person reads them: `62% of the question's weight is in the entry …`."""
    if fit.verbatim:
        return "Word for word one of the entry's phrasings"
    return _IN_WORDS.format(
        coverage=fit.coverage,
        unknown=fit.unknown,
        phrasing=fit.phrasing,
        margin=fit.margin,
        terms=round(1 / fit.brevity),
    )
