"""A card as large as the bridge's, drawn without knowing anything: what the floors post and update."""

import json
from typing import Any

from bench import scene


def card_blocks(channel: str, name: str, place: dict[str, Any], owner: str = "") -> dict[str, Any]:
    """The message that chat.postMessage and chat.update take."""
    value = json.dumps(place, separators=(",", ":"))
    state = f"Claimed by <@{owner}>" if owner else "Waiting since a moment ago"
    buttons = (
        [("send_suggested", "Send suggested"), ("edit_suggested", "Edit"), ("release", "Release")]
        if owner
        else [
            ("claim", "Claim"),
            ("send_suggested", "Send suggested"),
            ("edit_suggested", "Edit"),
            ("release", "Release"),
        ]
    )
    facts = {
        "Channel": "web",
        "Language": "English",
        "Before": "first conversation",
        "E-mail": f"{name}@example.com",
    }
    return {
        "channel": channel,
        "text": f"{name} asks for a person",
        "blocks": [
            {"type": "header", "text": _plain(f"{name} · asks for a person")},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": state}]},
            _words(f"Wants: {scene.WANTS_A_PERSON}\nTried: nothing; a person was asked for"),
            {"type": "section", "fields": [_plain(f"{key}\n{value}") for key, value in facts.items()]},
            _words(f"Hello {name}, thank you for waiting. I am looking into it now and will be right back."),
            {"type": "actions", "elements": [_button(id, label, value) for id, label in buttons]},
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": "*Claim* makes this the conversation"}],
            },
        ],
        "metadata": {"event_type": "handoff_card", "event_payload": {"handoff": place["conversation"]}},
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def _words(text: str) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _button(id: str, label: str, value: str) -> dict[str, Any]:
    return {"type": "button", "action_id": id, "text": _plain(label), "value": value}
