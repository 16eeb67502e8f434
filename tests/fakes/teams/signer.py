"""The keys with which the fake Bot Framework signs, and its tokens, genuine and not."""

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://api.botframework.com"


class Signer:
    def __init__(self) -> None:
        self.endorsements: list[str] | None = ["msteams"]
        self.key = _first_key()
        self.kid = "key-1"
        self.published = {self.kid: self.key}

    def rotate(self) -> None:
        """A new key signs; the old one is no longer published."""
        self.key, self.kid = new_key(), f"key-{int(self.kid[4:]) + 1}"
        self.published = {self.kid: self.key}

    def jwks(self) -> dict[str, Any]:
        return {"keys": [self._jwk(kid, key) for kid, key in self.published.items()]}

    def _jwk(self, kid: str, key: RSAPrivateKey) -> dict[str, Any]:
        public: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
        del public["key_ops"]
        endorsed = {} if self.endorsements is None else {"endorsements": self.endorsements}
        return {**public, "kid": kid, "use": "sig", **endorsed}

    def token(
        self,
        audience: Any,
        service_url: str,
        now: datetime,
        *,
        key: Any = None,
        header: dict[str, Any] | None = None,
        algorithm: str = "RS256",
        **claims: Any,
    ) -> str:
        """A claim given as None is left out."""
        said = {
            "iss": ISSUER,
            "aud": audience,
            "serviceurl": service_url,
            "nbf": int((now - timedelta(minutes=5)).timestamp()),
            "exp": int((now + timedelta(hours=1)).timestamp()),
            **claims,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        signing: Any = None if algorithm == "none" else key or self.key
        return jwt.encode(kept, signing, algorithm=algorithm, headers={"kid": self.kid, **(header or {})})


@cache
def _first_key() -> RSAPrivateKey:
    """Making one takes a while."""
    return new_key()


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)
