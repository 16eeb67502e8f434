"""A small installation to read: two kinds of channels, one of desks and of answerers, and their schemas."""

import base64
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from bridge.settings import Installation, Port, SettingsError, TenantSettings, load_installation, read_tenant


class Chat(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["chat"]
    origins: list[str] = []
    secret: SecretStr | None = None


class Hook(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["hook"]
    deliver_to: str


class Room(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["room"]
    token: SecretStr | None = None
    open: bool = False


class RoomPlatform(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    signing_secret: SecretStr


class Book(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["book"]
    folder: Path


def _check_room(settings: Room, public_url: str, platform: object = None) -> list[str]:
    return [f"open to all at {public_url}; close it"] if settings.open else []


class OfficeSchemas:
    """Implements `bridge.settings.Schemas` for these kinds."""

    _by_port: Mapping[Port, Mapping[str, type[BaseModel]]] = {
        "channel": {"chat": Chat, "hook": Hook},
        "desk": {"room": Room},
        "answerer": {"book": Book},
    }

    def kinds(self, port: Port) -> list[str]:
        return sorted(self._by_port[port])

    def channel(self, kind: str) -> type[BaseModel] | None:
        return self._by_port["channel"].get(kind)

    def desk(self, kind: str) -> type[BaseModel] | None:
        return self._by_port["desk"].get(kind)

    def answerer(self, kind: str) -> type[BaseModel] | None:
        return self._by_port["answerer"].get(kind)

    def installation(self, section: str) -> type[BaseModel] | None:
        return RoomPlatform if section == "room" else None

    def module(self, port: Port, kind: str) -> object:
        return SimpleNamespace(check=_check_room) if kind == "room" else SimpleNamespace()


SCHEMAS = OfficeSchemas()
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
ENV = {"MASTER_KEY": KEY, "CHAT_SECRET": "12345678", "ROOM_SECRET": "room-secret"}

BRIDGE = """\
public_url: https://bridge.example.com/
database: sqlite:///var/bridge.db
master_key: ${MASTER_KEY}
"""

TENANT = """\
tenant: acme
name: Acme Outdoor
timezone: Europe/Madrid
languages: [en]
channels:
  web: {kind: chat, secret: "${CHAT_SECRET}"}
answerer: {kind: book, folder: book}
desks:
  support: {kind: room}
  sales: {kind: room}
routing:
  desk: support
"""


def office(folder: Path, bridge: str = BRIDGE, tenant: str = TENANT) -> Path:
    """Writes the files; gives the path of bridge.yaml."""
    (folder / "tenants" / "book").mkdir(parents=True, exist_ok=True)
    (folder / "tenants" / "acme.yaml").write_text(tenant, "utf-8")
    (folder / "bridge.yaml").write_text(bridge, "utf-8")
    return folder / "bridge.yaml"


def load(folder: Path, bridge: str = BRIDGE, tenant: str = TENANT) -> Installation:
    return load_installation(office(folder, bridge, tenant), SCHEMAS, ENV)


def read(folder: Path, tenant: str = TENANT, env: Mapping[str, str] = ENV) -> TenantSettings:
    (folder / "book").mkdir(exist_ok=True)
    return read_tenant(tenant, "acme.yaml", SCHEMAS, env, folder)


def complaints(folder: Path, tenant: str, env: Mapping[str, str] = ENV) -> list[str]:
    """The lines that an admin reads about a tenant's file; none when it is right."""
    try:
        read(folder, tenant, env)
    except SettingsError as error:
        return [str(problem) for problem in error.problems]
    return []
