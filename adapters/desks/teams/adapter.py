"""The Teams desk: cards and threads out, presses and lines in.

In: `gate` → `incoming` → `framework` → `presses` or `lines` → the core. Out: the outbox calls the four
delivery methods here; `card` and `notes` draw, `connector` sends. It must never decide who may speak to
the customer, and never read a tenant of the bridge from a payload.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.desks.teams.settings import Installation
from adapters.http import unauthorized
from bridge.domain.card import Card
from bridge.domain.ids import HandoffId
from bridge.domain.model import Entry
from bridge.ports import CardRef, CredentialsRejected, DeskAddress, DeskLimits, Host, Receipt

if TYPE_CHECKING:
    from adapters.desks.teams.room import Room


class Adapter:
    """Serves every tenant's Teams desks with the app registrations of bridge.yaml."""

    kind = "teams"
    limits = DeskLimits(per_second=2.0)
    """60 in 30 seconds; what Teams says of shorter and longer stretches is kept in `pace`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        section = host.directory.installation("teams")
        self._open_room = _opened(host, section) if isinstance(section, Installation) else None

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [web.post("/api/messages", self._receive)]

    async def start(self) -> None:
        """Nothing to open: Teams calls us, and the connections outwards are the host's."""

    async def stop(self) -> None:
        if self._open_room:
            await self._open_room.errands.finish()

    async def probe(self, desk: DeskAddress) -> None:
        """Asks the connector whether app, secret and channel fit together. Raises DeliveryError."""
        await self._room.delivery.probe(desk)

    async def post_card(self, desk: DeskAddress, card: Card, *, key: str) -> CardRef:
        return await self._room.delivery.post(desk, card)

    async def update_card(self, desk: DeskAddress, ref: CardRef, card: Card, *, page: bool, key: str) -> None:
        await self._room.delivery.show(desk, ref, card)
        if page:
            await self._room.delivery.call_again(desk, ref, card)

    async def post_note(
        self, desk: DeskAddress, ref: CardRef, note: Entry, card: Card, *, key: str
    ) -> Receipt:
        return await self._room.delivery.note(desk, ref, note, card)

    async def find_card(self, desk: DeskAddress, handoff: HandoffId) -> CardRef | None:
        return await self._room.delivery.find(handoff)

    @property
    def _room(self) -> "Room":
        if self._open_room is None:
            raise CredentialsRejected("there is no teams: in bridge.yaml")
        return self._open_room

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        if self._open_room is None:
            self._host.throttle.admit(request)
            raise unauthorized()
        return await self._open_room.receive(request)


def _opened(host: Host, installation: Installation) -> "Room":
    from adapters.desks.teams.room import Room  # the SDK takes 50 MB: only where Teams is served

    return Room(host, installation)
