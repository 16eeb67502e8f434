"""Whose channel it is: from Slack's verified (workspace, channel) to a tenant's desk and its handoff.

The tenant is never read from a button or a modal: their values are looked up inside the desks that stand
in the channel where they were pressed, and nowhere else.
"""

from collections.abc import Sequence

from pydantic import Field, ValidationError

from adapters.target import HandoffTarget
from bridge.domain.ids import HandoffId
from bridge.ports import CardRef, DeskAddress, Found, Host


class Target(HandoffTarget):
    """What a button or modal was made for."""

    seq: int = Field(default=0, ge=0, lt=2**53)
    """The entry that a button below the card is about."""
    channel: str = ""
    """Modals only: they are not in a channel themselves."""
    owner: str = Field(default="", max_length=100)
    """The owner as who takes it over saw them."""


def read_target(value: str) -> Target | None:
    try:
        return Target.model_validate_json(value)
    except ValidationError:
        return None


class Places:
    """The desks of all tenants, by where they stand."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._listed: Sequence[DeskAddress] = ()
        self._standing: dict[tuple[str, str], list[DeskAddress]] = {}
        self._teams: dict[str, list[DeskAddress]] = {}

    def desks(self, team: str, channel: str) -> Sequence[DeskAddress]:
        """Mostly one; several when a tenant lets two desks share a channel."""
        self._look()
        return self._standing.get((team, channel), ())

    def of_workspace(self, team: str) -> Sequence[DeskAddress]:
        """All desks that stand in a workspace."""
        self._look()
        return self._teams.get(team, ())

    def _look(self) -> None:
        """An installation may have thousands of desks: they are sorted once, until settings change."""
        desks = self._host.directory.desks("slack")
        if desks is self._listed:
            return
        self._listed, self._standing, self._teams = desks, {}, {}
        for desk in desks:
            settings = desk.settings
            if settings.connected:
                self._standing.setdefault((settings.team, settings.channel), []).append(desk)
                self._teams.setdefault(settings.team, []).append(desk)

    async def find(self, team: str, channel: str, handoff: str) -> tuple[DeskAddress, Found] | None:
        """The handoff, if it belongs to a desk of this very channel."""
        for desk in self.desks(team, channel):
            found = await self._host.board.find(desk.tenant, HandoffId(handoff))
            if found is not None and found.tenant == desk.tenant and found.desk == desk.desk:
                return desk, found
        return None

    async def at(self, team: str, channel: str, thread: str) -> tuple[DeskAddress, Found] | None:
        """The handoff whose card begins this thread."""
        for desk in self.desks(team, channel):
            if found := await self._host.board.at(desk, CardRef(channel, thread)):
                return desk, found
        return None
