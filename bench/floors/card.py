"""A card of the bridge's shape and size, drawn without knowing anything: what the floors post and update."""

import json
from typing import Any

from bench import scene

_LABELS = {
    "claim": "Claim",
    "send_suggested": "Send suggested",
    "edit_suggested": "Edit",
    "release": "Release",
}
_TRANSCRIPT = "http://127.0.0.1:8080/transcripts/t0001.VWWhsE2jFDx3GAxZjI7iKixfJAfO03AC4Wv9HcJ05ok"
_CONFIRM = {
    "title": "Give it back to the assistant?",
    "text": "No person has answered yet. The customer is told that the assistant is back.",
    "confirm": "Release",
    "deny": "Keep it here",
}


def card_message(channel: str, name: str, place: dict[str, Any], owner: str = "") -> dict[str, Any]:
    """What chat.postMessage and chat.update take. `place` comes back with every press."""
    if owner:
        state, footer = (
            f"*Claimed* by <@{owner}> a moment ago",
            "This thread goes to the customer; `//` stays",
        )
    else:
        state, footer = "⏳ *Nobody has this yet* · waiting since a moment ago", "*Claim* makes it yours"
    facts = ("Channel: web", "Language: English", "History: First conversation")
    return {
        "channel": channel,
        "text": f"{name} asks for a person",
        "blocks": [
            {"type": "header", "text": _plain(f"🟡 {name} · Asked for a person")},
            _context(_marked(state)),
            _rich(_bold("Wants  "), _text(scene.WANTS_A_PERSON), _bold("\nTried  "), _text("Not asked")),
            _context(*(_plain(fact) for fact in facts)),
            _rich(_bold("Suggested reply · from your template"), _text(_suggested(name))),
            {"type": "actions", "elements": _buttons(json.dumps(place, separators=(",", ":")), owner)},
            _context(_marked(f"<{_TRANSCRIPT}|Whole transcript> · {footer}")),
        ],
        "metadata": {"event_type": "handoff_card", "event_payload": {"handoff": place["conversation"]}},
    }


def _suggested(name: str) -> str:
    return (
        f"Hi {name}, you're talking with a person from our shop now. I have the conversation in front of me, "
        "so there's no need to repeat anything. What would you like me to look at first?"
    )


def _buttons(value: str, owner: str) -> list[dict[str, Any]]:
    names = [name for name in _LABELS if not (owner and name == "claim")]
    buttons: list[dict[str, Any]] = [
        {"type": "button", "action_id": name, "text": _plain(_LABELS[name]), "value": value} for name in names
    ]
    buttons[0]["style"] = "primary"
    buttons[-1]["confirm"] = {part: _plain(words) for part, words in _CONFIRM.items()}
    return buttons


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _marked(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _context(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "context", "elements": list(elements)}


def _rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _bold(text: str) -> dict[str, Any]:
    return {**_text(text), "style": {"bold": True}}
