"""Cards and thread entries as the page reads them: JSON with ISO instants, nothing that is not on them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.files import shown_file
from bridge.domain.card import OUTCOMES, REASONS, Card, promised
from bridge.domain.events import Outcome
from bridge.domain.model import Agent, Author, Entry, EntryKind, Trigger

SHOWN = (EntryKind.MESSAGE, EntryKind.NOTE, EntryKind.DRAFT)
"""States are for the customer's side; the card says the same to the desk."""


def card_json(card: Card, me: Agent) -> dict[str, Any]:
    return {
        "handoff": card.handoff,
        "epoch": card.epoch,
        "state": card.state,
        "who": card.who,
        "headline": card.headline,
        "reason": card.reason,
        "also": [*([REASONS[Trigger.CALLBACK]] if card.due else []), *card.also],
        "want": card.want,
        "tried": card.tried,
        "facts": [
            {"label": fact.label, "value": fact.value} for fact in (*promised(card.callback), *card.facts)
        ],
        "suggestion": _suggestion(card),
        "owner": card.owner.name if card.owner else None,
        "owner_id": card.owner.id if card.owner else None,
        "mine": card.owner is not None and card.owner.id == me.id,
        "since": card.since.isoformat(),
        "lease_until": _instant(card.lease_until),
        "pages": card.pages,
        "ended_by": card.ended_by,
        "lapsed_from": card.lapsed_from,
        "outcome": OUTCOMES[card.outcome] if card.outcome else "",
        "passed_on": _passed_on(card),
        "told": _told(card),
        "buttons": list(card.buttons),
        "can": list(card.can),
        "transcript": card.transcript,
    }


def entry_json(entry: Entry, me: Agent) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "kind": str(entry.kind),
        "author": str(entry.author),
        "name": entry.name,
        "mine": entry.author == "agent" and entry.name == me.name,
        "text": entry.text,
        "at": entry.at.isoformat(),
        "reason": entry.reason,
        "line": entry.id if entry.author is Author.AGENT else "",
        "said": entry.replaces.text if entry.replaces else entry.text,
        "about": entry.about,
        "files": [shown_file(file) for file in entry.files],
        "replaces": entry.replaces.seq if entry.replaces else 0,
        "taken_back": entry.replaces is not None and not entry.replaces.text,
    }


def outcome_json(outcome: Outcome) -> Mapping[str, Any]:
    """What became of a press or a line; `inside` says that a line was kept as a note."""
    return {
        "seq": outcome.seq,
        "epoch": outcome.epoch,
        "inside": outcome.note,
        "code": outcome.code,
        "why": outcome.why,
    }


def _passed_on(card: Card) -> dict[str, str] | None:
    passed = card.transferred
    if passed is None:
        return None
    return {"by": passed.by, "desk": passed.desk if passed.to_desk else "", "reason": passed.reason}


def _told(card: Card) -> dict[str, Any] | None:
    """In two halves, between which the page shows the moment, if there is one, on the reader's clock."""
    told = card.told
    if told is None:
        return None
    before, _, after = told.words(lambda _: "\n").partition("\n")
    return {"before": before, "back": _instant(told.back), "after": after}


def _suggestion(card: Card) -> dict[str, Any] | None:
    made = card.suggestion
    if made is None:
        return None
    return {"text": made.text, "confidence": made.confidence, "drafted_by": made.drafted_by}


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
