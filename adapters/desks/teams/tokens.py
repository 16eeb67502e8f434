"""Access tokens for the connector: one an app, fetched once for all who wait, renewed before it ends.

OAuth 2 client credentials at `teams.token_url`, through the bridge's own HTTP client: nothing here
blocks the event loop, and no authority is asked about itself first.
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientError

from adapters.desks.teams.answers import read_object
from adapters.desks.teams.settings import App, Installation
from bridge.ports import Clock, CredentialsRejected, DeliveryError, Outbound, RetryLater

EARLY = timedelta(minutes=5)
PATIENCE = 15.0
_REFUSALS = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class AccessToken:
    text: str
    until: datetime


class AccessTokens:
    def __init__(self, http: Outbound, installation: Installation, clock: Clock) -> None:
        self._http = http
        self._installation = installation
        self._clock = clock
        self._held: dict[str, AccessToken] = {}
        self._one: dict[str, asyncio.Lock] = {}

    async def of(self, app: App) -> str:
        """Raises CredentialsRejected and RetryLater."""
        if token := self._fresh(app):
            return token.text
        async with self._one.setdefault(app.app_id, asyncio.Lock()):
            token = self._fresh(app) or await self._fetched(app)
            self._held[app.app_id] = token
            return token.text

    def drop(self, app: App, token: str) -> None:
        """The connector did not accept it; a newer one is kept."""
        held = self._held.get(app.app_id)
        if held is not None and held.text == token:
            del self._held[app.app_id]

    def _fresh(self, app: App) -> AccessToken | None:
        held = self._held.get(app.app_id)
        return held if held is not None and self._clock.now() < held.until else None

    async def _fetched(self, app: App) -> AccessToken:
        url = self._installation.token_url.replace("{tenant_id}", app.tenant_id)
        form = {
            "grant_type": "client_credentials",
            "client_id": app.app_id,
            "client_secret": app.secret.get_secret_value(),
            "scope": self._installation.scope,
        }
        try:
            async with asyncio.timeout(PATIENCE), self._http.session.post(url, data=form) as response:
                status, answer = response.status, await read_object(response)
        except DeliveryError:
            raise
        except (ClientError, OSError, ValueError) as error:
            raise RetryLater(f"token of app {app.app_id}: {type(error).__name__}") from None
        if status == 200 and isinstance(answer.get("access_token"), str):
            return AccessToken(answer["access_token"], self._clock.now() + _lasts(answer.get("expires_in")))
        why = f"token of app {app.app_id}: {str(answer.get('error', '') or status)[:60]}"
        raise CredentialsRejected(why) if status in _REFUSALS else RetryLater(why)


def _lasts(seconds: Any) -> timedelta:
    """How long a token is used: until a while before its end, and for a moment at least."""
    known = isinstance(seconds, int | str) and str(seconds).isdigit() and len(str(seconds)) < 7
    lasts = timedelta(seconds=int(seconds) if known else 3600)
    return max(lasts - EARLY, lasts / 2)
