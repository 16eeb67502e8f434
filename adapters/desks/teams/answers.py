"""What Microsoft's services answer: a JSON object of bounded size, or nothing that counts."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientResponse

LARGEST = 1024 * 1024


async def read_object(response: ClientResponse) -> Mapping[str, Any]:
    """The body as an object; empty where it is none. Raises ValueError when it is too large."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            response.close()
            raise ValueError("the answer is too large")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
