"""Who may come in: the token of an activity, checked step by step.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
(connector to bot). Whatever is wrong with a token is a 401 that does not say what; only when the keys can
not be had is it a 503, so that what is genuine comes again.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt
from aiohttp import web
from jwt.types import Options

from adapters.desks.teams.keys import SigningKey, SigningKeys
from adapters.desks.teams.settings import App, Installation
from adapters.http import bearer, unauthorized
from bridge.ports import Clock

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
SKEW = timedelta(minutes=5)
_LONGEST = 16_384
_UNJUDGED: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}


class Gate:
    def __init__(self, installation: Installation, keys: SigningKeys, clock: Clock) -> None:
        self._installation = installation
        self._keys = keys
        self._clock = clock

    async def claims(self, request: web.Request) -> Mapping[str, Any]:
        """The claims of a token that was really issued to one of our apps. Raises 401 and Unavailable."""
        token = bearer(request)
        try:
            header = jwt.get_unverified_header(token) if 0 < len(token) <= _LONGEST else {}
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise unauthorized() from None
        kid = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(kid, str) or not kid:
            raise unauthorized()
        found = await self._keys.find(kid)
        if found is None:
            raise unauthorized()
        key, issuer = found
        claims = _verified(token, key)
        if claims.get("iss") not in (ISSUER, issuer) or not self._in_time(claims):
            raise unauthorized()
        if not _endorsed(key) or self._app(claims) is None:
            raise unauthorized()
        return claims

    def app(self, claims: Mapping[str, Any], activity: Mapping[str, Any]) -> App:
        """The app that the activity is for, once it is sure that the token was made for this activity.

        Raises 401 when the token is for another service address, or for one where no token of ours may go.
        """
        app, told, claimed = self._app(claims), activity.get("serviceUrl"), claims.get("serviceurl")
        if app is None or not isinstance(told, str) or not isinstance(claimed, str):
            raise unauthorized()
        if told.rstrip("/").lower() != claimed.rstrip("/").lower() or not self._installation.serves(told):
            raise unauthorized()
        return app

    def _app(self, claims: Mapping[str, Any]) -> App | None:
        audience = claims.get("aud")
        return self._installation.app(audience) if isinstance(audience, str) else None

    def _in_time(self, claims: Mapping[str, Any]) -> bool:
        now, skew = self._clock.now().timestamp(), SKEW.total_seconds()
        until, since = claims.get("exp"), claims.get("nbf", 0)
        if not isinstance(until, int | float) or not isinstance(since, int | float):
            return False
        return since - skew <= now < until + skew


def _endorsed(key: SigningKey) -> bool:
    return key.endorsements is None or CHANNEL in key.endorsements


def _verified(token: str, key: SigningKey) -> dict[str, Any]:
    """The claims by a true signature; times and audience are the caller's to judge."""
    try:
        found: dict[str, Any] = jwt.decode(token, key.public, algorithms=["RS256"], options=_UNJUDGED)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise unauthorized() from None
    return found
