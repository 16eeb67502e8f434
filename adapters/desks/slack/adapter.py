"""The Slack desk: cards and threads out, presses and lines in.

In: `signature` → `incoming` → `dispatch` → `presses` or `lines` → the core. Out: the outbox calls the
four delivery methods here; `blocks` and `notes` draw, `api` sends. It must never decide who may speak to
the customer, and never read a tenant from a payload.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.blocks import render
from adapters.desks.slack.commands import Commands
from adapters.desks.slack.dispatch import Dispatch, Listeners, as_response
from adapters.desks.slack.files import Files
from adapters.desks.slack.home import Homes
from adapters.desks.slack.lacking import lacking
from adapters.desks.slack.lines import Lines
from adapters.desks.slack.members import Members
from adapters.desks.slack.notes import render_note, render_page
from adapters.desks.slack.oauth import OAuth
from adapters.desks.slack.people import People
from adapters.desks.slack.places import Places
from adapters.desks.slack.presses import PATIENCE, Presses
from adapters.desks.slack.reading import parse
from adapters.desks.slack.settings import Installation
from adapters.desks.slack.signature import genuine
from adapters.desks.slack.sockets import Sockets
from adapters.desks.slack.submissions import Submissions
from adapters.desks.slack.whisper import Whisper
from adapters.desks.slack.windows import Windows
from adapters.desks.slack.workspaces import Workspaces
from adapters.errands import Errands
from adapters.http import read_body, unauthorized
from bridge.domain.card import Card
from bridge.domain.ids import HandoffId
from bridge.domain.model import Entry
from bridge.ports import CardRef, CredentialsRejected, DeskAddress, DeskLimits, Host, Receipt

CARD_EVENT, NOTE_EVENT = "handoff_card", "handoff_note"
LOOK_BACK = timedelta(hours=24)
"""How far an uncertain post is looked for; it is looked for within minutes as a rule."""
_PAGES = 5


class Adapter:
    """Serves every tenant's Slack desks with one Slack app."""

    kind = "slack"
    limits = DeskLimits(per_second=1.0)

    def __init__(self, host: Host) -> None:
        self._host = host
        section = host.directory.installation("slack")
        self._installation: Installation | None = section if isinstance(section, Installation) else None
        secret = self._installation.signing_secret if self._installation else None
        self._signing_secret = secret.get_secret_value() if secret else ""
        url = section.api_url if self._installation else Installation.model_fields["api_url"].default
        self._errands = Errands("slack")
        self._workspaces = Workspaces(host.vault, host.clock)
        self._api = WebApi(host.http, url, self._workspaces)
        self._files = Files(host, self._workspaces, url)
        self.patience = PATIENCE
        self._dispatch = self._wired(url)
        by_oauth = self._installation if self._installation and self._installation.client_id else None
        self._oauth = OAuth(host, by_oauth, self._workspaces) if by_oauth else None
        app_token = self._installation.app_token if self._installation else None
        self._sockets = (
            Sockets(host.http, self._api, app_token.get_secret_value(), self._dispatch) if app_token else None
        )

    def _wired(self, url: str) -> Dispatch:
        host, api, errands, workspaces = self._host, self._api, self._errands, self._workspaces
        places, people, members = Places(host), People(api, host.clock), Members(api, host.clock)
        whisper, windows = Whisper(api, host.http, url), Windows(host, api)
        submissions = Submissions(host, people, members, places)
        presses = Presses(
            host, people, whisper, errands, windows, submissions, places, self._show, lambda: self.patience
        )
        lines = Lines(host, people, whisper, errands, self._files, places)
        homes = Homes(host, api, workspaces, people, members, places)
        commands = Commands(host, api, workspaces, people, whisper, errands, homes, places)
        listeners = Listeners(presses, lines, homes, commands, workspaces)
        return Dispatch(listeners, errands, places, host.clock)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        pages = self._oauth.routes() if self._oauth else []
        return [web.post("/slack/events", self._receive), *self._files.routes(), *pages]

    async def start(self) -> None:
        """Opens the socket, where there is to be one; else Slack calls us."""
        if self._sockets:
            self._sockets.start()

    async def stop(self) -> None:
        if self._sockets:
            await self._sockets.stop()
        await self._errands.finish()

    async def probe(self, desk: DeskAddress) -> None:
        """Asks Slack whether token, scopes, workspace and channel fit together. Raises DeliveryError."""
        if self._sockets:
            await self._sockets.probe()
        if not desk.settings.connected:
            return
        if words := await lacking(self._api, self._workspaces, desk.settings):
            raise CredentialsRejected(" ".join(words))

    async def post_card(self, desk: DeskAddress, card: Card, *, key: str) -> CardRef:
        channel = desk.settings.channel
        message = {"channel": channel, **_card_message(desk, card), **_quiet()}
        answer = await self._api.call("chat.postMessage", desk.settings, message, post=True)
        return CardRef(channel, str(answer.get("ts", "")))

    async def update_card(self, desk: DeskAddress, ref: CardRef, card: Card, *, page: bool, key: str) -> None:
        await self._show(desk, ref, card)
        if page:
            blocks, text = render_page(card, desk.settings.notify)
            line = {"channel": ref.place, "thread_ts": ref.thread, "text": text, "blocks": blocks}
            # An update notifies nobody, and a thread only who is in it: the channel must see this.
            shown = {**line, "reply_broadcast": True, **_quiet()}
            await self._api.call("chat.postMessage", desk.settings, shown)

    async def post_note(
        self, desk: DeskAddress, ref: CardRef, note: Entry, card: Card, *, key: str
    ) -> Receipt:
        blocks, text = render_note(note, card)
        message = {"channel": ref.place, "thread_ts": ref.thread, "text": text, "blocks": blocks, **_quiet()}
        message["metadata"] = {"event_type": NOTE_EVENT, "event_payload": {"key": key}}
        answer = await self._api.call("chat.postMessage", desk.settings, message, post=True)
        return Receipt(str(answer.get("ts", "")))

    async def find_note(self, desk: DeskAddress, ref: CardRef, *, key: str) -> bool:
        thread = {"channel": ref.place, "ts": ref.thread}
        found = self._posted(desk, "conversations.replies", thread, NOTE_EVENT, {"key": key})
        return await found is not None

    async def find_card(self, desk: DeskAddress, handoff: HandoffId) -> CardRef | None:
        channel = {"channel": desk.settings.channel}
        ts = await self._posted(desk, "conversations.history", channel, CARD_EVENT, {"handoff": handoff})
        return CardRef(desk.settings.channel, ts) if ts else None

    async def _posted(
        self, desk: DeskAddress, method: str, where: Mapping[str, str], event: str, payload: Mapping[str, str]
    ) -> str | None:
        """The `ts` of what was posted with this metadata, if it was."""
        oldest = self._host.clock.now() - LOOK_BACK
        asked = {
            **where,
            "oldest": f"{oldest.timestamp():.6f}",
            "limit": "100",
            "include_all_metadata": "true",
        }
        for _ in range(_PAGES):
            answer = await self._api.call(method, desk.settings, asked)
            for message in answer.get("messages", ()):
                if _carries(message, event, payload):
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            asked = {**asked, "cursor": str(cursor)}
        return None

    async def _show(self, desk: DeskAddress, ref: CardRef, card: Card) -> None:
        """Makes a posted card say what is true."""
        message = {"channel": ref.place, "ts": ref.thread, **_card_message(desk, card)}
        await self._api.call("chat.update", desk.settings, message)

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        """One address for events and interactivity. A stranger gets a 401, whatever they sent.

        Only strangers are throttled by address: all of Slack's genuine requests come from a few.
        """
        body = await read_body(request)
        if not genuine(self._signing_secret, request.headers, body, self._host.clock.now()):
            self._host.throttle.admit(request)
            raise unauthorized()
        return as_response(await self._dispatch(parse(request.content_type, body)))


def _card_message(desk: DeskAddress, card: Card) -> dict[str, Any]:
    blocks, text = render(card, desk.settings.notify)
    metadata = {"event_type": CARD_EVENT, "event_payload": {"handoff": card.handoff}}
    return {"blocks": blocks, "text": text, "metadata": metadata}


def _quiet() -> dict[str, bool]:
    return {"unfurl_links": False, "unfurl_media": False}


def _carries(message: Any, event: str, payload: Mapping[str, str]) -> bool:
    metadata = message.get("metadata") if isinstance(message, Mapping) else None
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != event:
        return False
    return bool(metadata.get("event_payload") == payload)
