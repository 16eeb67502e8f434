"""What agents see in their own chat with the bot: who waits at their desks, callbacks, duty, their week."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.desks.teams.card import BUDGET, CARD, SCHEMA, when
from adapters.desks.teams.connector import size
from adapters.desks.teams.elements import Element, block, container, note, run
from adapters.desks.teams.wording import shown_name
from adapters.figures import figures_words
from adapters.on_call import on_call_words
from bridge.domain.callback import Callback, CallbackState
from bridge.domain.card import Card
from bridge.domain.text import cut, one_line, told_line
from bridge.ports import CallbackView, DeskFigures, OnCall

MOST = 8
"""Handoffs shown of one desk."""
CALLBACKS = 4
DESKS = 6
WANT = 120
_NOTHING = "You belong to no channel that is a desk here."


@dataclass(frozen=True, slots=True)
class DeskView:
    name: str
    going: tuple[Card, ...]
    """Waiting and claimed handoffs: first those of who looks, then those waiting longest."""
    promised: tuple[CallbackView, ...]
    on_call: OnCall
    on_duty: bool
    """Whether who looks is on call by name."""
    figures: DeskFigures


def overview_message(desks: Sequence[DeskView]) -> dict[str, Any]:
    waiting = sum(card.state == "waiting" for desk in desks for card in desk.going)
    return {
        "type": "message",
        "summary": f"{waiting} waiting" if desks else _NOTHING,
        "attachments": [{"contentType": CARD, "content": overview(desks)}],
    }


def overview(desks: Sequence[DeskView]) -> dict[str, Any]:
    """As much of each desk as fits into a message."""
    for most in (MOST, 5, 3, 1, 0):
        shown = _overview(desks, most)
        if size(shown) <= BUDGET:
            break
    return shown


def _overview(desks: Sequence[DeskView], most: int) -> dict[str, Any]:
    body = [part for desk in desks[:DESKS] for part in _desk(desk, most)]
    if len(desks) > DESKS:
        body.append(note(f"and {len(desks) - DESKS} more of your desks"))
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


def _desk(desk: DeskView, most: int) -> list[Element]:
    """A callback whose handoff waits is that row, and no second one."""
    parts = [part for card in desk.going[:most] for part in _handoff(card)]
    parts += _more(len(desk.going), most) or ([] if parts else [block(run("Nobody waits.", subtle=True))])
    calls, listed = min(most, CALLBACKS), {card.handoff for card in desk.going[:most]}
    promised = [view for view in desk.promised if view.handoff not in listed]
    parts += [part for view in promised[:calls] for part in _callback(view)]
    parts += _more(len(promised), calls, " callbacks promised")
    return [
        block(run(desk.name, bold=True), *_duty(desk)),
        note(on_call_words(desk.on_call, shown_name, when)),
        container(*parts),
        block(run(figures_words(desk.figures), subtle=True), small=True, tight=True),
    ]


def _duty(desk: DeskView) -> list[Element]:
    """Of who looks; nothing where everybody is called, for they neither are nor are not."""
    if desk.on_duty:
        return [run(" · you are on duty", subtle=True)]
    everybody = desk.on_call.staffed and not desk.on_call.agents
    return [] if everybody else [run(" · you are off duty", subtle=True)]


def _handoff(card: Card) -> list[Element]:
    """Who, why and who has it; what they want; since when, or for when."""
    promise = card.callback if card.state == "waiting" else None
    sign = "📞" if promise else "⏳" if card.state == "waiting" else "🔒"
    who, why = cut(one_line(card.who), 60), cut(one_line(card.reason), 40)
    owner = f" · {cut(one_line(card.owner.name), 60)} has this" if card.owner else ""
    due = [run(" · "), run("callback now", bold=True)] if promise and card.due else []
    told = block(run(f"{sign} "), run(who, bold=True), run(f" · {why}{owner}"), *due)
    page = f" · page {card.pages}" if card.state == "waiting" and card.pages > 1 else ""
    since = _times(promise) if promise else [note(f"since {when(card.since)}{page}")]
    return [told, *_want(card.want), *since]


def _callback(view: CallbackView) -> list[Element]:
    """Whom, about what, and when."""
    who = cut(one_line(view.who), 60) or "a customer"
    due = [run(" · "), run("callback now", bold=True)] if view.state is CallbackState.DUE else []
    return [block(run("📞 "), run(who, bold=True), *due), *_want(view.want), *_times(view)]


def _times(promise: Callback | CallbackView) -> list[Element]:
    """On the reader's clock and on the customer's."""
    said = "promised for" if promise.state is CallbackState.DUE else "callback"
    theirs = run(f"theirs: {promise.on_their_clock}", subtle=True)
    return [note(f"{said} {when(promise.at)}"), block(theirs, small=True, tight=True)]


def _want(want: str) -> list[Element]:
    words = cut(told_line(want), WANT)
    return [block(run(words), tight=True)] if words else []


def _more(many: int, shown: int, what: str = "") -> list[Element]:
    return [note(f"and {many - shown} more{what}")] if many > shown else []


def _action(verb: str, title: str) -> Element:
    return {
        "type": "Action.Execute",
        "id": verb,
        "title": title,
        "verb": verb,
        "data": {},
        "fallback": {"type": "Action.Submit", "title": title, "data": {"verb": verb}},
    }
