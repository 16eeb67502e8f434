"""What an agent sees in their own chat with the bot: who waits at their desks, and their duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.desks.teams.card import CARD, SCHEMA, when
from adapters.desks.teams.elements import Element, block, container, note, run
from bridge.domain.card import Card
from bridge.domain.text import cut, one_line
from bridge.ports import CallbackView

MOST = 8
"""Handoffs shown of one desk."""
DESKS = 6
_NOTHING = "You belong to no channel that is a desk here."


@dataclass(frozen=True, slots=True)
class DeskView:
    name: str
    going: tuple[Card, ...]
    """Waiting and claimed handoffs, those waiting longest first."""
    promised: tuple[CallbackView, ...]
    on_duty: bool
    """Whether who looks is on call by name."""


def overview_message(desks: Sequence[DeskView]) -> dict[str, Any]:
    waiting = sum(card.state == "waiting" for desk in desks for card in desk.going)
    return {
        "type": "message",
        "summary": f"{waiting} waiting" if desks else _NOTHING,
        "attachments": [{"contentType": CARD, "content": overview(desks)}],
    }


def overview(desks: Sequence[DeskView]) -> dict[str, Any]:
    body = [part for desk in desks[:DESKS] for part in _desk(desk)]
    if len(desks) > DESKS:
        body.append(note(f"and {len(desks) - DESKS} more desks"))
    shown: dict[str, Any] = {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": "1.5",
        "fallbackText": "What waits",
        "body": body or [block(run(_NOTHING))],
    }
    if desks:
        shown["actions"] = [
            _action("waiting", "What waits now"),
            _action("on_duty", "Go on duty"),
            _action("off_duty", "Go off duty"),
        ]
    return shown


def _desk(desk: DeskView) -> list[Element]:
    duty = "you are on duty" if desk.on_duty else "you are not on duty by name"
    lines = [_handoff(card) for card in desk.going[:MOST]]
    more = len(desk.going) - MOST
    parts = [part for line in lines for part in line] or [block(run("Nobody waits.", subtle=True))]
    parts += [note(f"and {more} more")] if more > 0 else []
    parts += [_callback(view) for view in desk.promised[:3]]
    return [block(run(desk.name, bold=True), run(f" · {duty}", subtle=True)), container(*parts)]


def _handoff(card: Card) -> list[Element]:
    sign = "⏳" if card.state == "waiting" else "🔒"
    who, why = cut(one_line(card.who), 60), cut(one_line(card.reason), 40)
    owner = f" · {cut(one_line(card.owner.name), 60)} has this" if card.owner else ""
    told = block(run(f"{sign} "), run(who, bold=True), run(f" · {why}{owner}"))
    return [told, note(f"since {when(card.since)}")]


def _callback(view: CallbackView) -> Element:
    promised = f"{view.local[:16].replace('T', ' ')} ({view.zone})"
    return block(run("📞 "), run(cut(one_line(view.who), 60), bold=True), run(f" · callback {promised}"))


def _action(verb: str, title: str) -> Element:
    return {
        "type": "Action.Execute",
        "id": verb,
        "title": title,
        "verb": verb,
        "data": {},
        "fallback": {"type": "Action.Submit", "title": title, "data": {"verb": verb}},
    }
