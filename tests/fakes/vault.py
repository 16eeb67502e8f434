"""A vault in memory, and codes that connect to desks given beforehand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.ports import ConnectRefused, DeskAddress


class FakeVault:
    """Implements `bridge.ports.Vault`."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Mapping[str, Any]]] = {}

    async def get(self, kind: str, key: str) -> Mapping[str, Any] | None:
        return self.kept.get(kind, {}).get(key)

    async def put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        self.kept.setdefault(kind, {})[key] = dict(value)

    async def delete(self, kind: str, key: str) -> bool:
        return self.kept.get(kind, {}).pop(key, None) is not None

    async def every(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        return dict(self.kept.get(kind, {}))


class FakeConnecting:
    """Implements `bridge.ports.Connecting`; `codes` holds what each code is for, `bound` what was done."""

    def __init__(self) -> None:
        self.codes: dict[str, DeskAddress] = {}
        self.bound: list[tuple[str, str, Mapping[str, str], str]] = []

    async def redeem(self, code: str, kind: str, place: Mapping[str, str], by: str) -> DeskAddress:
        address = self.codes.pop(code, None)
        if address is None:
            raise ConnectRefused("This code is not valid. Ask your admin for a new one.")
        self.bound.append((address.desk, kind, place, by))
        settings = address.settings.model_copy(update=dict(place))
        return replace(address, settings=settings)
