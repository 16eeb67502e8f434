"""Server-sent events over aiohttp: one frame format, keep-alives, and no buffering on the way."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

KEEP_ALIVE = 20.0
"""Seconds between comments on a quiet stream, so that proxies and half-open sockets show."""


class EventStream:
    def __init__(self, response: web.StreamResponse) -> None:
        self._response = response

    @classmethod
    async def open(cls, request: web.Request, headers: Mapping[str, str] | None = None) -> "EventStream":
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
                **(headers or {}),
            }
        )
        await response.prepare(request)
        stream = cls(response)
        await stream.comment("open")
        return stream

    @property
    def response(self) -> web.StreamResponse:
        return self._response

    async def send(self, event: str, data: Any, id: int | None = None) -> None:
        number = "" if id is None else f"id: {id}\n"
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        await self._response.write(f"{number}event: {event}\ndata: {body}\n\n".encode())

    async def comment(self, text: str = "") -> None:
        await self._response.write(f": {text}\n\n".encode())
