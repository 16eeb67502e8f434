"""Names and tokens under keys derived from the master key: what is guessable by nobody and needs no row.

Each purpose has its own key, so a token for one is worth nothing for another. What is sealed at rest
is not done here but in `bridge.store.sealing`.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from bridge.domain.ids import ConversationId, CustomerId, TenantId

MAC_BYTES = 24


class DerivedSecrets:
    """Implements `bridge.ports.Secrets`."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != 32:
            raise ValueError("the master key is 32 bytes")
        self._key = lru_cache(maxsize=1024)(lambda purpose: _derive(master_key, purpose))

    def conversation(self, tenant: TenantId, channel: str, external: str) -> ConversationId:
        return ConversationId(self._name("conversation", tenant, channel, external))

    def customer(self, tenant: TenantId, identity: str) -> CustomerId:
        return CustomerId(self._name("customer", tenant, identity))

    def sign(self, purpose: str, payload: bytes) -> str:
        return f"{_encode(payload)}.{_encode(self._mac(purpose, payload))}"

    def read(self, purpose: str, token: str) -> bytes | None:
        body, _, mac = token.partition(".")
        try:
            payload, claimed = _decode(body), _decode(mac)
        except ValueError:
            return None
        genuine = hmac.compare_digest(claimed, self._mac(purpose, payload))
        return payload if genuine else None

    def _name(self, purpose: str, *parts: str) -> str:
        framed = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
        return hmac.digest(self._key(f"name:{purpose}"), framed, "sha256")[:16].hex()

    def _mac(self, purpose: str, payload: bytes) -> bytes:
        return hmac.digest(self._key(f"token:{purpose}"), payload, "sha256")[:MAC_BYTES]


def _derive(master_key: bytes, purpose: str) -> bytes:
    return hmac.digest(master_key, b"handoff-bridge/" + purpose.encode(), hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    if not text or not text.isascii():
        raise ValueError("not a token")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
