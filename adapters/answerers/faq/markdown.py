"""Markdown as the plain text a customer reads: marks gone, links kept readable.

A chat bubble, an SMS and an e-mail show the same words, so nothing here makes HTML. Never drops
words: what is not a known mark stays as it was written.
"""

import re

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\s]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)(?:\s+\"[^\"\n]*\")?\)")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^>\s]+)>")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![\w*_])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?![\w*_])", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_QUOTE = re.compile(r"^>\s?", re.MULTILINE)
_BULLET = re.compile(r"^(\s*)[*+]\s+", re.MULTILINE)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!>~|-])")
_SOFT_BREAK = re.compile(r"(?<!\n)(?<!  )\n(?!\n|\s*(?:[-*+]|\d+[.)])\s)")
_BLANK_LINES = re.compile(r"\n{3,}")


def plain(markdown: str) -> str:
    """The text as plain words: `[My orders](https://…)` becomes `My orders (https://…)`."""
    text = _COMMENT.sub("", markdown.replace("\r\n", "\n")).strip()
    text = _HEADING.sub("", _QUOTE.sub("", text))
    text = _BULLET.sub(r"\1- ", text)
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(_readable_link, text)
    text = _AUTOLINK.sub(lambda m: m[1].removeprefix("mailto:"), text)
    text = _STRONG.sub(r"\2", text)
    text = _EMPHASIS.sub(r"\2", text)
    text = _CODE.sub(r"\1", text)
    text = _SOFT_BREAK.sub(" ", text)
    text = re.sub(r"[ \t]+\n", "\n", text)
    return _BLANK_LINES.sub("\n\n", _ESCAPE.sub(r"\1", text)).strip()


def _readable_link(link: re.Match[str]) -> str:
    label, address = link[1], link[2].removeprefix("mailto:")
    return address if label == address else f"{label} ({address})"
