"""The page itself: a handful of static files, named here and nowhere else, under a strict content policy."""

from pathlib import Path

from aiohttp import web

from adapters.http import not_found

STATIC = Path(__file__).parent / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {path.name: path for path in STATIC.iterdir() if path.suffix in _TYPES}

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


async def page(request: web.Request) -> web.StreamResponse:
    """The console. It knows no tenant: the page asks for desk, name and key."""
    return _file("index.html")


async def static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in FILES:
        raise not_found()
    return _file(name)


def _file(name: str) -> web.FileResponse:
    path = FILES[name]
    return web.FileResponse(
        path, headers={**HEADERS, "Content-Type": f"{_TYPES[path.suffix]}; charset=utf-8"}
    )
