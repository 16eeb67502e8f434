"""The tenant's entries in all their languages: what a question finds, with its confidence.

Built once at start from the folder; a look-up only reads, in well under a millisecond, so it may
run on the event loop. The walk goes on in `answerer`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.answerers.faq.confidence import Calibration, fitted
from adapters.answerers.faq.folder import Entry, read_folder
from adapters.answerers.faq.index import Index, Match
from adapters.answerers.faq.smalltalk import SmallTalk
from adapters.answerers.faq.terms import terms_of


@dataclass(frozen=True, slots=True)
class Found:
    match: Match
    confidence: float

    @property
    def entry(self) -> Entry:
        return self.match.best


class Library:
    def __init__(
        self, entries: Sequence[Entry], languages: Sequence[str], calibration: Calibration | None = None
    ) -> None:
        """`languages`: the tenant's, its first the one to fall back on."""
        self.calibration = calibration or fitted()
        self._first = languages[0] if languages else "en"
        self._indexes: dict[str, Index] = {}
        self._small_talk: dict[str, SmallTalk] = {}
        for language in dict.fromkeys(entry.language for entry in entries):
            own = [entry for entry in entries if entry.language == language]
            questions = [entry for entry in own if entry.kind == "answer"]
            if questions:
                self._indexes[language] = Index(language, questions)
            self._small_talk[language] = SmallTalk(e for e in own if e.kind == "smalltalk")

    @classmethod
    def read(cls, folder: Path, languages: Sequence[str]) -> "Library":
        """Reads the disk; raises FaqFolderError."""
        return cls(read_folder(folder, languages[0] if languages else "en"), languages)

    def small_talk(self, text: str, language: str) -> Entry | None:
        """The entry when the text is small talk alone; people say "hola" in any language."""
        others = sorted(self._small_talk, key=lambda known: known != language)
        return next((e for one in others if (e := self._small_talk[one].match(text))), None)

    def find(self, text: str, language: str) -> Found | None:
        """The best entry of the language, or of the tenant's first one where that fits better."""
        found = [
            Found(match, self.calibration.of(match.fit))
            for one in dict.fromkeys((language, self._first))
            if one in self._indexes and (match := self._indexes[one].search(text))
        ]
        return max(found, key=lambda each: each.confidence, default=None)

    def terms(self, text: str, language: str) -> frozenset[str]:
        """What the text is about, as terms; empty for filler alone."""
        return frozenset(terms_of(language).of(text))
