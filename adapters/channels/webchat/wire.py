"""Entries as the customer's side reads them: events with one rising number."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from adapters.files import more_of, with_links
from adapters.http import shown_callback
from bridge.domain.model import Author, Entry, EntryKind, State
from bridge.ports import Typing


@dataclass(frozen=True, slots=True)
class CustomerEvent:
    id: int
    event: str
    data: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "event": self.event, "data": self.data}


def customer_events(entries: Iterable[Entry]) -> list[CustomerEvent]:
    """Messages and states. Notes and drafts never leave, even if the core handed one over."""
    return [event for entry in entries if (event := _event(entry)) is not None]


def typing_event(typing: Typing) -> dict[str, str] | None:
    """Who writes, for the customer; None for the customer's own typing."""
    if typing.author == Author.CUSTOMER:
        return None
    return {"author": typing.author, "name": typing.name}


def _event(entry: Entry) -> CustomerEvent | None:
    if entry.kind is EntryKind.MESSAGE:
        return CustomerEvent(entry.seq, "message", _message(entry))
    if entry.kind is EntryKind.STATE and entry.state is not None:
        return CustomerEvent(entry.seq, "state", _state(entry.seq, entry.state))
    return None


def _message(entry: Entry) -> dict[str, Any]:
    own = entry.id if entry.author is Author.CUSTOMER else ""
    shown: dict[str, Any] = {
        "seq": entry.seq,
        "id": own or str(entry.seq),
        "author": entry.author.value,
        "name": entry.name,
        "text": with_links(entry),
        "at": entry.at.isoformat(timespec="milliseconds"),
    }
    if entry.citations:
        shown["citations"] = [{"title": c.title, "url": c.url} for c in entry.citations]
    return shown | more_of(entry)


def _state(seq: int, state: State) -> dict[str, Any]:
    shown: dict[str, Any] = {"seq": seq, "mode": state.mode.value}
    if state.agent:
        shown["agent"] = state.agent
    if state.offer:
        shown["offer"] = {"kind": "person"}
    if state.callback is not None:
        shown["callback"] = shown_callback(state.callback)
    if state.away:
        shown["away"] = True
    return shown
