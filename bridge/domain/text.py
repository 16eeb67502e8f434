"""Cutting and quoting a customer's words without breaking what they see as one character."""

import re
import unicodedata

ELLIPSIS = "…"
_JOINERS = "\u200d\ufe0e\ufe0f\u20e3"
_CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f\ufff9-\ufffb]")
_QUOTED = re.compile("\u201c([^\u201c\u201d]*)\u201d")
_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """White space folded; control and text-direction characters gone, so that no line reorders its frame."""
    return " ".join(_DIRECTION.sub("", _CONTROL.sub(" ", text)).split())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ended by an ellipsis where something is missing.

    Cuts between words when one ends in the last third, never inside a combined character
    (accents, emoji sequences, flags).
    """
    if len(text) <= limit:
        return text
    end = max(limit - 1, 0)
    space = text.rfind(" ", 0, end + 1)
    if space >= end * 2 // 3:
        end = space
    else:
        while end > 0 and _joined(text, end):
            end -= 1
    return text[:end].rstrip(" ,.;:") + ELLIPSIS


def quote(text: str, limit: int) -> str:
    """The words in quotation marks, isolated so that right-to-left text keeps to itself."""
    words = cut(one_line(text), limit - 2)
    return f"\u201c{isolated(words)}\u201d"


def told_line(text: str) -> str:
    """A line of ours that quotes somebody, from outside the domain: what is quoted keeps to itself again."""
    return _QUOTED.sub(lambda found: f"\u201c{isolated(found[1])}\u201d", one_line(text))


def isolated(words: str) -> str:
    """Right-to-left words that keep to themselves, whatever stands around them."""
    rtl = any(unicodedata.bidirectional(ch) in ("R", "AL") for ch in words)
    return f"\u2068{words}\u2069" if rtl else words


def _joined(text: str, at: int) -> bool:
    """Whether a cut before text[at] would part one visible character."""
    after, before = text[at], text[at - 1]
    if unicodedata.category(after).startswith("M") or after in _JOINERS or before == "\u200d":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    return _flag_half(after) and _flag_half(before) and _flags_before(text, at) % 2 == 1


def _flag_half(ch: str) -> bool:
    return "\U0001f1e6" <= ch <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    count = 0
    while count < at and _flag_half(text[at - 1 - count]):
        count += 1
    return count
