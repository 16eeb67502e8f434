"""What the command line can do with an installation. Each function runs its own event loop."""

import asyncio
import getpass
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from adapters.registry import Registry
from bridge import crash
from bridge.domain.ids import TenantId
from bridge.settings import (
    Installation,
    Problem,
    SettingsError,
    UnknownTenant,
    load_installation,
    read_file,
    read_tenant,
)
from bridge.store import schema
from bridge.store.audit import AuditStore, Finding
from bridge.store.callbacks import CallbackStore
from bridge.store.engine import Database
from bridge.store.outbox_admin import OutboxAdmin, OutboxRow
from bridge.store.sealing import SealBroken
from bridge.store.tenants import TenantStore
from bridge.store.vault import Vault
from bridge.telemetry import log_as_json
from bridge.wiring.connecting import make_code
from bridge.wiring.demo import demo_routes, prepare
from bridge.wiring.opening import open_database, require_schema
from bridge.wiring.running import run
from bridge.wiring.service import Service, SystemClock


@dataclass(frozen=True, slots=True)
class TenantRow:
    tenant: str
    version: int
    name: str


def serve(installation: Installation) -> None:
    """Runs the service until it is told to stop. Refuses a database with another schema."""
    crash.arm(os.environ.get(crash.VARIABLE, ""))
    log_as_json()
    asyncio.run(_serve(installation))


def demo(port: int, data: Path) -> None:
    """Everything on this machine; prints the address to open."""
    log_as_json(int(os.environ.get("BRIDGE_LOG_LEVEL", "30")))
    env = prepare(data, port)
    installation = load_installation(data / "bridge.yaml", Registry(), {**os.environ, **env})
    asyncio.run(_demo(installation, port))


def migrate(installation: Installation) -> None:
    asyncio.run(schema.migrate(installation.file.database))


def tenant_apply(installation: Installation, path: Path) -> str:
    """Stores a tenant's file as a new version. Raises SettingsError when something in it is wrong."""
    folder = installation.tenants_folder
    settings = read_tenant(read_file(path), str(path), Registry(), installation.env, folder=folder)

    async def apply() -> str:
        async with open_database(installation) as database:
            store = TenantStore(database)
            before = (await store.versions()).get(TenantId(settings.id), 0)
            actor = f"cli:{getpass.getuser()}"
            version = await store.apply(TenantId(settings.id), settings.text, actor, SystemClock().now())
            if version == before:
                return f"{settings.id}: nothing changed; version {version} stays in force"
            return f"{settings.id}: version {version} is stored; running services take it up"

    return asyncio.run(apply())


def tenant_list(installation: Installation) -> Sequence[TenantRow]:
    async def rows() -> list[TenantRow]:
        async with open_database(installation) as database:
            stored = await TenantStore(database).stored()
            return [TenantRow(tenant, version, _name(installation, tenant)) for tenant, version in stored]

    return asyncio.run(rows())


def tenant_show(installation: Installation, tenant: str) -> str:
    """The stored settings, `${NAME}` and all. Raises UnknownTenant."""

    async def document() -> str:
        async with open_database(installation) as database:
            await _known(database, installation, tenant)
            return await TenantStore(database).document(TenantId(tenant)) or ""

    return asyncio.run(document())


def audit_verify(installation: Installation, tenant: str) -> Finding | None:
    """The first row that is not as it was written; None when all are. Raises UnknownTenant."""

    async def verify() -> Finding | None:
        async with open_database(installation) as database:
            await _known(database, installation, tenant)
            return await AuditStore(database).verify(TenantId(tenant))

    return asyncio.run(verify())


def audit_export(installation: Installation, tenant: str, out: TextIO) -> None:
    """Writes every row and anchor as a JSON line. Raises UnknownTenant."""

    async def export() -> None:
        async with open_database(installation) as database:
            await _known(database, installation, tenant)
            async for row in AuditStore(database).export(TenantId(tenant)):
                out.write(json.dumps(row, default=str) + "\n")

    asyncio.run(export())


def calendar_link(installation: Installation, tenant: str, desk: str) -> str:
    """A new link to a desk's callbacks. Raises UnknownTenant, SettingsError."""

    async def make() -> str:
        async with open_database(installation) as database:
            await _desk(database, installation, tenant, desk)
            actor, now = f"cli:{getpass.getuser()}", SystemClock().now()
            return await CallbackStore(database).new_link(TenantId(tenant), desk, actor, now)

    token = asyncio.run(make())
    return f"{installation.file.public_url.rstrip('/')}/calendars/{token}.ics"


def calendar_revoke(installation: Installation, tenant: str, desk: str) -> None:
    async def revoke() -> None:
        async with open_database(installation) as database:
            await _desk(database, installation, tenant, desk)
            actor, now = f"cli:{getpass.getuser()}", SystemClock().now()
            await CallbackStore(database).revoke_link(TenantId(tenant), desk, actor, now)

    asyncio.run(revoke())


def connect(installation: Installation, tenant: str, desk: str) -> str:
    """How to connect a place to a desk, with a fresh code. Raises UnknownTenant, SettingsError."""

    async def make() -> str:
        async with open_database(installation) as database:
            kind = await _desk(database, installation, tenant, desk)
            how = getattr(Registry().module("desk", kind), "CONNECT", None)
            if how is None:
                why = f"a desk of kind {kind} stands in no place that could be connected"
                raise SettingsError([Problem(f"{tenant}.yaml (stored)", 0, f"desks.{desk}", why, "")])
            actor, now = f"cli:{getpass.getuser()}", SystemClock().now()
            vault = Vault(database, SystemClock())
            code = await make_code(vault, TenantId(tenant), desk, kind, actor, now)
            return str(how).format(code=code)

    return asyncio.run(make())


def outbox_list(installation: Installation) -> Sequence[OutboxRow]:
    async def rows() -> Sequence[OutboxRow]:
        async with open_database(installation) as database:
            return await OutboxAdmin(database).outbox_list()

    return asyncio.run(rows())


def outbox_retry(installation: Installation, ids: Sequence[str]) -> int:
    """Puts parked effects back, by their keys; gives the number of those that were parked."""

    async def retry() -> int:
        async with open_database(installation) as database:
            admin = OutboxAdmin(database)
            wanted = set(ids)
            count = 0
            for row in await admin.outbox_list():
                if row.key in wanted:
                    conversation, _, number = row.key.partition(".")
                    count += await admin.outbox_retry(row.tenant, type(row.key)(conversation), int(number))  # type: ignore[arg-type]
            return count

    return asyncio.run(retry())


async def _serve(installation: Installation) -> None:
    await require_schema(installation)
    service = await Service.open(installation)
    listen = installation.file.listen
    with _port_errors(installation.source, "listen", "choose another address, or stop what is there"):
        await run(service, listen.host, listen.port)


async def _demo(installation: Installation, port: int) -> None:
    await schema.migrate(installation.file.database)
    service = await Service.open(installation)
    address = f"http://127.0.0.1:{port}"

    def announce() -> None:
        print(f"\n  The demo runs. Open  {address}\n", flush=True)
        print(f"  Its settings: {installation.source} (for --config). Ctrl+C stops it.", flush=True)

    with _port_errors("demo", f"port {port}", "choose another: --port 8090"):
        await run(service, "127.0.0.1", port, demo_routes(service, installation), announce)


@contextmanager
def _port_errors(source: str, key: str, mend: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "can't be listened on"
        raise SettingsError([Problem(source, 0, key, why.lower(), mend)]) from None


async def _desk(database: Database, installation: Installation, tenant: str, desk: str) -> str:
    """Its kind. Raises UnknownTenant, and SettingsError for a desk that the stored settings do not name."""
    await _known(database, installation, tenant)
    document = await TenantStore(database).document(TenantId(tenant)) or ""
    name = f"{tenant}.yaml (stored)"
    folder = installation.tenants_folder
    desks = read_tenant(document, name, Registry(), installation.env, folder=folder).desks
    if desk not in desks:
        why, mend = f"there is no desk {desk}", f"known are {', '.join(desks)}"
        raise SettingsError([Problem(name, 0, "desks", why, mend)])
    return str(desks[desk].kind)


async def _known(database: Database, installation: Installation, tenant: str) -> None:
    known = await TenantStore(database).versions()
    if tenant not in known:
        raise UnknownTenant(tenant, list(known))
    try:
        await TenantStore(database).document(TenantId(tenant))
    except SealBroken:
        why, mend = "is not the key that this database was written with", "use the one from then"
        raise SettingsError([Problem(installation.source, 0, "master_key", why, mend)]) from None


def _name(installation: Installation, tenant: str) -> str:
    found = installation.tenants.get(tenant)
    return (found.file.name or tenant) if found else tenant
