"""Private words to one person in a channel: why a press or a line did nothing. Nobody else sees them."""

import asyncio
from urllib.parse import urlsplit

from aiohttp import ClientError

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.settings import Settings
from adapters.desks.slack.wording import escape
from bridge.ports import DeliveryError, Outbound, RetryLater

PATIENCE = 5.0


class Whisper:
    def __init__(self, api: WebApi, http: Outbound, api_url: str) -> None:
        self._api = api
        self._http = http
        self._own = urlsplit(api_url)

    async def tell(
        self, desk: Settings, user: str, words: str, *, thread: str = "", response_url: str = ""
    ) -> None:
        """By the API, and if that fails by the press's own `response_url`. Raises DeliveryError."""
        told = {"channel": desk.channel, "user": user, "text": escape(words)}
        if thread:
            told["thread_ts"] = thread
        try:
            await self._api.call("chat.postEphemeral", desk, told)
        except DeliveryError:
            if not response_url:
                raise
            await self.answer(response_url, words)

    async def answer(self, response_url: str, words: str) -> None:
        """To somebody whose workspace is no tenant's: we have no token there."""
        if not self._is_slacks(response_url):
            return
        reply = {"response_type": "ephemeral", "replace_original": False, "text": escape(words)}
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._http.session.post(response_url, json=reply) as response,
            ):
                await response.read()
        except (ClientError, OSError, ValueError):
            raise RetryLater("response_url: no answer") from None

    def _is_slacks(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        if (parts.scheme, parts.netloc) == (self._own.scheme, self._own.netloc):
            return True
        return parts.scheme == "https" and parts.netloc == "hooks.slack.com"
