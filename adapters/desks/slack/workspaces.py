"""The workspaces that the app was installed into, each with its token, sealed in the vault.

A token is kept in memory for a minute, so a press costs neither a read nor an `auth.test`. Uninstalling
and revoking take effect here at once, and in other replicas within that minute.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.desks.slack.settings import Settings
from bridge.ports import Clock, CredentialsRejected, Vault

KIND = "slack.workspace"
FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace's grant to the app."""

    team: str
    name: str
    token: str
    bot_user: str
    scopes: tuple[str, ...]
    by: str
    """The user id of who installed it."""


class Workspaces:
    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock
        self._known: dict[str, tuple[Workspace | None, datetime]] = {}
        self.lost: set[str] = set()
        """Slack has said that the app is no longer there, and the admin was told: until it is again."""

    async def token(self, desk: Settings) -> str:
        """The desk's own token, or its workspace's. Raises CredentialsRejected where there is none."""
        if desk.bot_token is not None:
            return desk.bot_token.get_secret_value()
        if not desk.team:
            raise CredentialsRejected("the desk is not connected to a channel: /handoff connect")
        if (found := await self.get(desk.team)) is None:
            raise CredentialsRejected(f"the app is not installed in workspace {desk.team}: /slack/install")
        return found.token

    async def get(self, team: str) -> Workspace | None:
        """Raises Unavailable."""
        now = self._clock.now()
        known, until = self._known.get(team, (None, now))
        if now < until:
            return known
        found = _workspace(team, await self._vault.get(KIND, team))
        self._known[team] = (found, now + FRESH)
        return found

    async def keep(self, workspace: Workspace) -> None:
        """In the place of what was there: a workspace that installs again gives a new token."""
        row = {
            "name": workspace.name,
            "token": workspace.token,
            "bot_user": workspace.bot_user,
            "scopes": list(workspace.scopes),
            "by": workspace.by,
        }
        await self._vault.put(KIND, workspace.team, row)
        self.lost.discard(workspace.team)
        self.forget(workspace.team)

    async def remove(self, team: str) -> bool:
        """Whether it was there."""
        self.lost.add(team)
        self.forget(team)
        return await self._vault.delete(KIND, team)

    def forget(self, team: str) -> None:
        """Looked up again when it is next needed."""
        self._known.pop(team, None)


def _workspace(team: str, row: Mapping[str, Any] | None) -> Workspace | None:
    if row is None:
        return None
    return Workspace(
        team, str(row["name"]), str(row["token"]), str(row["bot_user"]), tuple(row["scopes"]), str(row["by"])
    )
