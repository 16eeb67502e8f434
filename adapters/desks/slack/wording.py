"""Text between two worlds: what Slack sends becomes plain words, and foreign words stay inert in Slack.

Slack marks up with `<…>` and escapes `& < >`. A customer never sees such markup, and a customer's own
text never becomes markup: it mentions nobody, links nowhere and formats nothing.
https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.domain.text import cut, one_line

_TOKEN = re.compile(r"<([^<>\n]+)>")
_MENTION_LIKE = re.compile(r"<(?=[!@#])")
_SHORTCODE = re.compile(r":([a-z0-9_+'-]{1,60}):(?::skin-tone-[2-6]:)?")
_WORD_JOINER = "\u2060"


def mentioned_users(text: str) -> tuple[str, ...]:
    """The ids of the people named in a message, each once."""
    return tuple(dict.fromkeys(re.findall(r"<@([UW][A-Z0-9]{1,20})(?:\|[^<>]*)?>", text)))


def plain(text: str, names: Mapping[str, str], emoji: Mapping[str, str] | None = None) -> str:
    """A Slack message as the words that its writer saw.

    `names`: display names by user id. `emoji`: characters by short code, from the message's blocks.
    """
    known = emoji or {}
    words = _SHORTCODE.sub(lambda m: known.get(m[1], m[0]), text)
    words = _TOKEN.sub(lambda m: _spoken(m[1], names), words)
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def emoji_in(blocks: object) -> dict[str, str]:
    """Characters by short code, read from a message's rich-text blocks; custom emoji have none."""
    return {
        element["name"]: "".join(chr(int(code, 16)) for code in element["unicode"].split("-"))
        for element in _elements(blocks)
        if element.get("type") == "emoji"
        and isinstance(element.get("name"), str)
        and isinstance(element.get("unicode"), str)
        and re.fullmatch(r"[0-9a-f]{2,5}(-[0-9a-f]{2,5}){0,9}", element["unicode"])
    }


def escape(text: str) -> str:
    """For mrkdwn and for the top-level `text`: control characters of Slack's markup become entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """For plain_text and rich_text, which parse no markup.

    A joiner of no width parts what would be a mention if a client parsed it all the same.
    """
    return _MENTION_LIKE.sub("<" + _WORD_JOINER, text)


def unmarked(words: str, limit: int = 60) -> str:
    """A name among our own words, without anything that mrkdwn would read as markup."""
    return escape(cut(re.sub(r"[*_~`]", "", one_line(words)), limit))


def _spoken(token: str, names: Mapping[str, str]) -> str:
    """One `<…>` of Slack's markup in words."""
    target, _, label = token.partition("|")
    if target.startswith("@"):
        return "@" + (names.get(target[1:]) or label or "someone")
    if target.startswith("#"):
        return f"#{label}" if label else "#channel"
    if target.startswith("!"):
        return _spoken_command(target[1:], label)
    return _spoken_link(target, label)


def _spoken_command(command: str, label: str) -> str:
    name = command.partition("^")[0]
    if name == "date":
        return label
    if name == "subteam":
        return label or "@group"
    return f"@{name}"


def _spoken_link(url: str, label: str) -> str:
    bare = re.sub(r"^(?:https?://|mailto:|tel:)", "", url)
    if not label:
        return bare if url.startswith(("mailto:", "tel:")) else url
    return (
        label
        if label.rstrip("/") in (url.rstrip("/"), bare.rstrip("/"))
        else f"{label} ({bare if _is_contact(url) else url})"
    )


def _is_contact(url: str) -> bool:
    return url.startswith(("mailto:", "tel:"))


def _elements(node: object, depth: int = 8) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    if isinstance(node, list):
        for item in node:
            yield from _elements(item, depth - 1)
    elif isinstance(node, dict):
        yield node
        yield from _elements(node.get("elements"), depth - 1)
