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

FEATURES = ("coverage", "phrasing", "margin", "unknown")
_WORDS = {
    "coverage": "of the question's weight is in the entry",
    "phrasing": "alike the closest phrasing",
    "margin": "ahead of the next entry",
    "unknown": "of the question's weight is in words the FAQ doesn't have",
}


@dataclass(frozen=True, slots=True)
class Calibration:
    intercept: float
    weights: Mapping[str, float]
    small_talk: float
    """The share of messages taken for small talk that were."""
    tool: float
    """The share of tools called that were the right thing to do, given that the call succeeded."""
    nothing: float
    """For a question of which the folder knows no word."""

    def of(self, fit: Fit) -> float:
        log_odds = self.intercept + sum(
            weight * getattr(fit, name) for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-log_odds))


@cache
def fitted() -> Calibration:
    """The figures that come with the package."""
    stored = json.loads(files(__package__).joinpath("confidence.json").read_text("utf-8"))
    return Calibration(
        intercept=stored["intercept"],
        weights=stored["weights"],
        small_talk=stored["small_talk"],
        tool=stored["tool"],
        nothing=stored["nothing"],
    )


def in_words(fit: Fit) -> str:
    """The features as a person reads them: `62 % of the question's weight is in the entry, …`."""
    return ", ".join(f"{getattr(fit, name):.0%} {_WORDS[name]}" for name in FEATURES)
