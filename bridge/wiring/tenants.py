"""Takes up tenants' settings: at start from the files of those the database does not know, then by version.

A stored version that can't be read (an environment variable is gone, say) leaves the one before it in
force and is logged; it never takes a tenant off the air.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from adapters.registry import Registry
from bridge.directory import Entry, LiveDirectory
from bridge.domain.ids import TenantId
from bridge.domain.tenant import ChannelTraits
from bridge.ports import Answerer, ChannelAdapter, Clock, Host
from bridge.settings import (
    Installation,
    SettingsError,
    TenantSettings,
    compile_tenant,
    read_tenant,
    with_dotenv,
)
from bridge.store.tenants import TenantStore

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(seconds=30)


class Surroundings(Protocol):
    """What the loader needs of the service that it belongs to."""

    @property
    def host(self) -> Host: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def channels(self) -> dict[str, ChannelAdapter]: ...


class TenantLoader:
    def __init__(
        self,
        installation: Installation,
        store: TenantStore,
        directory: LiveDirectory,
        registry: Registry,
        around: Surroundings,
    ) -> None:
        self._installation = installation
        self._store = store
        self._directory = directory
        self._registry = registry
        self._around = around
        self._refused: dict[tuple[str, int], datetime] = {}
        self._retired: list[Answerer] = []

    async def store_new(self) -> None:
        """Stores the files of tenants that are new here."""
        for problem in self._installation.broken:
            log.error("a tenant's settings are broken", extra={"problem": str(problem)})
        known = await self._store.versions()
        for settings in self._installation.tenants.values():
            if settings.id not in known:
                await self._store.apply(
                    TenantId(settings.id), settings.text, "file", self._around.clock.now()
                )

    async def refresh(self) -> None:
        """Takes up what is newer than what is in force. Cheap when nothing is."""
        for tenant, version in (await self._store.versions()).items():
            if version > self._directory.version(tenant) and not self._rests(tenant, version):
                await self._take_up(tenant, version)

    async def close(self) -> None:
        answerers = [self._directory.answerer(tenant) for tenant in self._directory.tenants()]
        for answerer in [*answerers, *self._retired]:
            if answerer is not None:
                await answerer.close()

    def _rests(self, tenant: str, version: int) -> bool:
        """A refused version is tried again now and then: what it lacked may be there by now."""
        refused = self._refused.get((tenant, version))
        return refused is not None and self._around.clock.now() - refused < TRY_AGAIN

    async def _take_up(self, tenant: TenantId, version: int) -> None:
        document = await self._store.document(tenant, version)
        if document is None:
            return
        try:
            settings = read_tenant(
                document,
                f"{tenant}.yaml (stored version {version})",
                self._registry,
                with_dotenv(Path(self._installation.source).parent, self._installation.env),
                folder=self._installation.tenants_folder,
            )
            entry = await asyncio.to_thread(self._compiled, settings, version)
        except (SettingsError, ValueError) as error:
            self._refused[tenant, version] = self._around.clock.now()
            log.error(
                "stored settings can not be used; the version before them stays in force",
                extra={"tenant": tenant, "version": version, "problems": str(error).splitlines()},
            )
            return
        before = self._directory.put(entry)
        if before is not None and before.answerer is not None:
            self._retired.append(before.answerer)
        log.info("settings are in force", extra={"tenant": tenant, "version": version})

    def _compiled(self, settings: TenantSettings, version: int) -> Entry:
        traits = {
            name: ChannelTraits(self._around.channels[a.kind].push, self._around.channels[a.kind].states)
            for name, a in settings.channels.items()
        }
        tenant = compile_tenant(settings, traits)
        answerer = self._registry.build_answerer(
            settings.answerer.settings, self._around.host, tenant.languages
        )
        return Entry(
            version,
            tenant,
            {name: a.settings for name, a in settings.channels.items()},
            {name: a.settings for name, a in settings.desks.items()},
            answerer,
        )
