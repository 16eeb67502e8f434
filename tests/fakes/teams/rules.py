"""What Teams refuses, and what it would act on: cards by the published schema 1.5, sizes, markup.

The schema is `tests/data/teams/adaptive-card-1.5.json`; `msteams` is Teams' own and not in it.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

LARGEST = 28 * 1024
"""Bytes in UTF-16."""
CARD = "application/vnd.microsoft.card.adaptive"
_SCHEMA = Path(__file__).parents[2] / "data/teams/adaptive-card-1.5.json"
_MARKDOWN = re.compile(r"[*_\[\]`~#<>|]|^\s*(?:\d+\.|[-+])\s", re.MULTILINE)
_OUR_MARKS = re.compile(
    r"\[Whole transcript\]\(https?://[\w.:/-]+/transcripts/[\w.-]+\)|"
    r"\{\{(?:DATE|TIME)\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?:,SHORT)?\)\}\}"
)
_OUR_XML = re.compile(
    r'</?(?:b|blockquote)>|<br/>|<a href="https?://[\w.:/-]+/transcripts/[\w.-]+">The whole of it</a>'
    r'|<a href="https?://[^"<>\s]+">[^<>]+</a>'
)
Node = Mapping[str, Any]


@cache
def _validator() -> Draft6Validator:
    return Draft6Validator(json.loads(_SCHEMA.read_text("utf-8")))


def card_errors(card: Any) -> list[str]:
    """What the schema and Teams itself find wrong with a card."""
    if not isinstance(card, dict):
        return ["no card"]
    plain = {key: value for key, value in card.items() if key != "msteams"}
    found = [f"{error.json_path}: {error.message[:200]}" for error in _validator().iter_errors(plain)]
    if card.get("version") != "1.5":
        found.append("universal actions need version 1.5")
    for node in nodes(card):
        if node.get("type") == "Action.Execute" and not node.get("verb"):
            found.append("an Action.Execute without a verb")
    ids = [node["id"] for node in nodes(card) if node.get("type", "").startswith("Input.")]
    found += ["an input's id stands twice"] if len(set(ids)) < len(ids) else []
    found += ["more than six actions"] if len(card.get("actions", ())) > 6 else []
    found += [
        f"entity {e['text']} is not in the card" for e in entities(card) if not _stands(card, e["text"])
    ]
    if len(card.get("refresh", {}).get("userIds", ())) > 60:
        found.append("more than 60 userIds")
    return found


def activity_error(activity: Any) -> str:
    """The connector's error code for a message; empty when it is fine."""
    if not isinstance(activity, dict) or activity.get("type") != "message":
        return "BadArgument"
    if utf16(activity) > LARGEST:
        return "MessageSizeTooBig"
    attachments = activity.get("attachments", [])
    if attachments and activity.get("text"):
        return "BadArgument"  # Teams would split it and give no id
    if not attachments and not activity.get("text"):
        return "BadArgument"
    for attachment in attachments:
        if attachment.get("contentType") != CARD or card_errors(attachment.get("content")):
            return "BadArgument"
    return ""


def utf16(activity: Any) -> int:
    return len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le"))


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key != "fallback":
                yield from nodes(value)
    elif isinstance(node, list):
        for item in node:
            yield from nodes(item)


def entities(card: Node) -> list[dict[str, Any]]:
    return [e for e in card.get("msteams", {}).get("entities", ()) if e.get("type") == "mention"]


def words(activity: Node) -> str:
    """All that people read in a message."""
    if activity.get("textFormat") == "xml":
        return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br/>|</?blockquote>", "\n", activity["text"])))
    return "\n".join(card_words(a["content"]) for a in activity.get("attachments", ()))


def card_words(card: Any) -> str:
    shown = []
    for node in nodes(card):
        if node.get("type") == "RichTextBlock":
            shown.append("".join(inline["text"] for inline in node["inlines"]))
        elif node.get("type") == "Input.Text":
            shown += [node.get("label", ""), node.get("value", "")]
        elif node.get("type") != "TextRun":
            shown += [str(node[key]) for key in ("text", "title", "url") if key in node]
    return "\n".join(shown)


def live_markup(activity: Node) -> list[str]:
    """What Teams would mention, format, link or compute, other than what is ours."""
    if activity.get("textFormat") == "xml":
        return re.findall(r"<[^>]*>", _OUR_XML.sub("", activity["text"]))
    found: list[str] = []
    for attachment in activity.get("attachments", ()):
        card = attachment["content"]
        ours = [entity["text"] for entity in entities(card)]
        for node in nodes(card):
            text = str(node.get("text", ""))
            if node.get("type") == "TextBlock":
                for mention in ours:
                    text = text.replace(mention, "")
                found += _MARKDOWN.findall(_OUR_MARKS.sub("", text))
            elif node.get("type") == "TextRun":
                found += re.findall(r"</?at\b|\{\{\s*(?:DATE|TIME)\s*\(", text, re.IGNORECASE)
    return found


def _stands(card: Node, text: str) -> bool:
    return any(text in str(node.get("text", "")) for node in nodes(card) if node.get("type") == "TextBlock")
