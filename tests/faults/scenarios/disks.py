"""17: the disk below SQLite is full, or its file is locked by somebody else."""

import asyncio
import resource
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from bridge.store import engine
from tests.faults.scenarios.ground import Ground
from tests.faults.scenarios.scenario import scenario
from tests.walk.program_house import Program, Visitor

SIZE = 16 * 1024 * 1024
MOUNTED = 'mount -t tmpfs -o size=%d tmpfs "$0" && cp "$1" "$0"/bridge.db && shift && exec "$@"'
LOCKED = 0.5
"""Seconds that the bridge waits for SQLite's lock here; ten as a rule."""


class SmallDisk(Program):
    """`serve` with its database on a disk of its own that can be full.

    A tmpfs in a namespace of its own where the system lets us; else a limit on the size of files
    (RLIMIT_FSIZE): the write fails in the kernel there too, by another number.
    """

    def __init__(self, folder: Path, template: Path) -> None:
        self.disk = folder / "disk"
        self.disk.mkdir()
        super().__init__(folder, f"sqlite:///{self.disk / 'bridge.db'}")
        self._template = template
        self.mounts = _may_mount()
        if not self.mounts:
            shutil.copy(template, self.disk / "bridge.db")

    @property
    def kind(self) -> str:
        return "a tmpfs, ENOSPC" if self.mounts else "RLIMIT_FSIZE, EFBIG: no tmpfs may be mounted here"

    def full(self) -> None:
        if not self.mounts:
            self._limit((self.disk / "bridge.db-wal").stat().st_size)
            return
        with suppress(OSError), self._inside("filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))

    def freed(self) -> None:
        if self.mounts:
            self._inside("filler").unlink()
        else:
            self._limit(resource.RLIM_INFINITY)

    def _inside(self, name: str) -> Path:
        assert self.serving is not None
        return Path(f"/proc/{self.serving.pid}/root{self.disk / name}")

    def _limit(self, size: int) -> None:
        assert self.serving is not None
        resource.prlimit(self.serving.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def _command(self, args: Any) -> list[str]:
        command = super()._command(args)
        if not self.mounts or list(args) != ["serve"]:
            return command
        script = MOUNTED % SIZE
        return ["unshare", "-rm", "sh", "-c", script, str(self.disk), str(self._template), *command]


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True)
    return tried.returncode == 0


@scenario(17, "the disk below SQLite is full; then there is room again")
async def full_disk(ground: Ground) -> str:
    async with SmallDisk(ground.folder, ground.databases.sqlite_template) as program:
        await program.begin()
        await program.serve()
        visitor = await program.visitor()
        await visitor.says("hello")
        await visitor.until_reads("You asked: hello")
        program.full()
        before, id = await visitor.reads(), str(uuid.uuid4())
        refused = [(await visitor.posts("again", id))[0], await _by_webhook(program)]
        assert refused == [503, 503]
        assert await visitor.reads() == before, "nothing of it is there"
        health = (await program.get("/healthz"))[0]
        program.freed()
        assert await _insists(visitor, id) == 202
        await visitor.until_reads("You asked: again")
        assert await visitor.reads() == [*before, "again", "You asked: again"]
        code, kind = await _stopped(program), program.kind
    return (
        f"({kind}) web chat {refused[0]}, webhook {refused[1]}, /healthz {health}; nothing of it stored; "
        f"then the same message 202, stored and answered once; ends with {code}"
    )


async def _stopped(program: Program) -> int:
    code, _ = await program.terminate()
    assert code == 0
    return code


async def _by_webhook(program: Program) -> int:
    return await program.shop.write(f"{program.url}/channels/acme/api", "c1", "hello")


async def _insists(visitor: Visitor, id: str) -> int:
    async with asyncio.timeout(20):
        while (status := (await visitor.posts("again", id))[0]) == 503:
            await asyncio.sleep(0.05)
    return status


@contextmanager
def impatient() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        pragmas = (f"PRAGMA busy_timeout={LOCKED * 1000:.0f}", *engine.SQLITE_PRAGMAS[1:])
        patch.setattr(engine, "SQLITE_PRAGMAS", pragmas)
        yield


@scenario(17, "another program holds SQLite's lock; then it lets go")
async def locked_file(ground: Ground) -> str:
    with impatient():
        house = await ground.house("sqlite")
    visitor, id = await house.visitor(), str(uuid.uuid4())
    await visitor.says("hello")
    before = await visitor.reads()
    with closing(sqlite3.connect(ground.folder / "bridge.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = monotonic()
        refused = (await visitor.posts("again", id))[0]
        waits = (monotonic() - began) / LOCKED
        hook = await house.shop.write(f"{house.url}/channels/acme/api", "c1", "hello")
        assert await visitor.reads() == before, "who only reads waits for nobody"
        other.execute("ROLLBACK")
    assert (refused, hook) == (503, 503)
    assert waits < 4, "the lock is waited for once, behind whoever waits already"
    assert (await visitor.posts("again", id))[0] == 202
    await house.idle()
    assert await visitor.reads() == [*before, "again", "You asked: again"]
    return (
        f"web chat {refused} after {waits:.1f} times the wait for the lock (10 s as a rule), webhook {hook}, "
        "reading goes on; then the same message 202, stored and answered once"
    )
