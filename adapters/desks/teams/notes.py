"""One entry of a conversation as a message in the card's thread, in XML with everything escaped."""

from typing import Any

from adapters.desks.teams.connector import size
from adapters.desks.teams.wording import escaped
from bridge.domain.model import Author, Entry, EntryKind
from bridge.domain.text import cut, one_line

BUDGET = 20 * 1024
"""Bytes of the whole message in UTF-16."""


def render_note(note: Entry) -> dict[str, Any]:
    """The activity of a customer's message, a draft or a note."""
    label = cut(_label(note), 150)
    for limit in (6_000, 3_000, 1_500, 700):
        body = cut(note.text, limit)
        rest = "<br/>(The rest is in the transcript.)" if len(body) < len(note.text) else ""
        words = escaped(body) or "(empty)"
        quoted = f"<blockquote>{words}</blockquote>" if note.kind is EntryKind.DRAFT else f"<br/>{words}"
        shown = told(f"<b>{escaped(label)}</b>{quoted}{rest}")
        if size(shown) <= BUDGET:
            break
    return shown


def told(xml: str) -> dict[str, Any]:
    return {"type": "message", "textFormat": "xml", "text": xml}


def _label(note: Entry) -> str:
    """Who speaks, and to whom, in the fewest words."""
    name, reason = one_line(note.name), one_line(note.reason)
    if note.kind is EntryKind.DRAFT:
        return f"Suggestion, not sent ({reason}):" if reason else "Suggestion, not sent:"
    if note.kind is EntryKind.NOTE:
        return f"{name}, inside only:" if name else "Inside only:"
    if note.author is Author.CUSTOMER:
        return f"{name or 'Customer'}:"
    if note.author is Author.AGENT:
        return f"{name or 'A colleague'} to the customer:"
    return "Assistant to the customer:" if note.author is Author.ASSISTANT else "Told the customer:"
