"""Checks that every HTTP adapter shares: sizes, JSON, text, and one shape of error.

Whatever a stranger sends ends in a 4xx with a short JSON error, never in a traceback.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from aiohttp import web
from multidict import MultiDict, MultiMapping
from yarl import URL

from bridge.domain.model import ShownTimes

MAX_BODY = 1024 * 1024
MAX_DEPTH = 32
MAX_FIELDS = 50
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""How what can't be stored comes in JSON: a lone surrogate or NUL in UTF-8 is no UTF-8 or no JSON."""

_STATUS: dict[int, type[web.HTTPException]] = {
    400: web.HTTPBadRequest,
    401: web.HTTPUnauthorized,
    403: web.HTTPForbidden,
    404: web.HTTPNotFound,
    405: web.HTTPNotFound,
    409: web.HTTPConflict,
    415: web.HTTPUnsupportedMediaType,
    422: web.HTTPUnprocessableEntity,
    429: web.HTTPTooManyRequests,
    503: web.HTTPServiceUnavailable,
}


def problem(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> web.HTTPException:
    """The error to raise: `{"error": {"code", "message"}}`."""
    body = json.dumps({"error": {"code": code, "message": message}})
    if status == 413:
        return web.HTTPRequestEntityTooLarge(
            max_size=MAX_BODY, actual_size=0, text=body, content_type="application/json"
        )
    return _STATUS[status](text=body, content_type="application/json", headers=headers)


def unauthorized() -> web.HTTPException:
    """The one answer to a wrong or foreign token, session or signature: it never says which."""
    return problem(401, "unauthorized", "The credentials are not valid here.")


def not_found() -> web.HTTPException:
    return problem(404, "not_found", "There is nothing at this address.")


async def read_body(request: web.Request, limit: int = MAX_BODY) -> bytes:
    """The raw body. 413 when it is larger than `limit` bytes."""
    if (request.content_length or 0) > limit:
        raise problem(413, "too_large", f"The body is larger than {limit} bytes.")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise problem(413, "too_large", f"The body is larger than {limit} bytes.")
    return bytes(body)


async def read_json(request: web.Request, limit: int = MAX_BODY) -> dict[str, Any]:
    """The body as a JSON object, its strings storable. 400 or 413 for anything else."""
    return parse_json(await read_body(request, limit))


def parse_json(body: bytes) -> dict[str, Any]:
    """A JSON object from raw bytes: UTF-8 without BOM, no NaN, no repeated keys, nested 32 deep at most."""
    try:
        text = body.decode("utf-8")
        parsed = _STRICT.decode(text)
    except (ValueError, RecursionError):
        raise problem(400, "bad_json", "The body must be a JSON object in UTF-8.") from None
    if not isinstance(parsed, dict):
        raise problem(400, "bad_json", "The body must be a JSON object in UTF-8.")
    try:
        if not _ESCAPED.search(text):
            _bound(parsed.values(), MAX_DEPTH)
            return parsed
        cleaned: dict[str, Any] = _clean(parsed, MAX_DEPTH)
    except ValueError:
        raise problem(400, "bad_json", f"The body is nested deeper than {MAX_DEPTH}.") from None
    return cleaned


def parse_form(body: bytes) -> dict[str, str]:
    """An urlencoded form. 400 for what is none: not UTF-8, a field twice, more than 50 of them."""
    pairs: MultiMapping[str]
    try:
        pairs = URL.build(query_string=body.decode("utf-8"), encoded=True).query
    except ValueError:
        pairs = MultiDict()
    if not 0 < len(pairs) <= MAX_FIELDS or len({*pairs}) < len(pairs):
        raise problem(400, "bad_form", "The body must be a form in UTF-8, each field once.")
    return dict(pairs)


def parse_answer(body: bytes) -> Any:
    """What another machine answered, as JSON with storable strings. ValueError for anything else.

    NaN and Infinity are not JSON, yet common encoders write them: they are read as null.
    """
    try:
        parsed = _LENIENT.decode(body.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    return _clean(parsed, MAX_DEPTH)


def clean_text(text: str) -> str:
    """NUL and lone surrogates, which no database stores, become U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def field_text(
    body: Mapping[str, Any], name: str, *, limit: int, required: bool = True, default: str = ""
) -> str:
    """A string field: 400 when it is missing, blank, too long or not a string."""
    value = body.get(name)
    if value is None and not required:
        return default
    if not isinstance(value, str) or (required and not value.strip()):
        raise problem(400, "bad_field", f"'{name}' must be a text that is not blank.")
    if len(value) > limit:
        raise problem(413, "too_large", f"'{name}' is longer than {limit} characters.")
    return value


def field_number(body: Mapping[str, Any], name: str, *, required: bool = True) -> float | None:
    """A number from 0 up, finite; 400 otherwise. None when it is absent and not required."""
    value = body.get(name)
    if value is None and not required:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise problem(400, "bad_field", f"'{name}' must be a number from 0 up.")
    return float(value)


def bearer(request: web.Request) -> str:
    """The Bearer token, or an empty string."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values under one key could be read as either: a low and a high confidence, say."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


_STRICT = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_no_repeats)
_LENIENT = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_finite, object_pairs_hook=_no_repeats)


def _clean(value: Any, depth: int) -> Any:
    if depth == 0:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(key): _clean(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value]
    return value


def _bound(values: Iterable[Any], depth: int) -> None:
    if depth == 0:
        raise ValueError("nested too deep")
    for value in values:
        if isinstance(value, dict):
            _bound(value.values(), depth - 1)
        elif isinstance(value, list):
            _bound(value, depth - 1)


def field_instant(body: Mapping[str, Any], name: str) -> datetime:
    """An ISO 8601 instant with an offset, in UTC. 400 for anything else."""
    value = field_text(body, name, limit=40)
    try:
        at = datetime.fromisoformat(value)
        if at.utcoffset() is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    why = f"'{name}' must be an ISO 8601 instant with offset, such as 2026-11-27T10:00:00+01:00."
    raise problem(400, "bad_field", why)


def shown_callback(shown: ShownTimes) -> dict[str, Any]:
    """Times for a callback and the booked one, as channels show them."""
    told: dict[str, Any] = {"slots": list(shown.slots), "timezone": shown.timezone}
    if shown.zones:
        told |= {"language": shown.language, "zones": dict(shown.zones)}
    if shown.booked:
        told["booked"] = shown.booked
    if shown.chosen:
        told["chosen"] = shown.chosen
        told["asks"] = "address"
    return told
