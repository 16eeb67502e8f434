"""The transcript page: a whole conversation with what the AI thought, and what was not sent and why.

Whoever holds the link may read it; the link is random, stored hashed, expires, and each opening is
audited. The page takes no action and loads nothing from elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bridge.domain.card import OUTCOMES, facts, promised
from bridge.domain.events import TranscriptOpened
from bridge.domain.model import UNDELIVERABLE, Entry, EntryKind, TurnRecord
from bridge.ports import AuditLine, Inbound, Throttle, TranscriptView

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}


NOTED = {
    "withdrawn": "Never sent",
    UNDELIVERABLE: "Not delivered",
    "retry": "Sent again",
    "edited": "Edited later",
    "deleted": "Deleted later",
}
"""What a note says of the entry that it is about, by the note's reason."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the page: an entry, a decision about a turn, or a change of owner."""

    kind: str
    at: datetime
    entry: Entry | None = None
    turn: TurnRecord | None = None
    words: str = ""
    tag: str = ""
    """What must be known of an entry beside its words: that it was not sent, or what became of it."""


class Transcripts(Protocol):
    """What the page reads."""

    async def transcript(self, token: str) -> TranscriptView | None:
        """What a link opens; None for one that is unknown, expired or revoked."""
        ...


def transcript_routes(
    transcripts: Transcripts, inbound: Inbound, throttle: Throttle
) -> Sequence[web.AbstractRouteDef]:
    env = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page, gone = env.get_template("transcript.html"), env.get_template("gone.html")

    async def show(request: web.Request) -> web.Response:
        throttle.admit(request)
        view = await transcripts.transcript(request.match_info["token"])
        if view is None:
            return _html(gone.render(), status=404)
        await inbound.receive(
            TranscriptOpened(
                tenant=view.tenant, conversation=view.conversation.id, handoff=view.handoff.number, by="link"
            )
        )
        rows = rows_of(view)
        known = (*promised(view.conversation.promise), *facts(view.conversation, view.customer))
        return _html(page.render(view=view, rows=rows, facts=known))

    async def style(request: web.Request) -> web.FileResponse:
        return web.FileResponse(_HERE / "static" / "transcript.css")

    return [web.get("/transcripts/{token}", show), web.get("/static/transcript.css", style)]


def rows_of(view: TranscriptView) -> list[Row]:
    """Entries in their order; each turn's decision stands below the last message that it covers."""
    decided: dict[int, list[TurnRecord]] = {}
    for turn in view.turns:
        decided.setdefault(turn.seq, []).append(turn)
    owners = {row.seq: row for row in view.audit if row.before != row.after}
    shown = {entry.seq: entry.state.agent for entry in view.entries if entry.state}
    later = _what_became(view.entries)
    rows: list[Row] = []
    for entry in view.entries:
        if entry.kind is not EntryKind.STATE:
            rows.append(Row(str(entry.kind), entry.at, entry=entry, tag=_tag(entry, later)))
        rows += [Row("turn", turn.at, turn=turn) for turn in decided.pop(entry.seq, [])]
        if change := owners.pop(entry.seq, None):
            agent = shown.get(change.seq + 1, "")
            rows.append(Row("owner", change.at, words=owner_words(change, agent)))
    explained = [row for row in view.audit if row.action == "outcome"]
    return rows + [Row("owner", row.at, words=f"How it came out: {row.reason}") for row in explained]


def _what_became(entries: Sequence[Entry]) -> dict[int, str]:
    """By an entry's seq, what a later one makes of it."""
    became: dict[int, str] = {}
    for entry in entries:
        if entry.replaces is not None:
            became[entry.replaces.seq] = "Corrected later" if entry.replaces.text else "Taken back later"
        elif entry.about and entry.kind is EntryKind.MESSAGE:
            became[entry.about] = f"Sent by {entry.name}"
        elif entry.about and entry.reason in NOTED:
            became[entry.about] = NOTED[entry.reason]
    return became


def _tag(entry: Entry, later: dict[int, str]) -> str:
    if entry.seq in later:
        return later[entry.seq]
    if entry.kind is EntryKind.DRAFT:
        return f"Not sent: {entry.reason}"
    if entry.kind is EntryKind.NOTE:
        return "Internal, not sent to the customer"
    return "Correction" if entry.replaces else ""


def owner_words(change: AuditLine, agent: str) -> str:
    """A change of owner as people say it; the audit's own row stays behind `audit export`."""
    desk = change.after.removeprefix("desk:")
    said = {
        "handoff": f"Handed to the {desk} desk",
        "claim": f"{agent or change.actor} has it",
        "transferred": f"Passed on to {agent or f'the {desk} desk'}",
        "taken_over": f"{agent or change.actor} took it over",
        "released": f"Back with the assistant{_came_out(change.reason)}",
        "lapse": f"The claim ran out: the {desk} desk is called again",
        "moved": f"Called out at the {desk} desk: {change.reason}",
        "closed": "Closed by the customer",
        "reopened": "Begun again",
    }
    return said.get(change.action, f"{change.before} → {change.after}")


def _came_out(reason: str) -> str:
    words = {outcome.value: words for outcome, words in OUTCOMES.items()}.get(reason.rpartition(": ")[2])
    return f": {words.lower()}" if words else ""


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html", headers=_HEADERS)
