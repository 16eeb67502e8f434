"""Who speaks in a card's thread, and to whom, in words that every desk uses."""

from bridge.domain.model import Author, Entry, EntryKind
from bridge.domain.text import one_line


def speaker(note: Entry) -> str:
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
