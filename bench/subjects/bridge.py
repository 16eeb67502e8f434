"""The bridge as an operator runs it: settings, `migrate`, `serve`, with everything on.

Encryption, audit, signatures and limits are as they ship. Only what would keep the clock from measuring
is set: no gathering of bursts, limits that one address can't reach, and pages that do not repeat within
a measurement.
"""

import base64
import os
import secrets
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from adapters.registry import Registry
from bench import scene
from bench.load.world import World
from bench.meters.postgres import Server
from bench.subjects.subject import Subject, free_port, python, run
from bridge.domain.tenant import ChannelTraits, Tenant
from bridge.settings.compiling import compile_tenant
from bridge.settings.reading import read_tenant

UNREACHED = "900000000/m"
"""A limit whose counting costs what it costs, and which is never met."""


async def bridge(
    folder: Path,
    world: World,
    server: Server | None,
    *,
    name: str = "bridge",
    tenants: int = scene.TENANTS,
    profile: Path | None = None,
    **changes: Any,
) -> Subject:
    """On PostgreSQL, or on SQLite without a server; in a folder of its own below `folder`. Not started.

    `changes`: of every tenant's settings.
    """
    folder = Path(tempfile.mkdtemp(prefix=name, dir=folder))
    database = await server.create(name.replace("-", "_")) if server else ""
    command = python("-m", "bridge", "serve")
    if profile is not None:
        command = python("-m", "bench.profiled", str(profile), "serve")
    subject = Subject(name, command, tenants, server=server, database=database, folder=folder)
    url = server.address(database) if server else f"sqlite:///{folder / 'bridge.db'}"
    _write_settings(folder, world, url, subject.port, tenants, changes)
    await run(python("-m", "bridge", "migrate"), folder)
    return subject


def replica(of: Subject, name: str) -> Subject:
    """Another process on the same database, with the same settings. Not started."""
    assert of.folder is not None
    folder = of.folder.with_name(f"{of.folder.name}-{name}")
    shutil.copytree(of.folder, folder)
    made = replace(of, name=name, folder=folder, port=free_port(), process=None)
    path = folder / "bridge.yaml"
    settings = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump(settings | {"listen": f"{scene.HOST}:{made.port}"}), "utf-8")
    return made


def _write_settings(
    folder: Path, world: World, url: str, port: int, tenants: int, changes: dict[str, Any]
) -> None:
    installation = {
        "listen": f"{scene.HOST}:{port}",
        "public_url": f"http://{scene.HOST}:{port}",
        "database": url,
        "master_key": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "admin_token": secrets.token_urlsafe(24),
        "tenants": "tenants/",
        "outbound": {"private_hosts": [scene.HOST]},
        "limits": {"per_address": UNREACHED, "per_session": UNREACHED},
        "slack": {"signing_secret": scene.SIGNING_SECRET, "api_url": world.url("/api/")},
    }
    (folder / "bridge.yaml").write_text(yaml.safe_dump(installation), "utf-8")
    (folder / "tenants").mkdir()
    for number in range(tenants):
        tenant = tenant_settings(number, world.url("")) | changes
        path = folder / "tenants" / f"{tenant['tenant']}.yaml"
        path.write_text(yaml.safe_dump(tenant, sort_keys=False), "utf-8")


def tenant_settings(number: int, world: str) -> dict[str, Any]:
    """`world`: where the tenant's AI and shop are."""
    desk = {
        "kind": "slack",
        "team": scene.TEAM,
        "channel": scene.desk_channel(number),
        "bot_token": scene.BOT_TOKEN,
    }
    return {
        "tenant": scene.tenant_name(number),
        "name": f"Shop {number}",
        "languages": ["en", "es", "de"],
        "channels": {
            "web": {"kind": "webchat"},
            "api": {"kind": "webhook", "secret": scene.WEBHOOK_SECRET, "deliver_to": f"{world}/shop"},
        },
        "answerer": {
            "kind": "http",
            "url": f"{world}/answer",
            "secret": scene.WEBHOOK_SECRET,
            "timeout": 20,
        },
        "desks": {"support": desk},
        "routing": {"desk": "support"},
        "pages": {"repeat_after": "1d", "give_up_after": "2d", "claim_lease": "1d"},
        "turns": {"gather": "0s"},
    }


def compiled_tenant() -> Tenant:
    """The same tenant as the core has it, for measuring a part of the bridge in this process."""
    text = yaml.safe_dump(tenant_settings(0, "https://bench.example.com"))
    settings = read_tenant(text, "bench", Registry(), {}, folder=Path())
    traits = {"web": ChannelTraits(push=False, states=True), "api": ChannelTraits(push=True, states=True)}
    return compile_tenant(settings, traits)
