"""Keeps other sites out: what changes something must come from the console's own page, as JSON.

The cookie is SameSite=Strict already; this is the second wall. A request with neither header does not
come from a browser, and so carries no cookie that its sender was not given.
"""

from urllib.parse import urlsplit

from aiohttp import web

from adapters.http import problem


def require_own_page(request: web.Request, public_url: str) -> None:
    """403 for another site's request, 415 for anything but JSON."""
    if not _own(request, public_url):
        raise problem(403, "foreign_origin", "This can only be done from the console's own page.")
    if request.method != "DELETE" and request.content_type != "application/json":
        raise problem(415, "not_json", "Send the body as application/json.")


def _own(request: web.Request, public_url: str) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return origin == _origin(public_url) or urlsplit(origin).netloc == request.host


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
