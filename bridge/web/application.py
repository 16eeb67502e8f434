"""One aiohttp application: the adapters' routes, the bridge's own, and one way to fail.

Whatever goes wrong, a stranger gets a short JSON error: never a traceback, never a 5xx for what they
sent.
"""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from bridge.ports import Unavailable

log = logging.getLogger(__name__)

Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]
Probe = Callable[[], Awaitable[dict[str, bool]]]
"""What readiness depends on, by name."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_TEXTS = {404: ("not_found", "There is nothing at this address."), 405: ("not_found", "Wrong method.")}


def build_application(
    routes: Iterable[web.AbstractRouteDef],
    *,
    ready: Probe,
    metrics: Callable[[], Awaitable[bytes]],
    admin_token: str,
) -> web.Application:
    app = web.Application(middlewares=[_errors, _headers])
    app.add_routes(
        [
            web.get("/healthz", _healthz),
            web.get("/readyz", _readyz(ready)),
            web.get("/metrics", _metrics(metrics, admin_token)),
        ]
    )
    app.add_routes(routes)
    return app


async def _healthz(request: web.Request) -> web.Response:
    """Open to all: the process runs."""
    return web.json_response({"status": "ok"})


def _readyz(ready: Probe) -> Respond:
    async def readyz(request: web.Request) -> web.Response:
        """Open to all: database, migrations and workers, by name, without details."""
        parts = await ready()
        status = 200 if all(parts.values()) else 503
        return web.json_response({"status": "ok" if status == 200 else "not ready", **parts}, status=status)

    return readyz


def _metrics(metrics: Callable[[], Awaitable[bytes]], admin_token: str) -> Respond:
    async def read(request: web.Request) -> web.Response:
        """For the holder of the admin token."""
        if not _is_admin(request, admin_token):
            return _error(401, "unauthorized", "The credentials are not valid here.")
        return web.Response(
            body=await metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    return read


def _is_admin(request: web.Request, admin_token: str) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return bool(admin_token) and hmac.compare_digest(given.encode(), admin_token.encode())


@web.middleware
async def _errors(request: web.Request, handler: Respond) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.content_type == "application/json" or error.status < 400:
            raise
        status = error.status
        if isinstance(error, web.HTTPMethodNotAllowed) and error.allowed_methods <= {"OPTIONS"}:
            status = 404  # only a preflight knows this path
        code, message = _TEXTS.get(status, ("bad_request", error.reason))
        return _error(status, code, message, error.headers)
    except Unavailable:
        headers = {"Retry-After": "2"}
        return _error(503, "unavailable", "It could not be stored now. Send it again.", headers)
    except ConnectionResetError:
        raise
    except Exception:
        log.exception("a request failed", extra={"route": _route(request)})
        return _error(500, "internal", "Something went wrong on our side.")


@web.middleware
async def _headers(request: web.Request, handler: Respond) -> web.StreamResponse:
    response = await handler(request)
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    return response


def _route(request: web.Request) -> str:
    """The route's pattern, not its path: paths hold tokens."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"


def _error(status: int, code: str, message: str, headers: object = None) -> web.Response:
    body = json.dumps({"error": {"code": code, "message": message}})
    response = web.Response(status=status, text=body, content_type="application/json")
    allowed = ("Retry-After", "Allow")
    for name in allowed:
        value = headers.get(name) if hasattr(headers, "get") else None
        if value:
            response.headers[name] = value
    return response
