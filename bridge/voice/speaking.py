"""A tenant's voice: picks the template, fills it in, and never fails before a customer."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from jinja2 import Template

from bridge.domain.backing import Unbacked
from bridge.domain.languages import base_language
from bridge.domain.model import Trigger
from bridge.domain.notices import STATED, Moment, NoticeFact, NoticeName
from bridge.domain.text import cut
from bridge.voice.library import GENERAL, Key, facts_of, read_folder, shipped
from bridge.voice.moments import in_words, zone_in_words

MAX_SPOKEN = 4_000
"""Characters of one notice or suggestion, signature included."""

_BLANK_LINES = re.compile(r"\n{3,}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TenantVoice:
    """Implements `bridge.domain.tenant.Voice`.

    The language is the customer's, then the tenant's first, then English; in each the tenant's own
    words go before the shipped ones, and a group's words before its trigger's.
    """

    company: str
    languages: tuple[str, ...] = ("en",)
    signature: str = ""
    own: Mapping[Key, Template] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        *,
        company: str,
        languages: tuple[str, ...],
        signature: str = "",
        folder: Path | None = None,
        own_groups: Iterable[str] = (),
    ) -> Self:
        """Raises VoiceError when anything in the tenant's folder can't be used."""
        own = read_folder(folder, tuple(own_groups)) if folder else {}
        return cls(company, languages, signature, own)

    def notice(self, name: NoticeName, language: str, **facts: NoticeFact) -> str:
        """Raises Unbacked where a fact is missing that the notice can't do without."""
        if missing := [fact for fact in STATED.get(name, ()) if not facts.get(fact)]:
            raise Unbacked(f"{name}: there is no {missing[0]}")
        return cut(self._speak((f"notices/{name}",), language, facts), MAX_SPOKEN)

    def suggestion(self, trigger: Trigger, group: str, language: str, **facts: str) -> str:
        names = (f"suggestions/{trigger}.{group}", f"suggestions/{trigger}")
        words = self._speak(names if group else names[1:], language, facts)
        if not self.signature:
            return cut(words, MAX_SPOKEN)
        return f"{cut(words, MAX_SPOKEN - len(self.signature) - 2)}\n\n{self.signature}"

    def zone(self, moment: Moment, language: str) -> str:
        return zone_in_words(moment, language)

    def _speak(self, names: tuple[str, ...], language: str, facts: Mapping[str, NoticeFact]) -> str:
        for tried, name, template in self._candidates(names, language):
            told = language if base_language(tried) == base_language(language) else tried
            known = {fact: in_words(fact, facts.get(fact, ""), told) for fact in facts_of(name)}
            known["company"] = known["company"] or self.company
            try:
                words = _BLANK_LINES.sub("\n\n", template.render(known)).strip()
            except Exception:  # a tenant's slip must not stop the customer's conversation
                _log.warning("a template failed and was passed over", extra={"template": f"{tried}/{name}"})
                continue
            if words:
                return words
        raise LookupError(f"no words for {names[-1]}")

    def _candidates(self, names: tuple[str, ...], language: str) -> Iterator[tuple[str, str, Template]]:
        for tried in _fallbacks(language, self.languages):
            for name in names:
                if template := self.own.get((tried, name)):
                    yield tried, name, template
            general = (GENERAL,) if names[0].startswith("suggestions/") else ()
            for name in (*names, *general):
                if template := shipped(tried, name):
                    yield tried, name, template


def _fallbacks(language: str, languages: tuple[str, ...]) -> Iterable[str]:
    first = languages[0] if languages else "en"
    wanted = (language, language.partition("-")[0], first, first.partition("-")[0], "en")
    return dict.fromkeys(wanted)
