"""Which adapters there are: the name of a module is the `kind` in the settings. Imported when first named.

Each module has `Settings` (its section of a tenant's file); a channel or desk has `Adapter(host)`, an
answerer `build(settings, host, languages)`, a platform with a section in bridge.yaml
`Installation`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Literal, cast

from pydantic import BaseModel

import adapters
from bridge.ports import Answerer, ChannelAdapter, DeskAdapter, Host

Port = Literal["channel", "desk", "answerer"]
_ROOMS: dict[Port, str] = {"channel": "channels", "desk": "desks", "answerer": "answerers"}


class Registry:
    """Implements what the settings ask of the adapters: schemas by kind."""

    def kinds(self, port: Port) -> list[str]:
        return _kinds(port)

    def channel(self, kind: str) -> type[BaseModel] | None:
        return self._settings("channel", kind)

    def desk(self, kind: str) -> type[BaseModel] | None:
        return self._settings("desk", kind)

    def answerer(self, kind: str) -> type[BaseModel] | None:
        return self._settings("answerer", kind)

    def installation(self, section: str) -> type[BaseModel] | None:
        """The schema of a platform's section of bridge.yaml; None where there is no such platform."""
        if section not in self.kinds("desk"):
            return None
        return cast("type[BaseModel] | None", getattr(_module("desk", section), "Installation", None))

    def module(self, port: Port, kind: str) -> ModuleType:
        return _module(port, kind)

    def build_channels(self, host: Host) -> dict[str, ChannelAdapter]:
        return {kind: _module("channel", kind).Adapter(host) for kind in self.kinds("channel")}

    def build_desks(self, host: Host) -> dict[str, DeskAdapter]:
        return {kind: _module("desk", kind).Adapter(host) for kind in self.kinds("desk")}

    def build_answerer(self, settings: BaseModel, host: Host, languages: tuple[str, ...]) -> Answerer:
        kind = str(getattr(settings, "kind", ""))
        build = cast("Callable[..., Answerer]", _module("answerer", kind).build)
        return build(settings, host, languages)

    def _settings(self, port: Port, kind: str) -> type[BaseModel] | None:
        if kind not in self.kinds(port):
            return None
        return cast("type[BaseModel]", _module(port, kind).Settings)


@cache
def _kinds(port: Port) -> list[str]:
    room = importlib.import_module(f"{adapters.__name__}.{_ROOMS[port]}")
    return sorted(found.name for found in pkgutil.iter_modules(room.__path__))


def _module(port: Port, kind: str) -> ModuleType:
    return importlib.import_module(f"{adapters.__name__}.{_ROOMS[port]}.{kind}")
