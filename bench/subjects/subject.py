"""One thing that is measured: a process on a port, and the database behind it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench.load.wire import Line, request
from bench.meters.postgres import Server
from bench.meters.processor import ProcessorMeter
from bench.scene import HOST

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
"""Seconds until a process must be ready: the bridge stores all its tenants at its first start."""


class Cost(NamedTuple):
    service: float
    """Processor seconds of the subject's own process."""
    database: float
    """Processor seconds of PostgreSQL on its behalf."""


@dataclass
class Subject:
    name: str
    command: Sequence[str]
    tenants: int
    ready: str = "/readyz"
    server: Server | None = None
    database: str = ""
    folder: Path | None = None
    port: int = field(default_factory=lambda: free_port())
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns when it is ready."""
        folder = self.folder or ROOT
        log_path = folder / f"{self.name}.log" if self.folder else Path(os.devnull)
        with log_path.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(part.format(port=self.port) for part in self.command),
                cwd=folder,
                env=environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(PATIENCE):
            while not await self._is_ready():
                if self.process.returncode is not None:
                    raise RuntimeError(f"{self.name} did not start: {log_path.read_text('utf-8')[-2000:]}")
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await self.process.wait()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def meter(self) -> "Meter":
        return Meter(self, ProcessorMeter([self.pid]), ProcessorMeter(self.backends()))

    def backends(self) -> list[int]:
        return self.server.processes(self.database) if self.server else []

    async def _is_ready(self) -> bool:
        try:
            line = await Line.open(self.port)
        except OSError:
            return False
        try:
            return (await line.ask(request("GET", self.ready, {}))).status == 200
        except ConnectionError:
            return False
        finally:
            line.close()


@dataclass
class Meter:
    """What a subject has cost since this was made."""

    _subject: Subject
    _service: ProcessorMeter
    _database: ProcessorMeter

    def read(self) -> Cost:
        subject = self._subject
        return Cost(self._service.used([subject.pid]), self._database.used(subject.backends()))


async def run(command: Sequence[str], folder: Path) -> None:
    """A command that must succeed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {out.decode()[-2000:]}")


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BRIDGE_")}
    return {**inherited, "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
