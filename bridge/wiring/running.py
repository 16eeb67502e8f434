"""Runs a service in this process until it is told to stop, and stops it gently."""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Sequence

from aiohttp import web

from bridge.wiring.service import Service

log = logging.getLogger(__name__)

COLLECT = (20_000, 20, 10)
"""New objects after which the youngest are looked through, and how often before the older ones are."""


async def run(
    service: Service,
    host: str,
    port: int,
    extra: Sequence[web.AbstractRouteDef] = (),
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serves until SIGTERM or SIGINT. Open streams are ended, what is under way may arrive."""
    runner = web.AppRunner(service.application(extra), access_log=None, shutdown_timeout=2)
    await runner.setup()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await service.start()
        await web.TCPSite(runner, host, port).start()
        log.info("serving", extra={"address": f"{host}:{port}"})
        _settle_memory()
        on_ready()
        await stop.wait()
        log.info("stopping: what is under way may arrive")
    finally:
        await service.close_streams()
        await runner.cleanup()
        await service.stop()
        log.info("stopped")


def _settle_memory() -> None:
    """What was loaded to start (word packs, a language model, modules) stays: the collector need not look
    through it again. It did so every second under load, and stopped everything for 150 ms each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
