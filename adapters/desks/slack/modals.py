"""The windows that agents fill in: a reply to edit, a draft, passing on, taking over, what came out.

Each carries what it was opened for in `private_metadata`; the core decides once it is sent off.
"""

import json
from collections.abc import Sequence
from typing import Any

from adapters.desks.slack.blocks import Block
from adapters.desks.slack.listing import mrkdwn
from adapters.desks.slack.wording import inert, unmarked
from bridge.domain.card import OUTCOMES, Card
from bridge.domain.text import cut, isolated, one_line, told_line

INPUT = 3_000
"""Characters that Slack lets into a text field."""
MOST_DESKS = 100
View = dict[str, Any]


def edit_view(card: Card, epoch: int, channel: str) -> View:
    """The suggested reply."""
    text = card.suggestion.text if card.suggestion else ""
    blocks = [_wish(card), _reply(text, card)]
    return _view("edit_suggested", "Edit the reply", "Send", _target(card, epoch, channel), blocks)


def draft_view(card: Card, epoch: int, channel: str, seq: int, text: str) -> View:
    """One of the AI's drafts, as it stands in the thread."""
    target = {**_target(card, epoch, channel), "seq": seq}
    return _view("edit_draft", "Edit the draft", "Send", target, [_wish(card), _reply(text, card)])


def transfer_view(card: Card, epoch: int, channel: str, desks: Sequence[str]) -> View:
    """To a colleague or to another desk. While nobody has it, only to a desk.

    Slack's list of people can't leave apps out (bolt-js#1981); an app that is chosen is refused.
    """
    blocks = [_wish(card)]
    if card.owner is not None:
        select: Block = {"type": "users_select", "action_id": "to", "placeholder": _plain("Somebody here")}
        blocks.append(_input("to", "To a colleague", select, optional=True))
    if desks:
        options = [{"text": _plain(cut(desk, 75)), "value": cut(desk, 75)} for desk in desks[:MOST_DESKS]]
        choice: Block = {"type": "static_select", "action_id": "desk", "options": options}
        blocks.append(_input("desk", "To another desk", choice, optional=card.owner is not None))
    why: Block = {"type": "plain_text_input", "action_id": "reason", "multiline": True, "max_length": 500}
    hint = "Your colleagues read it; the customer does not."
    blocks.append(_input("reason", "Why", why, optional=True, hint=hint))
    return _view("transfer", "Pass it on", "Pass on", _target(card, epoch, channel), blocks)


def take_over_view(card: Card, epoch: int, channel: str) -> View:
    owner = card.owner
    name = unmarked(owner.name) if owner else "A colleague"
    words = (
        f"*{name} has this conversation.* They read in the thread that you took it over, the customer reads "
        "that you have joined, and it is kept in the audit."
    )
    target = {**_target(card, epoch, channel), "owner": owner.id if owner else ""}
    blocks: list[Block] = [{"type": "section", "text": mrkdwn(words)}, _wish(card)]
    return _view("take_over", "Take it over?", "Take over", target, blocks)


def released_view(target: dict[str, Any]) -> View:
    """What came out, asked after the release; closing it says nothing."""
    options = [{"text": _plain(words), "value": outcome.value} for outcome, words in OUTCOMES.items()]
    choice: Block = {"type": "radio_buttons", "action_id": "outcome", "options": options}
    note: Block = {"type": "plain_text_input", "action_id": "note", "multiline": True, "max_length": 1_000}
    blocks = [
        _input("outcome", "How did it come out?", choice, optional=True),
        _input("note", "A note to the assistant", note, optional=True, hint="It goes on with this in mind."),
    ]
    return _view("released", "Released", "Save", target, blocks, close="Skip")


def _view(
    callback: str, title: str, submit: str, target: dict[str, Any], blocks: list[Block], close: str = "Cancel"
) -> View:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": json.dumps(target, separators=(",", ":")),
        "title": _plain(title),
        "submit": _plain(submit),
        "close": _plain(close),
        "blocks": blocks,
    }


def _target(card: Card, epoch: int, channel: str) -> dict[str, Any]:
    return {"handoff": card.handoff, "epoch": epoch, "channel": channel}


def _wish(card: Card) -> Block:
    words = inert(cut(f"{isolated(one_line(card.who))}: {told_line(card.want)}", 300))
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "elements": [section]}


def _reply(text: str, card: Card) -> Block:
    hints = ["Goes to the customer as you see it."]
    if card.state == "waiting":
        hints.append("Sending it claims the conversation.")
    if len(text) > INPUT:
        hints.append("The suggestion was too long for this field: its end is missing.")
    element = {
        "type": "plain_text_input",
        "action_id": "reply",
        "multiline": True,
        "initial_value": cut(text, INPUT),
        "max_length": INPUT,
        "focus_on_load": True,
    }
    return _input("reply", "Reply", element, hint=" ".join(hints))


def _input(name: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    block: Block = {"type": "input", "block_id": name, "label": _plain(label), "element": element}
    if optional:
        block["optional"] = True
    if hint:
        block["hint"] = _plain(hint)
    return block


def _plain(words: str) -> Block:
    return {"type": "plain_text", "text": words, "emoji": False}
