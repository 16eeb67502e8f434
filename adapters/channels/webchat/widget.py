"""The widget: one script, put together at start from the parts in `static/`.

Parts instead of one long file, so that each fits the head; put together here, so that there is no build
step and one `<script>` is the whole embed. The parts share one function scope, in this order.
"""

import hashlib
import json
from functools import cache
from importlib.resources import files

from aiohttp import web

PARTS = (
    "words.js",
    "times-words.js",
    "elements.js",
    "memory.js",
    "line.js",
    "outbox.js",
    "timeline.js",
    "times.js",
    "panel.js",
    "chat.js",
    "embed.js",
)
_HEADERS = {
    # Shops embed one unversioned address: browsers ask again, and mostly hear "not modified".
    "Cache-Control": "public, no-cache",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


@cache
def script() -> bytes:
    static = files(__package__) / "static"
    style = json.dumps((static / "widget.css").read_text(encoding="utf-8"))
    parts = "\n".join((static / part).read_text(encoding="utf-8") for part in PARTS)
    return f'(() => {{\n"use strict";\nconst STYLE = {style};\n{parts}\n}})();\n'.encode()


@cache
def _tag() -> str:
    return f'"{hashlib.sha256(script()).hexdigest()[:32]}"'


async def serve_widget(request: web.Request) -> web.Response:
    headers = {**_HEADERS, "ETag": _tag()}
    if _tag() in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=script(), content_type="text/javascript", charset="utf-8", headers=headers)
