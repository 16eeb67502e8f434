"""The floors as processes of their own, told the same things as the bridge."""

import tempfile
from pathlib import Path

from bench import scene
from bench.load.world import World
from bench.meters.postgres import Server
from bench.subjects.subject import Subject, python


async def floor(folder: Path, world: World, server: Server | None, name: str = "floor") -> Subject:
    """Only the durable writes: aiohttp with asyncpg, or with sqlite3 when there is no server."""
    folder = Path(tempfile.mkdtemp(prefix=name, dir=folder))
    database = await server.create(name.replace("-", "_")) if server else ""
    url = server.address(database) if server else f"sqlite:///{folder / 'floor.db'}"
    command = python("-m", "bench.floors.web", "--port", "{port}", "--world", world.url(""))
    command += ["--database", url]
    return Subject(name, command, scene.TENANTS, server=server, database=database, folder=folder)


async def relay(folder: Path, world: World) -> Subject:
    """slack-bolt alone, nothing durable."""
    folder = Path(tempfile.mkdtemp(prefix="relay", dir=folder))
    command = python("-m", "bench.floors.relay", "--port", "{port}", "--world", world.url(""))
    return Subject("relay", command, scene.TENANTS, folder=folder)
