"""A web chat's section of a tenant's settings."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_DEFAULT_PORT = {"http": 80, "https": 443}


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["webchat"]
    origins: list[str] = []
    """Sites that may embed the chat, each exactly; none = pages of the bridge's own address only."""
    identity_secret: SecretStr | None = None
    """Signs the identities of customers (HS256); without it no identity is accepted."""
    title: str | None = Field(default=None, min_length=1, max_length=60)
    """The chat's name on the page; otherwise the tenant's."""
    colour: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
    """The launcher and the customer's own bubbles, as `#rrggbb`."""

    @field_validator("origins")
    @classmethod
    def _each_is_an_origin(cls, origins: list[str]) -> list[str]:
        return [normal_origin(origin) for origin in origins]

    @field_validator("identity_secret")
    @classmethod
    def _never_empty(cls, secret: SecretStr | None) -> SecretStr | None:
        # An empty key would make every forged identity genuine; `${NAME}` of an unset variable is one.
        if secret is not None and not secret.get_secret_value().strip():
            raise ValueError("is empty: give the secret, or leave the line out")
        return secret


def normal_origin(address: str) -> str:
    """An origin as browsers send it: `https://shop.example`, a port only when it is not the usual one."""
    parts = urlsplit(address.strip())
    plain = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _DEFAULT_PORT or not parts.hostname or not plain or "*" in address:
        raise ValueError(f"{address!r} is not an origin such as https://shop.example.com")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    if port in (None, _DEFAULT_PORT[parts.scheme]):
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"
