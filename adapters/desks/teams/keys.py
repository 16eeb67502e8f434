"""The keys with which the Bot Framework signs: fetched when they are first needed, and again when they turn.

Fetching is asynchronous, once for all who wait. A key that nobody knows asks for them again, but not
more often than `AGAIN`: a forger's invented names must not become our requests. What could not be
fetched anew stays good, as far as it goes.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientError
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import InvalidKeyError
from jwt.algorithms import RSAAlgorithm

from adapters.desks.teams.answers import read_object
from bridge.ports import Clock, DeliveryError, Outbound, Unavailable

FRESH = timedelta(hours=12)
"""Microsoft asks to fetch them at least once a day."""
AGAIN = timedelta(seconds=15)
PATIENCE = 8.0
"""Seconds for one fetch: a press has to be answered meanwhile."""
_SHORTEST_KEY = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    public: RSAPublicKey
    endorsements: frozenset[str] | None
    """The channels (`msteams`) for which it may sign; None: for all."""


@dataclass(frozen=True, slots=True)
class KeySet:
    issuer: str
    keys: Mapping[str, SigningKey]
    at: datetime


class SigningKeys:
    def __init__(self, http: Outbound, url: str, clock: Clock) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._known: KeySet | None = None
        self._tried: datetime | None = None
        self._one = asyncio.Lock()

    async def find(self, kid: str) -> tuple[SigningKey, str] | None:
        """The key of this name and who issues with it; None when there is no such key.

        Raises Unavailable when that can not be known now.
        """
        if self._settles(kid):
            return self._look_up(kid)
        async with self._one:
            if not self._settles(kid):
                await self._fetch(kid)
        return self._look_up(kid)

    def _look_up(self, kid: str) -> tuple[SigningKey, str] | None:
        assert self._known is not None
        key = self._known.keys.get(kid)
        return (key, self._known.issuer) if key else None

    def _settles(self, kid: str) -> bool:
        """What is known is enough: fresh, and it has the key or was asked for a moment ago."""
        if self._known is None:
            return False
        age = self._clock.now() - self._known.at
        return age < AGAIN if kid not in self._known.keys else age < FRESH

    async def _fetch(self, kid: str) -> None:
        now = self._clock.now()
        if self._tried is not None and now - self._tried < AGAIN:
            return self._make_do(kid)
        self._tried = now
        try:
            async with asyncio.timeout(PATIENCE):
                document = await self._get(self._url)
                keys = await self._get(str(document.get("jwks_uri")))
        except (ClientError, DeliveryError, OSError, ValueError):
            return self._make_do(kid)
        self._known = KeySet(str(document.get("issuer", "")), _usable(keys.get("keys")), now)
        return None

    def _make_do(self, kid: str) -> None:
        """An old key is better than none: Microsoft keeps signing with it."""
        if self._known is None or kid not in self._known.keys:
            raise Unavailable("the Bot Framework's signing keys can not be fetched")

    async def _get(self, url: str) -> Mapping[str, Any]:
        async with self._http.session.get(url) as response:
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            return await read_object(response)


def _usable(keys: Any) -> dict[str, SigningKey]:
    """RSA keys with a name that may sign; anything else in the list is passed over."""
    found = {}
    for key in keys if isinstance(keys, list) else ():
        if not isinstance(key, dict) or key.get("use", "sig") != "sig" or not isinstance(key.get("kid"), str):
            continue
        try:
            public = RSAAlgorithm.from_jwk(key)
        except (InvalidKeyError, ValueError, TypeError, KeyError):
            continue
        if not isinstance(public, RSAPublicKey) or public.key_size < _SHORTEST_KEY:
            continue
        endorsed = key.get("endorsements")
        channels = frozenset(map(str, endorsed)) if isinstance(endorsed, list) else None
        found[key["kid"]] = SigningKey(public, channels)
    return found
