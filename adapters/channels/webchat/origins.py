"""Which web pages may talk to a chat (CORS).

A page of another origin is admitted only when the tenant names it, exactly. With no origins named, only
pages of the bridge's own address are: an empty list must not open a chat to the whole web.
Requests without an Origin header come from no page (a server, a test) and rest on their token alone.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from aiohttp import web

from adapters.channels.webchat.settings import normal_origin
from adapters.http import problem

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}


def cors_headers(request: web.Request, origins: Iterable[str], public_url: str) -> Mapping[str, str]:
    """The headers that let the asking page read the answer. Raises 403 for a page that may not ask."""
    origin = request.headers.get("Origin")
    if origin is None:
        return {"Vary": "Origin"}
    if origin not in origins and not _is_own(origin, request.host, public_url):
        raise problem(403, "origin_not_allowed", "This site may not use the chat: name it under 'origins'.")
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After",
        "Vary": "Origin",
    }


def _is_own(origin: str, host: str, public_url: str) -> bool:
    """A page served by the bridge itself, at its public address or at the one this request came to.

    A page can't choose its Host header, and nothing here rests on cookies: a rebound name gains nothing.
    """
    try:
        return urlsplit(origin).netloc == host or normal_origin(origin) == normal_origin(_root(public_url))
    except ValueError:
        return False


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
