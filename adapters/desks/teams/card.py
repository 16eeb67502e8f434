"""The card as an Adaptive Card 1.5: one function from the neutral `Card` to a plain dict.

What came from outside (the customer's words, drafts, profiles, names) stands only in text runs, which
know no markup; text blocks hold our own words, since only there dates are shown in the reader's time
zone. It never exceeds `BUDGET`. Buttons are in `actions`; `delivery` in `adapter` posts and updates it.
https://adaptivecards.io/explorer/AdaptiveCard.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.desks.teams.actions import buttons, reply_input
from adapters.desks.teams.connector import size
from adapters.desks.teams.elements import Element, block, container, mentioned, mentions, note, run, text
from adapters.desks.teams.wording import inert
from bridge.domain.card import OUTCOMES, Card, Fact
from bridge.domain.model import Agent, Suggestion
from bridge.domain.text import cut, isolated, one_line, told_line

BUDGET = 25 * 1024
"""Bytes of the whole message in UTF-16; Teams refuses somewhere above 28 KB."""
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
CARD = "application/vnd.microsoft.card.adaptive"
LINE = 200
SUGGESTION = 1_200
"""Of the suggested reply on the card; the edit box shows all of it."""
_CLAIM_HINT = "Claim makes this thread the conversation"
_THREAD_HINT = "This thread goes to the customer; a line that starts with // stays inside"


def message(card: Card, calls: tuple[Agent, ...] = (), *, owner: str = "") -> dict[str, Any]:
    """The activity that shows a card to all. `calls`: whom it mentions while it waits.

    `owner`: the owner's id in Teams, where known: their client then asks for their own view.
    """
    for room in (1.0, 0.6, 0.3, 0.15):
        shown = render(card, calls, owner=owner, room=room)
        activity = {
            "type": "message",
            "summary": inert(cut(told_line(card.headline), 300)),
            "attachments": [{"contentType": CARD, "content": shown}],
        }
        if size(activity) <= BUDGET:
            break
    return activity


def view(card: Card, viewer: Agent) -> dict[str, Any]:
    """The card as one person sees it: its owner with an edit box that holds the suggested reply."""
    for room in (1.0, 0.6, 0.3, 0.15):
        shown = render(card, viewer=viewer, room=room)
        if size(shown) <= BUDGET:
            break
    return shown


def render(
    card: Card,
    calls: tuple[Agent, ...] = (),
    *,
    viewer: Agent | None = None,
    owner: str = "",
    room: float = 1.0,
) -> dict[str, Any]:
    """`room`: the share of long texts that is shown."""
    ended = card.state in ("released", "closed", "moved")
    own = viewer is not None and card.owner is not None and card.owner.id == viewer.id
    called = calls if card.state == "waiting" else ()
    shown: dict[str, Any] = {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": "1.5",
        "fallbackText": inert(cut(told_line(card.headline), 300)),
        "body": _ended(card) if ended else _open(card, called, own=own, room=room),
        "msteams": {"width": "Full", "entities": [mentioned(agent) for agent in called]},
    }
    if actions := buttons(card, own=own, room=room):
        shown["actions"] = actions
    if not ended:
        shown["refresh"] = _refresh(card, owner if card.state == "claimed" else "")
    return shown


def page(card: Card, calls: tuple[Agent, ...]) -> dict[str, Any]:
    """The desk is called again, below the card, or a silent owner is."""
    words = card.calling
    if card.owner is None:  # who comes new to it reads on a phone what it is about
        words = " ".join([words, cut(told_line(card.want), 160), f"({cut(one_line(card.reason), 40)})"])
    body = [block(run(words)), *([text(mentions(calls))] if calls else [])]
    shown = {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": "1.5",
        "fallbackText": inert(words),
        "body": body,
        "msteams": {"entities": [mentioned(agent) for agent in calls]},
    }
    return {
        "type": "message",
        "summary": inert(words),
        "attachments": [{"contentType": CARD, "content": shown}],
    }


def when(moment: datetime) -> str:
    """A moment in the reader's own time zone and language."""
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return f"{{{{DATE({stamp},SHORT)}}}} {{{{TIME({stamp})}}}}"


def clock(moment: datetime) -> str:
    """The time of day alone, for what is of today."""
    return f"{{{{TIME({moment:%Y-%m-%dT%H:%M:%SZ})}}}}"


def _open(card: Card, calls: tuple[Agent, ...], *, own: bool, room: float) -> list[Element]:
    body = [_header(card), *_state(card, calls)]
    body += _story(card)
    body += [_profile(card.facts)] if card.facts else []
    if card.suggestion and card.suggestion.text.strip():
        title = _title(card.suggestion)
        if own:
            body.append(container(block(title), reply_input(card, room)))
        else:
            body.append(_suggestion(card.suggestion, title, room))
    return [*body, _footer(card, _THREAD_HINT if card.state == "claimed" else _CLAIM_HINT)]


def _header(card: Card) -> Element:
    dot = "🟢" if card.state == "claimed" else "🔴" if card.urgent else "🟡"
    who, why = cut(one_line(card.who), 90), cut(one_line(card.reason), 40)
    return block(run(f"{dot} "), run(who, bold=True), run(f" · {why}"), large=True)


def _state(card: Card, calls: tuple[Agent, ...]) -> list[Element]:
    """Who has it, since when and until when; while nobody has it, the call to act."""
    if card.state == "claimed":
        name = one_line(card.owner.name) if card.owner else "A colleague"
        lease = f" · at least until {clock(card.lease_until)}" if card.lease_until else ""
        has = block(run("🔒 "), run(cut(name, 60), bold=True), run(" has this conversation"))
        return [has, note(f"since {clock(card.since)}{lease}"), *_passed_on(card), *_callback(card)]
    parts = [f"waiting since {when(card.since)}", *([f"page {card.pages}"] if card.pages > 1 else [])]
    shown = [block(run("⏳ "), run(card.nobody, bold=True)), note(" · ".join(parts))]
    if card.lapsed_from:
        shown.insert(1, block(run(f"{cut(one_line(card.lapsed_from), 60)}'s claim ran out")))
    told = [note(card.told.words(when))] if card.told else []
    called = [text(mentions(calls))] if calls else []
    return [*_callback(card), *shown, *told, *_passed_on(card), *called]


def _callback(card: Card) -> list[Element]:
    """A promised time on the reader's clock and on the customer's."""
    promise = card.callback
    if promise is None:
        return []
    if card.due:
        now = run("Callback now", bold=True)
        return [block(run("📞 "), now, run(f", promised for {promise.on_their_clock}"))]
    theirs = block(run(f"theirs: {promise.on_their_clock}", subtle=True), small=True, tight=True)
    return [text(f"📞 **Callback {when(promise.at)}**"), theirs]


def _passed_on(card: Card) -> list[Element]:
    """By whom and why, where it was passed on last."""
    passed = card.transferred
    if passed is None:
        return []
    whence = f" from {passed.desk}" if passed.to_desk else ""
    why = f": {cut(one_line(passed.reason), LINE)}" if passed.reason else ""
    return [block(run(f"Passed on by {cut(one_line(passed.by), 60)}{whence}{why}"), small=True)]


def _story(card: Card) -> list[Element]:
    """The two lines: what the customer wants, what was tried."""
    lines = [("Wants", card.want), ("Tried", card.tried), ("Also", ", ".join(card.also))]
    return [
        block(run(f"{label}  ", bold=True), run(words))
        for label, told in lines
        if (words := cut(told_line(told), LINE))
    ]


def _profile(facts: tuple[Fact, ...]) -> Element:
    shown: list[Element] = []
    for fact in facts[:10]:
        gap = " · " if shown else ""
        shown += [
            run(f"{gap}{cut(one_line(fact.label), 40)}: ", subtle=True),
            run(cut(one_line(fact.value), 80)),
        ]
    return block(*shown, small=True)


def _title(suggestion: Suggestion) -> Element:
    source = "from your template"
    if suggestion.drafted_by == "assistant":
        sure = f", {suggestion.confidence:.0%} sure" if suggestion.confidence is not None else ""
        source = f"drafted by the assistant{sure}"
    return run(f"Suggested reply · {source}", bold=True)


def _suggestion(suggestion: Suggestion, title: Element, room: float) -> Element:
    shown = cut(suggestion.text, int(SUGGESTION * room))
    lines = [block(run(line), tight=True) for line in shown.split("\n") if line.strip()]
    more = [note("Edit shows all of it")] if len(shown) < len(suggestion.text) else []
    return container(block(title), *lines, *more)


def _footer(card: Card, hint: str) -> Element:
    """A link, not a button: there are five already, and a sixth would be cut off on a narrow screen."""
    link = f"[Whole transcript]({card.transcript})" if card.transcript else ""
    return note(" · ".join(filter(None, [link, hint])))


def _refresh(card: Card, owner: str) -> Mapping[str, Any]:
    """Clients ask for the card anew whenever they show it: the owner's, or those of up to 60 members.

    https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/up-to-date-views
    """
    data = {"handoff": card.handoff, "epoch": card.epoch}
    action = {"type": "Action.Execute", "title": "Show what is true now", "verb": "refresh", "data": data}
    return {"action": action, **({"userIds": [owner]} if owner else {})}


def _ended(card: Card) -> list[Element]:
    """Short and grey: what it was, who ended it or where it went; nothing to press."""
    said = cut(f"{isolated(one_line(card.who))}: {told_line(card.want)}", LINE)
    told = [_footer(card, when(card.since)), block(run(said, subtle=True))]
    if card.state == "moved":
        by = f" by {cut(one_line(card.transferred.by), 60)}" if card.transferred else ""
        return [block(run("➡️ "), run(f"Passed on to {card.moved_to}", bold=True), run(by)), *told]
    verb, sign = ("Released", "✅") if card.state == "released" else ("Closed", "⚪️")
    by = f" by {cut(one_line(card.ended_by), 60)}" if card.ended_by else ""
    outcome = f" · {OUTCOMES[card.outcome]}" if card.outcome else ""
    return [block(run(f"{sign} "), run(verb, bold=True), run(f"{by}{outcome}")), *told]
