"""Binds a place on a platform to a desk: the admin makes a code, whoever is in the place types it.

A code is 50 random bits, holds for an hour and once. What it does is a new version of the tenant's
settings, audited under who typed it, as if the place had been written into the file.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bridge.domain.ids import TenantId
from bridge.ports import Clock, ConnectRefused, DeskAddress, Directory, Vault
from bridge.settings import with_values
from bridge.store.tenants import TenantStore

KIND = "connect.code"
VALID = timedelta(hours=1)
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 10
_NOT_KNOWN = "This code is not valid. Ask your admin for a new one: handoff-bridge connect"


async def make_code(vault: Vault, tenant: TenantId, desk: str, kind: str, by: str, now: datetime) -> str:
    """A new code for a desk, as it is to be typed."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    until = (now + VALID).isoformat()
    for old, value in (await vault.every(KIND)).items():
        if datetime.fromisoformat(value["until"]) <= now:
            await vault.delete(KIND, old)
    await vault.put(KIND, code, {"tenant": tenant, "desk": desk, "kind": kind, "by": by, "until": until})
    return f"{code[:5]}-{code[5:]}"


class Connector:
    """Implements `bridge.ports.Connecting`."""

    def __init__(
        self,
        vault: Vault,
        tenants: TenantStore,
        directory: Directory,
        refresh: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._vault = vault
        self._tenants = tenants
        self._directory = directory
        self._refresh = refresh
        self._clock = clock

    async def redeem(self, code: str, kind: str, place: Mapping[str, str], by: str) -> DeskAddress:
        key = "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum())
        found = await self._vault.get(KIND, key)
        if found is None or datetime.fromisoformat(found["until"]) <= self._clock.now():
            raise ConnectRefused(_NOT_KNOWN)
        if found["kind"] != kind:
            raise ConnectRefused(f"This code is for a desk of kind {found['kind']}, not {kind}.")
        tenant, desk = TenantId(found["tenant"]), str(found["desk"])
        if taken := self._standing_there(kind, place, tenant, desk):
            raise ConnectRefused(f"This place is the desk {taken} already. Use another, or free it first.")
        document = await self._changed(tenant, desk, place)
        if not await self._vault.delete(KIND, key):
            raise ConnectRefused(_NOT_KNOWN)
        await self._tenants.apply(tenant, document, by, self._clock.now())
        await self._refresh()
        address = self._directory.desk(tenant, desk, kind)
        if address is None or not _is_there(address.settings, place):
            why = "the new settings could not be taken up; the log of the bridge says why"
            raise ConnectRefused(f"Connected, but {why}.")
        return address

    async def _changed(self, tenant: TenantId, desk: str, place: Mapping[str, str]) -> str:
        document = await self._tenants.document(tenant) or ""
        try:
            return with_values(document, ("desks", desk), place)
        except KeyError:
            raise ConnectRefused(f"The desk {desk} is no longer in the settings.") from None

    def _standing_there(self, kind: str, place: Mapping[str, str], tenant: TenantId, desk: str) -> str:
        """Another desk at this place: two desks in one place would answer each other's presses."""
        for other in self._directory.desks(kind):
            if (other.tenant, other.desk) != (tenant, desk) and _is_there(other.settings, place):
                return other.desk if other.tenant == tenant else "of somebody else"
        return ""


def _is_there(settings: Any, place: Mapping[str, str]) -> bool:
    return all(getattr(settings, name, None) == value for name, value in place.items())
