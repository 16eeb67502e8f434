"""Keeps what customers say unreadable at rest: AES-256-GCM under a key a customer.

The master key wraps a key per tenant, which wraps a key per customer. Every sealed value is bound to the
tenant, the field and the row it stands in, so that none can be moved to another place. Destroying a
customer's key makes all that was sealed under it unreadable for good. Keys for look-ups and for the
audit are derived from the master key. This must never write a key or a clear text to a log or an error.
"""

import hmac
import os
from collections import OrderedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"
"""The first byte of every sealed value: which way of sealing it is."""
CUSTOMERS_KEPT = 20_000


class SealBroken(Exception):
    """A sealed value can not be opened: another master key, or a row that was changed by hand."""

    def __init__(self, context: tuple[str, ...]) -> None:
        super().__init__(
            f"{context[1]} of tenant {context[0]} can not be decrypted: check the master key of this "
            "installation, and whether the row was changed outside the bridge"
        )


class Seal:
    """One key, ready to use. `context` is (tenant, field, row): what the value is bound to."""

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, clear: bytes, *context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + nonce + self._aead.encrypt(nonce, clear, _bound(context))

    def open(self, sealed: bytes, *context: str) -> bytes:
        if sealed[:1] != FORMAT:
            raise SealBroken(context)
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, rest, _bound(context))
        except (InvalidTag, ValueError) as error:
            raise SealBroken(context) from error


class Keyring:
    """All keys of an installation, unwrapped as they are needed and kept for the next time."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"the master key must be {KEY_BYTES} bytes, not {len(master_key)}")
        self._master_key = master_key
        self._master = Seal(master_key)
        self._installation: Seal | None = None
        self._tenants: dict[str, Seal] = {}
        self._derived: dict[tuple[str, str], bytes] = {}
        self._customers: OrderedDict[tuple[str, str, bytes], Seal] = OrderedDict()

    # a tenant's key

    def new_tenant_key(self, tenant: str) -> bytes:
        return self._master.seal(os.urandom(KEY_BYTES), tenant, "tenant.sealed_key", tenant)

    def learn(self, tenant: str, sealed_key: bytes) -> None:
        """Takes up a tenant's key, as it stands in the database."""
        self._tenants[tenant] = Seal(self._master.open(sealed_key, tenant, "tenant.sealed_key", tenant))

    def knows(self, tenant: str) -> bool:
        return tenant in self._tenants

    def tenant(self, tenant: str) -> Seal:
        """Raises KeyError for a tenant whose key was not learnt."""
        return self._tenants[tenant]

    # the installation's key

    def installation(self) -> Seal:
        """For what belongs to no tenant."""
        if self._installation is None:
            self._installation = Seal(self._derive("vault", ""))
        return self._installation

    # a customer's key

    def new_customer_key(self, tenant: str, customer: str) -> bytes:
        return self.tenant(tenant).seal(os.urandom(KEY_BYTES), tenant, "customer.sealed_key", customer)

    def customer(self, tenant: str, customer: str, sealed_key: bytes) -> Seal:
        known = (tenant, customer, sealed_key)
        seal = self._customers.get(known)
        if seal is None:
            clear = self.tenant(tenant).open(sealed_key, tenant, "customer.sealed_key", customer)
            seal = self._customers[known] = Seal(clear)
            if len(self._customers) > CUSTOMERS_KEPT:
                self._customers.popitem(last=False)
        else:
            self._customers.move_to_end(known)
        return seal

    # derived keys

    def audit_key(self, tenant: str) -> bytes:
        return self._derive("audit", tenant)

    def lookup(self, tenant: str, text: str) -> str:
        """A keyed hash to find a row by, 128 bits in hexadecimal; says nothing of what it was made from."""
        clear = text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._derive("lookup", tenant), clear, "sha256")[:16].hex()

    def _derive(self, purpose: str, tenant: str) -> bytes:
        key = self._derived.get((purpose, tenant))
        if key is None:
            info = f"handoff-bridge/{purpose}/{tenant}".encode()
            key = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._master_key)
            self._derived[purpose, tenant] = key
        return key


def _bound(context: tuple[str, ...]) -> bytes:
    return "\0".join(context).encode()
