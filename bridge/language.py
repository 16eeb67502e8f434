"""Which of a tenant's languages a message is in. Undecided is an answer: short texts often are."""

import copy
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

SURE = 0.8
SHORTEST = 12
"""Letters below which a guess is worth less than what was known before."""


@cache
def _model() -> LanguageIdentifier:
    """Most of a second of work: once a process."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


class LanguageDetector:
    """Loads its model once and narrows it once to each set of languages."""

    def __init__(self) -> None:
        self._all = _model()
        self._known = set(self._all.labels)
        self._narrowed: dict[tuple[str, ...], LanguageIdentifier] = {}

    def detect(self, text: str, languages: tuple[str, ...]) -> str:
        """One of `languages` (codes without a region), or an empty string when it is not clear."""
        known = tuple(code for code in languages if code in self._known)
        if len(known) < 2 or len(known) < len(languages):
            return ""  # a language that the model does not know would be taken for another
        if sum(ch.isalpha() for ch in text[:200]) < SHORTEST:
            return ""
        language, probability = self._among(known).classify(text[:1000])
        return str(language) if probability >= SURE else ""

    def _among(self, languages: tuple[str, ...]) -> LanguageIdentifier:
        if languages not in self._narrowed:
            identifier = copy.copy(self._all)
            identifier.set_languages(list(languages))
            self._narrowed[languages] = identifier
        return self._narrowed[languages]
