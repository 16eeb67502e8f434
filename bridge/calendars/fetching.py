"""Brings a calendar's bytes: over the guarded HTTP client, or from a file beside the settings."""

import asyncio
from pathlib import Path

from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientSSLError,
    ClientTimeout,
    InvalidURL,
)

from bridge.calendars.reading import MOST_BYTES, BrokenCalendar
from bridge.ports import DeliveryError, Outbound

TIMEOUT = ClientTimeout(total=15, sock_connect=5)


def is_file(address: str) -> bool:
    return not address.startswith(("https://", "http://"))


async def fetch(address: str, http: Outbound) -> bytes:
    """Raises BrokenCalendar with what is wrong, in words for an admin and without the address."""
    if is_file(address):
        return await asyncio.to_thread(_read, Path(address))
    if why := http.check_url(address):
        raise BrokenCalendar(why[:1].lower() + why[1:].rstrip("."))
    try:
        async with http.session.get(
            address, allow_redirects=False, timeout=TIMEOUT, headers={"Accept": "text/calendar, */*;q=0.1"}
        ) as response:
            if response.status != 200:
                raise BrokenCalendar(f"it answered {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise BrokenCalendar(f"it is larger than {MOST_BYTES // 1_000_000} MB")
            return bytes(body)
    except TimeoutError:
        raise BrokenCalendar(f"it did not answer within {TIMEOUT.total:.0f} seconds") from None
    except DeliveryError as error:  # the guard's own words
        raise BrokenCalendar(str(error).rstrip(".")) from None
    except (ClientError, InvalidURL, OSError) as error:
        raise BrokenCalendar(_out_of_reach(error)) from None


def _out_of_reach(error: Exception) -> str:
    if isinstance(error, ClientConnectorDNSError):
        return "no host of that name is known here"
    if isinstance(error, ClientSSLError):
        return "its certificate is not good"
    if isinstance(error, ClientConnectorError):
        return "nobody answers at its address"
    return f"it can't be reached ({type(error).__name__})"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BrokenCalendar((error.strerror or "it can't be read").lower()) from None
    if len(body) > MOST_BYTES:
        raise BrokenCalendar(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    return body
