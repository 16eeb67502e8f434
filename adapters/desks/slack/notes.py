"""One entry of a conversation as a message in the card's thread.

The words of customers and of the AI stand in rich_text: exact, and never markup.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from adapters.desks.slack.blocks import FALLBACK, Block, called
from adapters.desks.slack.wording import escape, inert
from adapters.speakers import speaker
from bridge.domain.card import Card
from bridge.domain.model import CALLS_THE_OWNER, UNDELIVERABLE, Entry, EntryKind, File
from bridge.domain.text import cut, isolated, one_line, told_line

MOST_FILES = 10
LONGEST = 5_000
"""Slack refuses messages of about 12,000 characters (bolt-js#2509), and may count an emoji as two."""


def render_note(note: Entry, card: Card) -> tuple[list[Block], str]:
    """Blocks and fallback text of a customer's message, a draft or a note, with what can be done about it."""
    label = cut(speaker(note), 150)
    body = "\n".join(map(isolated, cut(note.text, LONGEST).split("\n")))
    is_draft = note.kind is EntryKind.DRAFT
    words = inert(body) or ("" if note.files and not is_draft else "(empty)")
    heading: list[Block] = [{"type": "text", "text": inert(label), "style": {"bold": True}}]
    files = [part for file in note.files[:MOST_FILES] for part in _file(file)]
    if note.kind is EntryKind.DRAFT:
        quoted: Block = {
            "type": "rich_text_quote",
            "elements": [{"type": "text", "text": words or "(empty)"}],
        }
        parts = [{"type": "rich_text_section", "elements": heading}, quoted]
    else:
        line = [{"type": "text", "text": f" {words}"}] if words else []
        parts = [{"type": "rich_text_section", "elements": [*heading, *line, *files]}]
    blocks: list[Block] = [{"type": "rich_text", "elements": parts}]
    if len(note.text) > LONGEST:
        rest = f"<{card.transcript}|The whole of it>" if card.transcript else "The rest is in the transcript."
        blocks.append(mrkdwn(rest))
    owner = (card.owner,) if card.owner and note.reason in CALLS_THE_OWNER else ()
    mention = called(replace(card, mention=owner), ())
    blocks += [mrkdwn(mention)] if mention else []
    blocks += _buttons(note, card)
    said = f"{label} {one_line(note.text)}" if note.text else f"{label} {_names(note)}"
    fallback = escape(inert(cut(said, 500)))[:FALLBACK]
    return blocks, " ".join(filter(None, [mention, fallback]))


def _buttons(note: Entry, card: Card) -> list[Block]:
    """A draft can be sent, or edited first; what could not be delivered, sent again."""
    if card.state not in ("waiting", "claimed"):
        return []
    if note.kind is EntryKind.DRAFT:
        verbs = {"send_draft": "Send this", "edit_draft": "Edit"}
        return [_row(verbs, card, note.seq)]
    if note.reason == UNDELIVERABLE and note.about:
        return [_row({"retry": "Send again"}, card, note.about)]
    return []


def _row(verbs: Mapping[str, str], card: Card, seq: int) -> Block:
    target = {"handoff": card.handoff, "epoch": card.epoch, "seq": seq}
    value = json.dumps(target, separators=(",", ":"))
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": verb,
                "text": {"type": "plain_text", "text": words, "emoji": False},
                "value": value,
            }
            for verb, words in verbs.items()
        ],
    }


def _file(file: File) -> list[Block]:
    """A link to the file where it can be fetched; else its name, and that it was not delivered."""
    name = cut(one_line(file.name), 80) or "file"
    element: Block = {"type": "text", "text": f"[file not delivered: {inert(name)}]"}
    if file.url.startswith(("https://", "http://")) and len(file.url) <= 2_000:
        element = {"type": "link", "url": file.url, "text": inert(name)}
    size = (
        [{"type": "text", "text": f" ({file.weight})"}] if element["type"] == "link" and file.weight else []
    )
    return [{"type": "text", "text": "\n📎 "}, element, *size]


def _names(note: Entry) -> str:
    return ", ".join(one_line(file.name) for file in note.files)


def render_page(card: Card, notify: tuple[str, ...]) -> tuple[list[Block], str]:
    """The desk is called again, or a silent owner is."""
    words = card.calling
    if card.owner is None:  # who comes new to it reads on a phone what it is about
        words = " ".join([words, cut(told_line(card.want), 160), f"({cut(one_line(card.reason), 40)})"])
    section: Block = {"type": "rich_text_section", "elements": [{"type": "text", "text": inert(words)}]}
    blocks: list[Block] = [{"type": "rich_text", "elements": [section]}]
    if mentions := called(card, notify):
        blocks.append(mrkdwn(mentions))
    return blocks, " ".join(filter(None, [mentions, escape(inert(words))]))


def mrkdwn(words: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": words, "verbatim": True}]}
