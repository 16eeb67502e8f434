"""What can be pressed on a card. Each press is an `Action.Execute`; old clients get an `Action.Submit`.

`id` is the button's name; `verb` and `data` say what it does to which state of which handoff. What needs
a word from the agent (an edited reply, a note at the release) opens below the buttons.
"""

from typing import Any

from adapters.desks.teams.elements import Element, block, run
from bridge.domain.card import OUTCOMES, Card, VerbName
from bridge.domain.model import Entry
from bridge.domain.text import cut, one_line

REPLY = 3_000
"""Characters of the edit box."""
NOTE = 1_000
_LABELS: dict[VerbName, str] = {
    "claim": "Claim",
    "send_suggested": "Send suggested",
    "edit_suggested": "Edit",
    "release": "Release",
    "transfer": "Pass on",
    "take_over": "Take over",
}
_TAKEN = (
    "They read in the thread that you took it over, the customer reads that you have joined, "
    "and it is kept in the audit."
)
_GIVE_BACK = "No person has answered yet. The customer is told that the assistant is back."


def buttons(card: Card, *, own: bool, room: float) -> list[Element]:
    """`own`: for its owner, who has the edit box open already."""
    names = dict.fromkeys((*card.buttons, *card.can))
    hidden = ("edit_suggested", "take_over") if own else ()
    return [_button(card, name, own=own, room=room) for name in names if name not in hidden]


def edit_draft(card: Card, draft: Entry) -> Element:
    """Opens a draft below its buttons; what is sent then is what stands there."""
    hint = [_small("Sending it claims the conversation, if nobody has it by then.")]
    hint = hint if card.state == "waiting" else []
    send = execute(card, "send_draft", "Send", style="positive", seq=draft.seq)
    return _opens("edit_draft", "Edit", [*hint, _reply(draft.text, 1.0)], send)


def reply_input(card: Card, room: float) -> Element:
    return _reply(card.suggestion.text if card.suggestion else "", room)


def _reply(suggested: str, room: float) -> Element:
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


def execute(
    card: Card, verb: str, title: str, *, id: str = "", style: str = "", **more: str | int
) -> Element:
    data = {"handoff": card.handoff, "epoch": card.epoch, **more}
    action: dict[str, Any] = {"type": "Action.Execute", "title": title, "verb": verb, "data": data}
    action |= {"id": id} if id else {}
    action |= {"style": style} if style else {}
    action["fallback"] = {"type": "Action.Submit", "title": title, "data": {"verb": verb, **data}}
    return action


def _button(card: Card, name: VerbName, *, own: bool, room: float) -> Element:
    if name == "edit_suggested":
        hint = [_small("Sending it claims the conversation.")] if card.state == "waiting" else []
        send = execute(card, "send_suggested", "Send", style="positive")
        return _opens(name, _LABELS[name], [*hint, reply_input(card, room)], send)
    if name == "release":
        why = [_small(_GIVE_BACK)] if card.state == "waiting" else [_outcome()]
        back = execute(card, "release", "Give it back to the assistant")
        return _opens(name, _LABELS[name], [*why, _note()], back)
    if name == "take_over":
        owner = card.owner
        whose = cut(one_line(owner.name), 60) if owner else "A colleague"
        asked = _small(f"{whose} has this conversation. {_TAKEN}")
        take = execute(card, name, "Take it over", owner=owner.id if owner else "")
        return _opens(name, _LABELS[name], [asked], take)
    if name == "transfer":
        return execute(card, "pass_on", _LABELS[name], id=name)
    first = "claim" if "claim" in card.buttons else "send_suggested"
    label = "Send" if own and name == "send_suggested" else _LABELS[name]
    return execute(card, name, label, id=name, style="positive" if name == first else "")


def _outcome() -> Element:
    choices = [{"title": words, "value": outcome.value} for outcome, words in OUTCOMES.items()]
    return {"type": "Input.ChoiceSet", "id": "outcome", "label": "How did it come out?", "choices": choices}


def _note() -> Element:
    return {
        "type": "Input.Text",
        "id": "note",
        "label": "A note to the assistant (optional)",
        "maxLength": NOTE,
    }


def _small(words: str) -> Element:
    return block(run(words), small=True)


def _opens(name: str, title: str, body: list[Element], action: Element) -> Element:
    inner = {"type": "AdaptiveCard", "body": body, "actions": [action]}
    return {"type": "Action.ShowCard", "id": name, "title": title, "card": inner}
