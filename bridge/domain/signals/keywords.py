"""Keywords: a tenant's own policy words, found as whole words whatever their case and accents.

Keywords are forced: no rule of meaning applies, "no class action" fires too. It must never match
inside a longer word, except in scripts that put no spaces between words.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from bridge.domain.signals.folding import fold

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def find_keywords(text: str, keywords: Sequence[str]) -> str | None:
    """The customer's own characters where the first of `keywords` stands in `text`, or None."""
    if not keywords:
        return None
    pattern = _compile(tuple(keywords))
    folded = fold(text)
    found = pattern.search(folded.text) if pattern else None
    return folded.original(*found.span()) if found else None


@lru_cache(maxsize=256)
def _compile(keywords: tuple[str, ...]) -> re.Pattern[str] | None:
    parts = [part for keyword in keywords if (part := _spell(keyword))]
    return re.compile("|".join(parts)) if parts else None


def _spell(keyword: str) -> str:
    """A keyword as a pattern: any run of spaces between its words, no letter on either side."""
    words = [re.escape(word) for word in fold(keyword).text.split()]
    if not words:
        return ""
    joined = r"[\s\-]+".join(words)
    if _UNSPACED.search(unicodedata.normalize("NFKC", keyword)):
        return joined
    return rf"(?<![^\W_]){joined}(?![^\W_])"
