"""The index of one language's entries: which entries a question may mean, and how well they fit.

Built once at start; a search only reads. bm25s ranks twice, over each single phrasing and over
whole entries, because a short question looks like one phrasing, and a long one like an entry.
(Measured on the fitting half of bench/data/faq: right entry first in 0.86 of the questions
together, 0.78 and 0.83 alone, 0.82 to 0.83 with SQLite's FTS5.) The walk goes on in `confidence`.
"""

import logging
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bm25s
import numpy as np
from numpy.typing import NDArray

from adapters.answerers.faq.folder import Entry
from adapters.answerers.faq.spelling import Spelling
from adapters.answerers.faq.terms import Terms, terms_of, words

logging.getLogger("bm25s").setLevel(logging.WARNING)  # importing it sets DEBUG

MAX_TERMS = 60
"""A question's terms above it are left out: they are a letter, not a question."""
_PHRASING_WEIGHT = 2
"""How much more a word of a phrasing says about the entry than a word of its answer."""
_GUESSED_CREDIT = 0.7
"""What a match counts for when the word was corrected or split first."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the best entry fits a question: all from 0 to 1."""

    coverage: float
    """The share of the question's weight that the entry's words make up."""
    phrasing: float
    """How alike the question and the closest single phrasing are (F1 over term weights)."""
    margin: float
    """How far the best entry is ahead of the next, as a share of its score."""
    unknown: float
    """The share of the question's weight in words that no entry has."""
    brevity: float
    """One through the number of terms: a single word names a topic, seldom a question."""
    verbatim: bool = False
    """The question is one of the entry's phrasings word for word, and of no other entry's."""


@dataclass(frozen=True, slots=True)
class Match:
    """The entries found for a question, best first, with their scores; `fit` is the first one's."""

    ranked: tuple[tuple[Entry, float], ...]
    fit: Fit
    unknown_words: tuple[str, ...] = ()
    missed: frozenset[str] = frozenset()
    """The question's terms that the best entry doesn't have."""

    @property
    def best(self) -> Entry:
        return self.ranked[0][0]


class Index:
    """The entries of one language, ready to be searched."""

    def __init__(self, language: str, entries: Sequence[Entry]) -> None:
        self._language = language
        self._terms: Terms = terms_of(language)
        self._entries = tuple(entries)
        self._verbatim = _owned_phrasings(entries, language)
        phrasings = [[self._terms.of(text) for text in entry.phrasings] for entry in entries]
        answers = [self._terms.of(entry.answer) for entry in entries]
        self._phrasings = [[frozenset(terms) for terms in each if terms] for each in phrasings]
        self._all = [frozenset(a).union(*each) for each, a in zip(self._phrasings, answers, strict=True)]
        self._weights = _weights(self._all)
        self._unknown_weight = math.log(1 + 2 * len(entries) + 1)
        self._spelling = Spelling(self._weights, self._terms.stem)
        self._owners = np.array([at for at, each in enumerate(phrasings) for terms in each if terms])
        self._by_phrasing = _bm25([terms for each in phrasings for terms in each if terms], b=0.75)
        whole = [
            _PHRASING_WEIGHT * [term for terms in each for term in terms] + answer
            for each, answer in zip(phrasings, answers, strict=True)
        ]
        self._by_entry = _bm25(whole, b=0.5)

    def search(self, question: str, *, top: int = 3) -> Match | None:
        """The best entries; None when no word of the question is in any of them."""
        credits, unknown_words = self._read(question)
        known = [term for term, credit in credits.items() if credit]
        if not known:
            return None
        scores = self._scores(known)
        said = self._verbatim.get(tuple(words(question, self._language)))
        order = [int(at) for at in np.argsort(-scores, kind="stable") if scores[at] > 0]
        if said is not None:
            order.sort(key=lambda at: at != said)
        best = order[0]
        second = float(scores[order[1]]) if len(order) > 1 else 0.0
        margin = max(0.0, 1 - second / float(scores[best]))
        return Match(
            ranked=tuple((self._entries[at], float(scores[at])) for at in order[:top]),
            fit=self._fit(best, credits, margin, verbatim=best == said),
            unknown_words=unknown_words,
            missed=frozenset(credits) - self._all[best],
        )

    def _read(self, question: str) -> tuple[dict[str, float], tuple[str, ...]]:
        """The question's terms with their credit: 1 known, less when guessed, 0 unknown."""
        credits: dict[str, float] = {}
        unknown: list[str] = []
        for term in self._terms.of(question)[:MAX_TERMS]:
            if term in self._weights:
                credits[term] = 1.0
            elif guesses := self._spelling.guess(term):
                for guess in guesses:
                    credits.setdefault(guess, _GUESSED_CREDIT)
            elif not term.isdigit():  # a number is an amount, a size, a date: seldom the topic
                credits[term] = 0.0
                unknown.append(term)
        return credits, tuple(dict.fromkeys(unknown))

    def _scores(self, known: list[str]) -> NDArray[np.float32]:
        best_phrasing = np.zeros(len(self._entries), dtype=np.float32)
        if self._by_phrasing:
            np.maximum.at(best_phrasing, self._owners, _scores(self._by_phrasing, known))
        return best_phrasing + _scores(self._by_entry, known) if self._by_entry else best_phrasing

    def _fit(self, at: int, credits: Mapping[str, float], margin: float, *, verbatim: bool) -> Fit:
        total = sum(self._weight(term) for term in credits)
        unknown = sum(self._weight(term) for term, credit in credits.items() if not credit)
        return Fit(
            coverage=self._matched(credits, self._all[at]) / total,
            phrasing=max((self._alike(credits, p, total) for p in self._phrasings[at]), default=0),
            margin=margin,
            unknown=unknown / total,
            brevity=1 / len(credits),
            verbatim=verbatim,
        )

    def _alike(self, credits: Mapping[str, float], phrasing: frozenset[str], total: float) -> float:
        whole = total + sum(self._weight(term) for term in phrasing)
        return 2 * self._matched(credits, phrasing) / whole

    def _matched(self, credits: Mapping[str, float], among: frozenset[str]) -> float:
        return sum(c * self._weight(term) for term, c in credits.items() if term in among)

    def _weight(self, term: str) -> float:
        return self._weights.get(term, self._unknown_weight)


def _owned_phrasings(entries: Sequence[Entry], language: str) -> dict[tuple[str, ...], int]:
    """The words of every phrasing that only one entry has, with that entry's place."""
    owners: dict[tuple[str, ...], set[int]] = {}
    for at, entry in enumerate(entries):
        for phrasing in entry.phrasings:
            owners.setdefault(tuple(words(phrasing, language)), set()).add(at)
    return {said: at for said, (at, *others) in owners.items() if said and not others}


def _weights(documents: Sequence[frozenset[str]]) -> dict[str, float]:
    """The inverse document frequency of every term (the form that Lucene uses)."""
    frequency = Counter(term for document in documents for term in document)
    count = len(documents)
    return {term: math.log(1 + (count - n + 0.5) / (n + 0.5)) for term, n in frequency.items()}


def _bm25(documents: list[list[str]], *, b: float) -> bm25s.BM25 | None:
    """None when no document has a term, which bm25s can't index."""
    if not any(documents):
        return None
    ranker = bm25s.BM25(method="lucene", k1=1.2, b=b)
    ranker.index(documents, show_progress=False)
    return ranker


def _scores(ranker: bm25s.BM25, terms: list[str]) -> NDArray[np.float32]:
    scores: NDArray[np.float32] = ranker.get_scores_from_ids(ranker.get_tokens_ids(terms))
    return scores
