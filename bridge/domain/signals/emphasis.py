"""Emphasis: shouting, which no word list sees. Capitals with exclamation, in any cased script.

It must never take joy for anger: a pack's `cheerful` words are asked by the caller.
"""

import re

from bridge.domain.signals.folding import READ_LIMIT

_LEAST_LETTERS = 12
_LEAST_WORDS = 3
_CAPITAL_SHARE = 0.8
_RUN = re.compile(r"\S.*\S", re.DOTALL)


def find_shouting(text: str) -> str | None:
    """The text, trimmed, when nearly all of it is capitals and it exclaims; else None."""
    read = text[:READ_LIMIT]
    if "!" not in read and "\uff01" not in read:
        return None
    cased = [c for c in read if c.isupper() or c.islower()]
    if len(cased) < _LEAST_LETTERS:
        return None
    if sum(c.isupper() for c in cased) < _CAPITAL_SHARE * len(cased):
        return None
    words = [w for w in read.split() if any(c.isalpha() for c in w)]
    match = _RUN.search(read)
    return match.group() if match and len(words) >= _LEAST_WORDS else None
