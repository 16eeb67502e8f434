"""One entry of a conversation as a message in the card's thread.

The words of customers and of the AI stand in rich_text: exact, and never markup.
"""

from adapters.desks.slack.blocks import FALLBACK, Block, called
from adapters.desks.slack.wording import escape, inert
from bridge.domain.card import Card
from bridge.domain.model import Author, Entry, EntryKind
from bridge.domain.text import cut, one_line

LONGEST = 5_000
"""Slack refuses messages of about 12,000 characters (bolt-js#2509), and may count an emoji as two."""


def is_long(note: Entry) -> bool:
    """Whether it is cut, and so needs the transcript's address."""
    return len(note.text) > LONGEST


def render_note(note: Entry, transcript: str = "") -> tuple[list[Block], str]:
    """Blocks and fallback text of a customer's message, a draft or a note. `transcript`: an address."""
    label = cut(_label(note), 150)
    body = cut(note.text, LONGEST)
    words: Block = {
        "type": "rich_text_quote" if note.kind is EntryKind.DRAFT else "rich_text_section",
        "elements": [{"type": "text", "text": inert(body) or "(empty)"}],
    }
    heading = {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": inert(label), "style": {"bold": True}}],
    }
    fallback = cut(f"{label} {one_line(note.text)}", 500)
    blocks: list[Block] = [{"type": "rich_text", "elements": [heading, words]}]
    if is_long(note):
        rest = f"<{transcript}|The whole of it>" if transcript else "The rest is in the transcript."
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": rest, "verbatim": True}]})
    return blocks, escape(inert(fallback))[:FALLBACK]


def render_page(card: Card, notify: tuple[str, ...]) -> tuple[list[Block], str]:
    """The desk is called again, or a silent owner is."""
    words = card.calling
    if card.owner is None:  # who comes new to it reads on a phone what it is about
        words = " ".join([words, cut(one_line(card.want), 160), f"({cut(one_line(card.reason), 40)})"])
    section: Block = {"type": "rich_text_section", "elements": [{"type": "text", "text": inert(words)}]}
    blocks: list[Block] = [{"type": "rich_text", "elements": [section]}]
    if mentions := called(card, notify):
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": mentions}]})
    return blocks, " ".join(filter(None, [mentions, escape(inert(words))]))


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
