"""bridge.yaml, as far as no platform is concerned."""

import base64
import binascii
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from bridge.settings.section import Section
from bridge.settings.values import Limit, Listen, ListenAddress, PublicUrl

_KEY_MEND = (
    "make one with: python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
)


def _master_key(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        text = value.strip().encode("ascii").rstrip(b"=")
        key = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (AttributeError, UnicodeEncodeError, binascii.Error):
        key = b""
    if len(key) != 32:
        raise ValueError(f"not 32 bytes of urlsafe base64; {_KEY_MEND}")
    return key


class Outbound(Section):
    private_hosts: tuple[Annotated[str, Field(min_length=1, max_length=253)], ...] = ()

    @field_validator("private_hosts")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if "/" in host or "@" in host or (host.count(":") == 1):
                raise ValueError(f"{host} is not a host; write the name or the IP address alone")
        return tuple(host.strip("[]").lower().rstrip(".") for host in hosts)


class Limits(Section):
    per_address: Limit = "600/m"
    per_session: Limit = "60/m"
    trusted_proxies: Annotated[int, Field(ge=0, le=16)] = 0
    """How many reverse proxies stand before the bridge: so many names of X-Forwarded-For are believed."""


class BridgeFile(Section):
    listen: ListenAddress = Listen("127.0.0.1", 8080)
    public_url: PublicUrl = ""
    """How the world reaches the bridge, without a slash at the end; left out, `listen` is the address."""
    database: str
    master_key: Annotated[bytes, BeforeValidator(_master_key), Field(repr=False)]
    admin_token: SecretStr | None = None
    """For the figures and the reports, which are closed without one."""
    tenants: Path = Path("tenants")
    outbound: Outbound = Outbound()
    limits: Limits = Limits()

    @field_validator("database")
    @classmethod
    def _is_known(cls, address: str) -> str:
        if address.startswith("sqlite:///") and len(address) > len("sqlite:///"):
            return address
        if address.startswith(("postgresql://", "postgres://")):
            return address.replace("postgres://", "postgresql://", 1)
        raise ValueError(
            "not a known database; write sqlite:///var/bridge.db or postgresql://user:pw@host/name"
        )

    @field_validator("admin_token")
    @classmethod
    def _never_empty(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not token.get_secret_value().strip():
            raise ValueError("is empty; write a random one, or leave the line out")
        return token
