"""`check --online`: asks everything the settings name whether it really answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from adapters.registry import Registry
from bridge.domain.ids import TenantId
from bridge.domain.model import Said, ToolFailure, Turn
from bridge.ports import DeliveryError, DeskAddress, Unavailable
from bridge.settings import Installation, Problem, SettingsError, TenantSettings, differences, read_tenant
from bridge.store import schema
from bridge.store.tenants import TenantStore
from bridge.wiring.opening import open_database
from bridge.wiring.service import Service

Probe = Callable[[DeskAddress], Awaitable[None]]
"""What an adapter may offer: asks its platform about one desk. Raises DeliveryError."""


def online_checks(installation: Installation) -> Sequence[Problem]:
    return asyncio.run(_checks(installation))


async def _checks(installation: Installation) -> list[Problem]:
    source = installation.source
    try:
        state = await schema.state(installation.file.database)
    except Unavailable as error:
        return [Problem(source, 0, "database", str(error), "start it, or mend the address")]
    if state != "current":
        return [Problem(source, 0, "database", f"its schema is {state}", "run: handoff-bridge migrate")]
    return [
        *await _walls(installation),
        *await _stored(installation),
        *await _others(installation),
    ]


async def _walls(installation: Installation) -> list[Problem]:
    async with open_database(installation) as database:
        if await database.walls_bind():
            return []
    why = "its role passes by the walls between tenants (row-level security)"
    mend = "connect with a role that owns the database and is no superuser"
    return [Problem(installation.source, 0, "database", why, mend)]


async def _stored(installation: Installation) -> list[Problem]:
    """Where a tenant's file says something else than the version that is in force."""
    found: list[Problem] = []
    async with open_database(installation) as database:
        store = TenantStore(database)
        for settings in installation.tenants.values():
            document = await store.document(TenantId(settings.id))
            if document is None:
                continue
            try:
                found += differences(settings, _as_stored(installation, settings.id, document))
            except SettingsError as error:
                found += error.problems
    return found


def _as_stored(installation: Installation, tenant: str, document: str) -> TenantSettings:
    name = f"{tenant}.yaml (stored)"
    folder = installation.tenants_folder
    return read_tenant(document, name, Registry(), installation.env, folder=folder)


async def _others(installation: Installation) -> list[Problem]:
    """Asks each desk's platform and each tenant's AI, as the stored settings name them."""
    service = await Service.open(installation, store_new=False)
    try:
        return [*await _desks(service), *await _answerers(service)]
    finally:
        await service.outbound.close()
        await service.tenants.close()
        await service.database.close()


async def _answerers(service: Service) -> list[Problem]:
    """Puts one harmless question to each tenant's AI; a poor answer is fine, none is not."""
    found = []
    for tenant in service.directory.tenants():
        answerer, rules = service.directory.answerer(tenant), service.directory.tenant(tenant)
        if answerer is None or rules is None:
            continue
        said = Said("customer", "", "Hello", service.clock.now())
        turn = Turn(tenant, "check", 1, rules.languages[0], {}, (said,))
        result = await answerer.answer(turn, key="check")
        if isinstance(result, ToolFailure):
            found.append(Problem(f"{tenant}.yaml", 0, "answerer", result.why, "see docs/answerers.md"))
    return found


async def _desks(service: Service) -> list[Problem]:
    """Asks each desk's platform whether the desk can be reached with its credentials."""
    found = []
    for kind, adapter in service.desks.items():
        probe: Probe | None = getattr(adapter, "probe", None)
        if probe is None:
            continue
        for desk in service.directory.desks(kind):
            try:
                await probe(desk)
            except DeliveryError as error:
                key = f"desks.{desk.desk}"
                found.append(Problem(f"{desk.tenant}.yaml", 0, key, str(error), f"see docs/{kind}.md"))
    return found
