"""The console as a desk: the port's five verbs, which need no network, and the routes of the page.

`post_card` posts nothing: the card is on the board from the moment it is recorded, and every open tab is
told so by `follow_desk`. That is why no post of this desk can fail, double or go stale.
"""

from collections.abc import Iterable

from aiohttp import web

from adapters.desks.console import pages
from adapters.desks.console.duty import OnDuty
from adapters.desks.console.presses import Presses
from adapters.desks.console.reading import Reading
from adapters.desks.console.session import KIND, Sessions
from adapters.desks.console.stream import Streams
from bridge.domain.card import Card
from bridge.domain.ids import HandoffId
from bridge.domain.model import Entry
from bridge.ports import CardRef, DeskAddress, DeskLimits, Host, Receipt

DESK = "/console/{tenant}/{desk}"
HANDOFF = DESK + "/handoffs/{handoff}"


class Adapter:
    """Implements `bridge.ports.DeskAdapter`."""

    kind = KIND
    limits = DeskLimits(per_second=None)

    def __init__(self, host: Host) -> None:
        self._host = host
        self._sessions = Sessions(host)
        self._reading = Reading(host, self._sessions)
        self._presses = Presses(host, self._sessions)
        self._duty = OnDuty(host, self._sessions)
        self._streams = Streams(host, self._sessions)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        reading, presses = self._reading, self._presses
        return [
            web.get("/console", pages.page),
            web.get("/console/static/{name}", pages.static),
            web.get(DESK + "/session", reading.seat),
            web.post(DESK + "/session", presses.sign_in),
            web.delete(DESK + "/session", presses.sign_out),
            web.get(DESK + "/cards", reading.cards),
            web.get(DESK + "/duty", self._duty.show),
            web.post(DESK + "/duty", self._duty.switch),
            web.get(DESK + "/events", self._streams.events),
            web.get(DESK + "/threads/{handoff}", reading.thread),
            web.post(HANDOFF + "/claim", presses.claim),
            web.post(HANDOFF + "/send", presses.send),
            web.post(HANDOFF + "/release", presses.release),
            web.post(HANDOFF + "/transfer", presses.transfer),
            web.post(HANDOFF + "/takeover", presses.take_over),
            web.post(HANDOFF + "/draft", presses.draft),
            web.post(HANDOFF + "/retry", presses.retry),
            web.post(HANDOFF + "/lines", presses.line),
            web.post(HANDOFF + "/edit", presses.edit),
            web.post(HANDOFF + "/typing", presses.typing),
        ]

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        self._streams.close()

    async def post_card(self, desk: DeskAddress, card: Card, *, key: str) -> CardRef:
        return _ref(desk, card.handoff)

    async def update_card(self, desk: DeskAddress, ref: CardRef, card: Card, *, page: bool, key: str) -> None:
        """The tabs read the new state; a repeated page shows on the card as its number of pages."""

    async def post_note(
        self, desk: DeskAddress, ref: CardRef, note: Entry, card: Card, *, key: str
    ) -> Receipt:
        return Receipt(remote=f"{ref.thread}/{note.seq}")

    async def find_card(self, desk: DeskAddress, handoff: HandoffId) -> CardRef | None:
        return _ref(desk, handoff)


def _ref(desk: DeskAddress, handoff: HandoffId) -> CardRef:
    return CardRef(place=f"{KIND}:{desk.tenant}/{desk.desk}", thread=handoff)
