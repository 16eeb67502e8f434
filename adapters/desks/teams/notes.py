"""One entry of a conversation as a message in the card's thread.

In XML with everything escaped; as a small card where there is something to press, or somebody to call.
"""

from html import escape
from typing import Any

from adapters.desks.teams.actions import edit_draft, execute
from adapters.desks.teams.card import CARD, SCHEMA
from adapters.desks.teams.connector import size
from adapters.desks.teams.elements import Element, block, container, mentioned, mentions, run, text
from adapters.desks.teams.wording import escaped, inert
from adapters.speakers import speaker
from bridge.domain.card import Card
from bridge.domain.model import CALLS_THE_OWNER, UNDELIVERABLE, Agent, Entry, EntryKind, File
from bridge.domain.text import cut, isolated, one_line

BUDGET = 20 * 1024
"""Bytes of the whole message in UTF-16."""
MOST_FILES = 10
LONGEST_DRAFT = 2_000
"""Of a draft that can be sent by a press: it is shown whole."""


def render_note(note: Entry, card: Card) -> dict[str, Any]:
    """The activity of a customer's message, a draft or a note, with a button where one helps."""
    offers, called = _offers(note, card), _called(note, card)
    if offers or called:
        return _as_card(note, offers, called)
    label = cut(speaker(note), 150)
    for limit, linked in ((6_000, True), (3_000, True), (1_500, True), (700, True), (700, False)):
        body = cut(note.text, limit)
        rest = f"<br/>{_rest(card)}" if len(body) < len(note.text) else ""
        files = [_file(file, linked=linked) for file in note.files[:MOST_FILES]]
        lines = "\n".join(map(isolated, body.split("\n")))
        words = "<br/>".join(filter(None, [escaped(lines), *files])) or "(empty)"
        quoted = f"<blockquote>{words}</blockquote>" if note.kind is EntryKind.DRAFT else f"<br/>{words}"
        shown = told(f"<b>{escaped(label)}</b>{quoted}{rest}")
        if size(shown) <= BUDGET:
            break
    return shown


def _file(file: File, *, linked: bool) -> str:
    """A link where it can be opened; else its name, and that it was not delivered."""
    name = escaped(cut(one_line(file.name), 80)) or "file"
    if not file.url.startswith(("https://", "http://")):
        return f"[file not delivered: {name}]"
    size = f" ({file.weight})" if file.weight else ""
    return (
        f'<a href="{escape(file.url)}">{name}</a>{size}' if linked else f"[file: {name}, in the transcript]"
    )


def _rest(card: Card) -> str:
    if not card.transcript:
        return "The rest is in the transcript."
    return f'<a href="{escape(card.transcript)}">The whole of it</a>'


def _offers(note: Entry, card: Card) -> list[Element]:
    """Sends a draft, as it is or edited, or once more what could not be delivered."""
    if card.state not in ("waiting", "claimed"):
        return []
    if note.kind is EntryKind.DRAFT and len(note.text) <= LONGEST_DRAFT:
        return [
            execute(card, "send_draft", "Send this", id="send_draft", seq=note.seq),
            edit_draft(card, note),
        ]
    if note.about and note.reason == UNDELIVERABLE and card.state == "claimed":
        return [execute(card, "retry", "Send again", id="retry", seq=note.about)]
    return []


def _called(note: Entry, card: Card) -> tuple[Agent, ...]:
    """The owner is called by name for what could not be delivered and for a callback, nobody for a draft."""
    owner = card.owner
    calls = note.reason in CALLS_THE_OWNER and owner is not None and owner.id.startswith("teams:")
    return (owner,) if owner is not None and calls else ()


def _as_card(note: Entry, offers: list[Element], called: tuple[Agent, ...]) -> dict[str, Any]:
    said = inert(cut(f"{speaker(note)} {one_line(note.text)}", 300))
    calling = [text(mentions(called))] if called else []
    lines = [block(run(line), tight=True) for line in note.text.split("\n") if line.strip()]
    shown = {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": "1.5",
        "fallbackText": said,
        "body": [block(run(cut(speaker(note), 150), bold=True)), container(*lines), *calling],
        **({"actions": offers} if offers else {}),
        "msteams": {"entities": [mentioned(agent) for agent in called]},
    }
    return {
        "type": "message",
        "summary": said,
        "attachments": [{"contentType": CARD, "content": shown}],
    }


def told(xml: str) -> dict[str, Any]:
    return {"type": "message", "textFormat": "xml", "text": xml}
