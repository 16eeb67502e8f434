"""What can be pressed on a card. Each press is an `Action.Execute`; old clients get an `Action.Submit`.

`id` is the button's name; `verb` and `data` say what it does to which state of which handoff. What needs
a word from the agent (an edited reply, a note at the release) opens below the buttons.
"""

from typing import Any

from adapters.desks.teams.elements import Element, block, run
from bridge.domain.card import ButtonName, Card
from bridge.domain.text import cut

REPLY = 3_000
"""Characters of the edit box."""
NOTE = 1_000
_LABELS: dict[ButtonName, str] = {
    "claim": "Claim",
    "send_suggested": "Send suggested",
    "edit_suggested": "Edit",
    "release": "Release",
}
_GIVE_BACK = "No person has answered yet. The customer is told that the assistant is back."


def buttons(card: Card, *, own: bool, room: float) -> list[Element]:
    """`own`: for its owner, who has the edit box open already."""
    shown = [
        _button(card, name, own=own, room=room)
        for name in card.buttons
        if not (own and name == "edit_suggested")
    ]
    if card.transcript:
        shown.append({"type": "Action.OpenUrl", "title": "Transcript", "url": card.transcript})
    return shown


def reply_input(card: Card, room: float) -> Element:
    suggested = card.suggestion.text if card.suggestion else ""
    limit = int(REPLY * room)
    value = cut(suggested, limit)
    missing = (
        " The suggestion was too long for this field: its end is missing."
        if len(value) < len(suggested)
        else ""
    )
    return {
        "type": "Input.Text",
        "id": "reply",
        "label": f"Goes to the customer as you see it.{missing}",
        "isMultiline": True,
        "maxLength": REPLY,
        "value": value,
    }


def execute(card: Card, verb: str, title: str, *, id: str = "", style: str = "") -> Element:
    data = {"handoff": card.handoff, "epoch": card.epoch}
    action: dict[str, Any] = {"type": "Action.Execute", "title": title, "verb": verb, "data": data}
    action |= {"id": id} if id else {}
    action |= {"style": style} if style else {}
    action["fallback"] = {"type": "Action.Submit", "title": title, "data": {"verb": verb, **data}}
    return action


def _button(card: Card, name: ButtonName, *, own: bool, room: float) -> Element:
    if name == "edit_suggested":
        hint = (
            [block(run("Sending it claims the conversation."), small=True)] if card.state == "waiting" else []
        )
        send = execute(card, "send_suggested", "Send", style="positive")
        return _opens(name, [*hint, reply_input(card, room)], send)
    if name == "release":
        note = {
            "type": "Input.Text",
            "id": "note",
            "label": "Note (optional, stays inside)",
            "maxLength": NOTE,
        }
        why = [block(run(_GIVE_BACK), small=True)] if card.state == "waiting" else []
        return _opens(name, [*why, note], execute(card, "release", "Give it back to the assistant"))
    first = "claim" if "claim" in card.buttons else "send_suggested"
    label = "Send" if own and name == "send_suggested" else _LABELS[name]
    return execute(card, name, label, id=name, style="positive" if name == first else "")


def _opens(name: ButtonName, body: list[Element], action: Element) -> Element:
    inner = {"type": "AdaptiveCard", "body": body, "actions": [action]}
    return {"type": "Action.ShowCard", "id": name, "title": _LABELS[name], "card": inner}
