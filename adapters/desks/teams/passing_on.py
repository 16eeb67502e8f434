"""The form in which an agent says to whom a conversation is passed on, and why."""

from collections.abc import Sequence
from typing import Any

from adapters.desks.teams.actions import execute
from adapters.desks.teams.card import SCHEMA
from adapters.desks.teams.elements import Element, block, note, run
from adapters.desks.teams.wording import inert
from bridge.domain.card import Card
from bridge.domain.model import Agent
from bridge.domain.text import cut, one_line

MOST = 60
_NOBODY = "There is nobody and no other desk to pass it on to."


def pass_on(card: Card, desks: Sequence[str], colleagues: Sequence[Agent]) -> dict[str, Any]:
    """A colleague only where somebody has it: while nobody has, a colleague may just claim it."""
    people = [(f"agent={agent.id}", agent.name) for agent in colleagues] if card.owner else []
    choices = [*((f"desk={name}", f"The {name} desk") for name in desks), *people][:MOST]
    back = execute(card, "refresh", "Back")
    body = [block(run("Pass on: "), run(cut(one_line(card.who), 90), bold=True), large=True)]
    body += [_to(choices), _reason()] if choices else [note(_NOBODY)]
    return {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": "1.5",
        "fallbackText": inert(f"Pass on {one_line(card.who)}"),
        "body": body,
        "actions": [execute(card, "transfer", "Pass on", id="transfer", style="positive"), back]
        if choices
        else [back],
    }


def _to(choices: Sequence[tuple[str, str]]) -> Element:
    return {
        "type": "Input.ChoiceSet",
        "id": "to",
        "label": "To whom",
        "isRequired": True,
        "errorMessage": "Choose one.",
        "placeholder": "A colleague or a desk",
        "choices": [{"title": cut(one_line(name), 80), "value": value} for value, name in choices],
    }


def _reason() -> Element:
    return {"type": "Input.Text", "id": "reason", "label": "Why (stays inside)", "maxLength": 1_000}
