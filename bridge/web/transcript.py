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

from bridge.domain.card import facts
from bridge.domain.events import TranscriptOpened
from bridge.domain.model import Entry, EntryKind, TurnRecord
from bridge.ports import AuditLine, Inbound, Throttle, TranscriptView

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the page: an entry, a decision about a turn, or a change of owner."""

    kind: str
    at: datetime
    entry: Entry | None = None
    turn: TurnRecord | None = None
    words: str = ""


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
        return _html(page.render(view=view, rows=rows, facts=facts(view.conversation, view.customer)))

    async def style(request: web.Request) -> web.FileResponse:
        return web.FileResponse(_HERE / "static" / "transcript.css")

    return [web.get("/transcripts/{token}", show), web.get("/static/transcript.css", style)]


def rows_of(view: TranscriptView) -> list[Row]:
    """Entries in their order; each turn's decision stands below the last message that it covers."""
    decided: dict[int, list[TurnRecord]] = {}
    for turn in view.turns:
        decided.setdefault(turn.seq, []).append(turn)
    owners = {row.seq: row for row in view.audit if row.before != row.after}
    rows: list[Row] = []
    for entry in view.entries:
        if entry.kind is not EntryKind.STATE:
            rows.append(Row(str(entry.kind), entry.at, entry=entry))
        rows += [Row("turn", turn.at, turn=turn) for turn in decided.pop(entry.seq, [])]
        if change := owners.pop(entry.seq, None):
            agent = entry.state.agent if entry.state else ""
            rows.append(Row("owner", change.at, words=owner_words(change, agent)))
    return rows


def owner_words(change: AuditLine, agent: str) -> str:
    """A change of owner as people say it; the audit's own row stays behind `audit export`."""
    desk = change.after.removeprefix("desk:")
    said = {
        "handoff": f"Handed to the {desk} desk",
        "claim": f"{agent or change.actor} has it",
        "released": "Back with the assistant",
        "lapse": f"The claim ran out: the {desk} desk is called again",
        "moved": f"Called out at the {desk} desk: {change.reason}",
        "closed": "Closed by the customer",
        "reopened": "Begun again",
    }
    return said.get(change.action, f"{change.before} → {change.after}")


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html", headers=_HEADERS)
