"""Whose channel it is: from Teams' verified (app, channel) to a tenant's desk and its handoff.

The bridge's tenant is never read from a card: its values are looked up inside the desks that stand in
the channel where it was pressed, and nowhere else. Here, too, is where each app's connector is, as the
last genuine activity said.
"""

import logging
from collections.abc import Sequence

from pydantic import ValidationError

from adapters.desks.teams.connector import Line
from adapters.desks.teams.incoming import Press, Spot
from adapters.desks.teams.settings import App, Installation
from adapters.target import HandoffTarget
from bridge.domain.ids import HandoffId
from bridge.ports import CardRef, CredentialsRejected, DeskAddress, Found, Host

logger = logging.getLogger(__name__)
SERVICE = "teams.service"
"""In the vault: each app's service address."""
REMOVED = "teams.removed"
"""In the vault: teams from which the app was taken away."""


def read_target(press: Press) -> HandoffTarget | None:
    try:
        return HandoffTarget.model_validate({name: press.data.get(name) for name in ("handoff", "epoch")})
    except ValidationError:
        return None


class Places:
    """The desks of all tenants, by where they stand, and the way to each."""

    def __init__(self, host: Host, installation: Installation) -> None:
        self._host = host
        self._installation = installation
        self._listed: Sequence[DeskAddress] = ()
        self._standing: dict[tuple[str, str], list[DeskAddress]] = {}
        self._told: dict[str, str] = {}

    def desks(self, app_id: str, channel: str) -> Sequence[DeskAddress]:
        """Mostly one; several when a tenant lets two desks share a channel."""
        listed = self._host.directory.desks("teams")
        if listed is not self._listed:
            self._listed, self._standing = listed, {}
            for desk in listed:
                if desk.settings.connected:
                    place = (desk.settings.app_id, desk.settings.channel)
                    self._standing.setdefault(place, []).append(desk)
        return self._standing.get((app_id, channel), ())

    def of_app(self, app_id: str) -> Sequence[DeskAddress]:
        """All desks at which this app speaks."""
        return [
            d
            for d in self._host.directory.desks("teams")
            if d.settings.app_id == app_id and d.settings.connected
        ]

    async def find(self, spot: Spot, handoff: str) -> tuple[DeskAddress, Found] | None:
        """The handoff, if it belongs to a desk of this very channel."""
        for desk in self.desks(spot.app.app_id, spot.channel):
            found = await self._host.board.find(desk.tenant, HandoffId(handoff))
            if found is not None and found.tenant == desk.tenant and found.desk == desk.desk:
                return desk, found
        return None

    async def at(self, spot: Spot) -> tuple[DeskAddress, Found] | None:
        """The handoff whose card begins this thread."""
        for desk in self.desks(spot.app.app_id, spot.channel):
            if found := await self._host.board.at(desk, CardRef(spot.channel, spot.root)):
                return desk, found
        return None

    async def line(self, desk: DeskAddress) -> Line:
        """The way to a desk's connector. Raises CredentialsRejected where there is none."""
        app = self._installation.app(desk.settings.app_id)
        if app is None:
            raise CredentialsRejected(f"app {desk.settings.app_id} is not among teams.apps")
        if not desk.settings.connected:
            raise CredentialsRejected("the desk is not connected to a channel yet: handoff-bridge connect")
        told = await self._service_url(app.app_id) or desk.settings.service_url
        if told is None:
            raise CredentialsRejected("no activity has told the service address yet; set service_url")
        return Line(app, told)

    def line_of(self, spot: Spot) -> Line:
        """The way back to where somebody spoke."""
        return Line(spot.app, spot.service_url)

    async def heard_from(self, app: App, url: str) -> None:
        """Keeps the service address of a genuine activity. Raises Unavailable."""
        if await self._service_url(app.app_id) != url:
            await self._host.vault.put(SERVICE, app.app_id, {"url": url})
            self._told[app.app_id] = url

    async def removed(self, spot: Spot, *, there: bool) -> None:
        """The app was taken away from a team, or is there again."""
        key = f"{spot.app.app_id}:{spot.team}"
        if there:
            await self._host.vault.delete(REMOVED, key)
            return
        await self._host.vault.put(REMOVED, key, {"by": spot.agent.id})
        for desk in self.of_app(spot.app.app_id):
            if desk.settings.team == spot.team:
                logger.error(
                    "teams: the app was removed: the desk %s of %s can not be paged", desk.desk, desk.tenant
                )

    async def is_removed(self, desk: DeskAddress) -> bool:
        return await self._host.vault.get(REMOVED, f"{desk.settings.app_id}:{desk.settings.team}") is not None

    async def _service_url(self, app_id: str) -> str | None:
        if app_id not in self._told and (kept := await self._host.vault.get(SERVICE, app_id)):
            self._told[app_id] = str(kept.get("url"))
        return self._told.get(app_id)
