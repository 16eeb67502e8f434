"""Standard Webhooks: the signature that the webhook channel and the HTTP answerer share, both ways.

Rules from the specification (standard-webhooks/standard-webhooks, spec/standard-webhooks.md): HMAC-SHA256
over `id.timestamp.body` on the raw bytes, secrets `whsec_` + base64 of 24 to 64 bytes, five minutes
of tolerance, several signatures parted by spaces while a secret is rotated.

It never stores which ids it has seen: repeats are the recorder's to know. It never says why a
signature was refused to whoever sent it. Where the walk goes: `channels/webhook`, `answerers/http`.
"""

import asyncio
import base64
import binascii
import hmac
import json
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from aiohttp import ClientError, ClientResponse, InvalidURL
from pydantic import AfterValidator, Field, SecretStr
from yarl import URL

from bridge.ports import AddressGone, CredentialsRejected, DeliveryError, Host, MessageRefused, RetryLater

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
MAX_ID = 200
MAX_WAIT = timedelta(days=1)
READ_AHEAD = 32 * 1024
"""aiohttp stops reading at twice this: of a receiver's answer no more than 64 kB are ever taken in."""
_PRINTABLE = re.compile(r"[!-~]+")
_DIGITS = re.compile(r"[0-9]{1,12}")
_MEND = (
    "write whsec_ and the base64 of 24 to 64 random bytes, such as the output of: "
    'echo "whsec_$(openssl rand -base64 32)"'
)


logger = logging.getLogger(__name__)


class SignatureRejected(Exception):
    """Not genuinely signed, or not now. The reason is for operators, never for the sender."""


def key_of(secret: str) -> bytes:
    """The signing key of a `whsec_` secret. ValueError, with the mend and without the secret."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"a webhook secret begins with whsec_; {_MEND}")
    encoded = secret.removeprefix(PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"what follows whsec_ is not base64; {_MEND}") from None
    if not 24 <= len(key) <= 64:
        raise ValueError(f"the secret holds {len(key)} bytes; {_MEND}")
    return key


def _checked(secret: SecretStr) -> SecretStr:
    key_of(secret.get_secret_value())
    return secret


WebhookSecret = Annotated[SecretStr, AfterValidator(_checked)]
"""A settings field: a secret that is not `whsec_…` is refused where it is written."""


def _address(url: str) -> str:
    parts = URL(url)
    if parts.scheme not in ("http", "https") or not parts.host:
        raise ValueError("not an http or https address; write https://host/path")
    return url


WebAddress = Annotated[str, Field(max_length=2_000), AfterValidator(_address)]
"""A settings field. Whether the address may be used is `Outbound.check_url`'s to say."""


def message_id(key: str) -> str:
    """An effect's key as a webhook id: the specification forbids the dot, which parts what is signed."""
    return key.replace(".", "_")


def sign(secret: str, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers for `body`, sent at `at`."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": _signature(key_of(secret), id, timestamp, body),
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The webhook's id. Raises SignatureRejected, and nothing else, for whatever a stranger sends.

    An id with a dot is let through: with digits for a timestamp and a JSON object for a body, the
    signed text can be parted in one way only.
    """
    named = {name.lower(): value for name, value in headers.items()}
    id, timestamp = named.get("webhook-id", ""), named.get("webhook-timestamp", "")
    if not _PRINTABLE.fullmatch(id) or len(id) > MAX_ID:
        raise SignatureRejected("webhook-id is missing or not printable")
    if not _DIGITS.fullmatch(timestamp):
        raise SignatureRejected("webhook-timestamp is missing or not a number of seconds")
    expected = _signature(key_of(secret), id, timestamp, body).encode()
    given = named.get("webhook-signature", "").split(" ")
    # Every one is compared, and in constant time: nothing is learnt from how long it took.
    genuine = [hmac.compare_digest(expected, each.encode("utf-8", "replace")) for each in given]
    if not any(genuine):
        raise SignatureRejected("no signature fits")
    age = now.timestamp() - int(timestamp)
    if abs(age) > TOLERANCE.total_seconds():
        logger.warning(
            "webhook: refused for its time alone: is the clock right?", extra={"seconds": round(age)}
        )
        raise SignatureRejected("webhook-timestamp is more than five minutes from now")
    return id


def _signature(key: bytes, id: str, timestamp: str, body: bytes) -> str:
    mac = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"


def delivery_error(response: ClientResponse, now: datetime) -> DeliveryError | None:
    """What a receiver's answer means for the delivery: None when it arrived."""
    status = response.status
    if 200 <= status < 300:
        return None
    why = f"the receiver answered with status {status}"
    if status in (408, 425, 429) or status >= 500:
        return RetryLater(why, retry_after(response.headers.get("Retry-After", ""), now))
    if status == 410:
        return AddressGone(why)
    if status in (401, 403):
        return CredentialsRejected(why)
    return MessageRefused(why)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where signed requests go, and with which secret."""

    url: str
    secret: SecretStr
    timeout: float = 15.0
    """Seconds for one delivery; the specification advises 15 to 30."""

    async def deliver(self, host: Host, body: Mapping[str, Any], key: str) -> None:
        """Posts one JSON body; `key` is the same for every attempt. Raises DeliveryError."""
        sent = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = sign(self.secret.get_secret_value(), message_id(key), host.clock.now(), sent)
        try:
            async with (
                asyncio.timeout(self.timeout),
                host.http.session.post(
                    self.url,
                    data=sent,
                    headers={"Content-Type": "application/json", **headers},
                    allow_redirects=False,
                    read_bufsize=READ_AHEAD,
                ) as response,
            ):
                if refusal := delivery_error(response, host.clock.now()):
                    raise refusal
        except InvalidURL:
            raise MessageRefused("deliver_to is not an address") from None
        except TimeoutError:
            raise RetryLater(f"deliver_to did not answer within {self.timeout:.0f} s") from None
        except (ClientError, OSError) as error:
            raise RetryLater(f"deliver_to could not be reached ({type(error).__name__})") from None


def retry_after(header: str, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date, from now on and at most a day; None for anything else."""
    header = header.strip()
    if header.isascii() and header.isdigit():
        return min(timedelta(seconds=int(header[:9])), MAX_WAIT)
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        date = parsedate_to_datetime(header)
        return min(max(date.replace(tzinfo=date.tzinfo or UTC) - now, timedelta(0)), MAX_WAIT)
    return None
