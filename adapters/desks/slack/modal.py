"""The window in which an agent edits the suggested reply before it goes out."""

import json
from typing import Any

from adapters.desks.slack.blocks import Block
from adapters.desks.slack.incoming import CALLBACK
from adapters.desks.slack.wording import inert
from bridge.domain.card import Card
from bridge.domain.text import cut, one_line

INPUT = 3_000
"""Characters that Slack lets into a text field."""


def edit_view(card: Card, epoch: int, channel: str) -> dict[str, Any]:
    """The modal for one card. What it was opened for rides in `private_metadata`."""
    target = {"handoff": card.handoff, "epoch": epoch, "channel": channel}
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(target, separators=(",", ":")),
        "title": _plain("Edit the reply"),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
        "blocks": [_wish(card), _reply(card)],
    }


def _wish(card: Card) -> Block:
    words = inert(cut(f"{one_line(card.who)}: {one_line(card.want)}", 300))
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "elements": [section]}


def _reply(card: Card) -> Block:
    text = card.suggestion.text if card.suggestion else ""
    hints = ["Goes to the customer as you see it."]
    if card.state == "waiting":
        hints.append("Sending it claims the conversation.")
    if len(text) > INPUT:
        hints.append("The suggestion was too long for this field: its end is missing.")
    return {
        "type": "input",
        "block_id": "reply",
        "label": _plain("Reply"),
        "hint": _plain(" ".join(hints)),
        "element": {
            "type": "plain_text_input",
            "action_id": "reply",
            "multiline": True,
            "initial_value": cut(text, INPUT),
            "max_length": INPUT,
            "focus_on_load": True,
        },
    }


def _plain(words: str) -> Block:
    return {"type": "plain_text", "text": words, "emoji": False}
