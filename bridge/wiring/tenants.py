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
from bridge.language import LanguageDetector
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
STILL_ANSWERING = timedelta(minutes=3)


class Surroundings(Protocol):
    """What the loader needs of the service that it belongs to."""

    @property
    def host(self) -> Host: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def channels(self) -> dict[str, ChannelAdapter]: ...
    @property
    def languages(self) -> LanguageDetector: ...


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
        self._retired: list[tuple[datetime, Answerer]] = []

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
        await self._close_retired(self._around.clock.now() - STILL_ANSWERING)
        for tenant, version in (await self._store.versions()).items():
            if version > self._directory.version(tenant) and not self._rests(tenant, version):
                await self._take_up(tenant, version)

    async def close(self) -> None:
        await self._close_retired(self._around.clock.now())
        for tenant in self._directory.tenants():
            if answerer := self._directory.answerer(tenant):
                await answerer.close()

    async def _close_retired(self, until: datetime) -> None:
        """Answerers of versions that are no longer in force, once nothing can be under way with them."""
        due = [answerer for at, answerer in self._retired if at <= until]
        self._retired = [(at, answerer) for at, answerer in self._retired if at > until]
        for answerer in due:
            await answerer.close()

    def _rests(self, tenant: str, version: int) -> bool:
        """A refused version is tried again now and then: what it lacked may be there by now."""
        refused = self._refused.get((tenant, version))
        return refused is not None and self._around.clock.now() - refused < TRY_AGAIN

    async def _take_up(self, tenant: TenantId, newest: int) -> None:
        """Takes up the newest version that can be used: after a restart that may be an older one."""
        in_force = self._directory.version(tenant)
        for version in range(newest, in_force, -1):
            if entry := await self._read(tenant, version):
                before = self._directory.put(entry)
                if before is not None and before.answerer is not None:
                    self._retired.append((self._around.clock.now(), before.answerer))
                log.info("settings are in force", extra={"tenant": tenant, "version": version})
                return

    async def _read(self, tenant: TenantId, version: int) -> Entry | None:
        document = await self._store.document(tenant, version)
        if document is None:
            return None
        try:
            settings = read_tenant(
                document,
                f"{tenant}.yaml (stored version {version})",
                self._registry,
                with_dotenv(Path(self._installation.source).parent, self._installation.env),
                folder=self._installation.tenants_folder,
            )
            return await asyncio.to_thread(self._compiled, settings, version)
        except (SettingsError, ValueError) as error:
            self._refused[tenant, version] = self._around.clock.now()
            log.error(
                "stored settings can not be used; a version before them stays in force",
                extra={"tenant": tenant, "version": version, "problems": str(error).splitlines()},
            )
            return None

    def _compiled(self, settings: TenantSettings, version: int) -> Entry:
        traits = {name: _traits(self._around.channels[a.kind]) for name, a in settings.channels.items()}
        tenant = compile_tenant(settings, traits)
        self._around.languages.prepare(tenant.languages)
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


def _traits(adapter: ChannelAdapter) -> ChannelTraits:
    limits = adapter.limits
    return ChannelTraits(adapter.push, adapter.states, adapter.choices, limits.files, limits.edits)
