"""The tenants as they are now: compiled settings, swapped whole when a new version is taken up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridge.domain.ids import TenantId
from bridge.domain.rota import Rota
from bridge.domain.tenant import Tenant
from bridge.ports import Answerer, DeskAddress


@dataclass(frozen=True, slots=True)
class Entry:
    """One tenant at one version of its settings."""

    version: int
    tenant: Tenant
    channels: Mapping[str, Any]
    desks: Mapping[str, Any]
    answerer: Answerer | None


class LiveDirectory:
    """Implements `bridge.ports.Directory`."""

    def __init__(self, installation: Mapping[str, Any]) -> None:
        self._installation = installation
        self._entries: dict[str, Entry] = {}
        self._desks: dict[str, Sequence[DeskAddress]] = {}
        """By kind, as far as they were asked for since the settings last changed."""

    def put(self, entry: Entry) -> Entry | None:
        """Takes up a tenant's new version; gives the old one back, to be closed."""
        before = self._entries.get(entry.tenant.id)
        if before is not None:
            entry = replace(entry, tenant=_with_what_is_known(entry.tenant, before.tenant))
        self._entries[entry.tenant.id] = entry
        self._desks.clear()
        return before

    def staff(self, tenant: TenantId, desk: str, rota: Rota) -> None:
        """Decisions see this desk's calendars and switches from now on."""
        entry = self._entries.get(tenant)
        if entry is None or not _same_schedule(entry.tenant.rota(desk), rota):
            return
        rotas = {**entry.tenant.rotas, desk: rota}
        self._entries[tenant] = replace(entry, tenant=replace(entry.tenant, rotas=rotas))

    def version(self, tenant: str) -> int:
        entry = self._entries.get(tenant)
        return entry.version if entry else 0

    def tenant(self, tenant: str) -> Tenant | None:
        entry = self._entries.get(tenant)
        return entry.tenant if entry else None

    def tenants(self) -> Sequence[TenantId]:
        return [entry.tenant.id for entry in self._entries.values()]

    def answerer(self, tenant: TenantId) -> Answerer | None:
        entry = self._entries.get(tenant)
        return entry.answerer if entry else None

    def channel(self, tenant: str, channel: str, kind: str) -> Any | None:
        entry = self._entries.get(tenant)
        return _of_kind(entry.channels.get(channel) if entry else None, kind)

    def desk(self, tenant: str, desk: str, kind: str) -> DeskAddress | None:
        entry = self._entries.get(tenant)
        settings = _of_kind(entry.desks.get(desk) if entry else None, kind)
        if entry is None or settings is None:
            return None
        return DeskAddress(entry.tenant.id, desk, settings)

    def desks(self, kind: str) -> Sequence[DeskAddress]:
        desks = self._desks.get(kind)
        if desks is None:
            desks = self._desks[kind] = tuple(
                DeskAddress(entry.tenant.id, name, settings)
                for entry in self._entries.values()
                for name, settings in entry.desks.items()
                if settings.kind == kind
            )
        return desks

    def installation(self, section: str) -> Any:
        return self._installation.get(section)


def _of_kind(settings: Any | None, kind: str) -> Any | None:
    return settings if settings is not None and settings.kind == kind else None


def _with_what_is_known(tenant: Tenant, before: Tenant) -> Tenant:
    """New settings, and what calendars and agents said before: nobody is off call for a moment."""
    rotas = {
        desk: rota.live(
            known.calendar if rota.calendars == known.calendars else (), known.switches, known.taken
        )
        for desk in {*tenant.rotas, *before.rotas}
        for rota, known in [(tenant.rota(desk), before.rota(desk))]
    }
    return replace(tenant, rotas=rotas)


def _same_schedule(one: Rota, other: Rota) -> bool:
    return one.live() == other.live()
