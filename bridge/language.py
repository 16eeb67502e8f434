"""Which of a tenant's languages a message is in. Undecided is an answer: short texts often are."""

import copy
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from bridge.domain.languages import base_language

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SURE = 0.8
SHORTEST = 12
"""Letters below which a guess is worth less than what was known before."""


@cache
def _model() -> "LanguageIdentifier":
    """A second of work: once a process, and only where there is anything to tell apart."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


class LanguageDetector:
    """Narrows the model once to each set of languages."""

    def __init__(self) -> None:
        self._narrowed: dict[tuple[str, ...], LanguageIdentifier | None] = {}

    def prepare(self, languages: Sequence[str]) -> None:
        """Loads what `detect` needs for a tenant's languages: when they are taken up, not while a message
        waits. Takes a second the first time; safe in a thread."""
        self._among(tuple(sorted({base_language(code) for code in languages})))

    def detect(self, text: str, languages: tuple[str, ...]) -> str:
        """One of `languages` (codes without a region), or an empty string when it is not clear."""
        identifier = self._among(languages)
        if identifier is None or sum(ch.isalpha() for ch in text[:200]) < SHORTEST:
            return ""
        language, probability = identifier.classify(text[:1000])
        return str(language) if probability >= SURE else ""

    def _among(self, languages: tuple[str, ...]) -> "LanguageIdentifier | None":
        """None where nothing can be told apart: of one language, or of one that the model does not know,
        which would be taken for another."""
        if languages not in self._narrowed:
            self._narrowed[languages] = _narrowed(languages) if len(languages) > 1 else None
        return self._narrowed[languages]


def _narrowed(languages: tuple[str, ...]) -> "LanguageIdentifier | None":
    model = _model()
    if not set(languages) <= set(model.labels):
        return None
    identifier = copy.copy(model)
    identifier.set_languages(list(languages))
    return identifier
