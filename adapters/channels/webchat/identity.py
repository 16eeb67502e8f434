"""Who the customer is: signed by the tenant (HS256), or claimed by the browser.

Only a signed identity sets tags, value or account. A claim gives name, e-mail, language and time zone,
and is marked as such; whatever else a browser says of its customer is not read.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import jwt
from pydantic import SecretStr

from adapters.http import clean_text, field_number, field_text, problem, unauthorized
from bridge.domain.model import Profile
from bridge.domain.text import one_line

MAX_TOKEN = 16_384
MAX_TAGS = 50
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")


def signed_identity(
    token: str, secret: SecretStr | None, now: datetime, hints: Profile | None = None
) -> tuple[str, Profile]:
    """The subject and the verified profile of a genuine, unexpired identity.

    Language and time zone fall back to the browser's own `hints`: they are preferences, not standing.
    Raises 401 for anything else, and 400 where a genuine one carries a claim of the wrong type: an
    ignored `tags` would silently treat the tenant's best customer as a stranger.
    """
    if secret is None:
        raise unauthorized()
    claims = _genuine(token, secret.get_secret_value())
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise unauthorized()
    if not _instant(claims.get("nbf", 0)) <= now.timestamp() < _instant(claims.get("exp")):
        raise unauthorized()
    signed = _profile(claims, verified=True)
    if hints is not None:
        language, timezone = signed.language or hints.language, signed.timezone or hints.timezone
        signed = replace(signed, language=language, timezone=timezone)
    return clean_text(subject), signed


def claimed_profile(customer: object) -> Profile | None:
    """What the browser says of its customer; None when it says nothing."""
    if customer is None:
        return None
    if not isinstance(customer, Mapping):
        raise problem(400, "bad_field", "'customer' must be an object.")
    return _profile(customer, verified=False)


def _genuine(token: str, secret: str) -> dict[str, Any]:
    # Time is checked against the bridge's own clock by the caller. Any failure at all is a 401: the
    # header is parsed before the signature is checked, so a forger chooses what the parser meets.
    try:
        return jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={
                "require": ["exp", "sub"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
                "verify_iss": False,
            },
        )
    except Exception:
        raise unauthorized() from None


def _instant(value: object) -> float:
    """A plausible number of seconds; the comparison also turns away NaN and numbers no float holds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise unauthorized()
    return value


def _profile(claims: Mapping[str, Any], *, verified: bool) -> Profile:
    profile = Profile(
        verified=verified,
        name=_line(claims, "name", 200),
        email=_line(claims, "email", 320),
        language=_language(claims),
        timezone=_timezone(claims),
    )
    if not verified:
        return profile
    return replace(
        profile,
        tags=_tags(claims.get("tags")),
        lifetime_value=field_number(claims, "lifetime_value", required=False),
        account=_line(claims, "account", 200),
    )


def _line(claims: Mapping[str, Any], name: str, limit: int) -> str:
    return one_line(clean_text(field_text(claims, name, limit=limit, required=False)))


def _language(claims: Mapping[str, Any]) -> str:
    """A language tag; what is not one is left out, for browsers send odd things."""
    language = _line(claims, "language", 100)
    return language if _LANGUAGE.fullmatch(language) else ""


def _timezone(claims: Mapping[str, Any]) -> str:
    """An IANA zone; an unknown one (browsers may say `Etc/Unknown`) is left out."""
    name = _line(claims, "timezone", 100)
    try:
        return ZoneInfo(name).key if name else ""
    except (KeyError, ValueError, OSError):  # not there, a path out of the database, a folder in it
        return ""


def _tags(tags: object) -> tuple[str, ...]:
    if tags is None:
        return ()
    if not isinstance(tags, list) or len(tags) > MAX_TAGS or not all(_is_tag(tag) for tag in tags):
        raise problem(400, "bad_field", f"'tags' must be a list of at most {MAX_TAGS} short texts.")
    return tuple(line for tag in tags if (line := one_line(clean_text(tag))))


def _is_tag(tag: object) -> bool:
    return isinstance(tag, str) and len(tag) <= 100
