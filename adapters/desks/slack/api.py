"""Calls to Slack's Web API: one shared connection pool, and errors named by what the core must do.

It must never send a post twice by itself: the SDK's own retry after a dropped connection does (two cards
in the channel), so it is off, and an unknown outcome of a post is `Uncertain`.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import ClientConnectorError, ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.desks.slack.settings import Settings
from adapters.desks.slack.workspaces import Workspaces
from bridge.ports import (
    AddressGone,
    CredentialsRejected,
    DeliveryError,
    MessageRefused,
    Outbound,
    RetryLater,
    Uncertain,
)

TIMEOUT = 10.0
"""Seconds for one call. Slack answers a post within one second as a rule."""

logger = logging.getLogger(__name__)
_logger = logging.getLogger("adapters.desks.slack.sdk")
_logger.setLevel(logging.WARNING)  # below it the SDK writes message texts into the log

_READS = {
    "users.info",
    "conversations.history",
    "conversations.replies",
    "conversations.members",
    "conversations.info",
}
_LIMITED = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_CARD_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"}
_REFUSED = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
    "invalid_arguments",
    "invalid_arg_name",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "metadata_too_large",
    "cannot_reply_to_message",
    "restricted_action_thread_locked",
}
_ADMIN = {
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "access_denied",
    "org_login_required",
    "ekm_access_denied",
    "team_access_not_granted",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    # A channel that is gone, archived, or closed to the app is an admin's to mend; posting a new card,
    # which is what AddressGone asks for, can not help there.
    "channel_not_found",
    "is_archived",
    "not_in_channel",
}
_UNSURE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}


class WebApi:
    """Slack's Web API at one address, with whichever token a call is made."""

    def __init__(self, http: Outbound, url: str, workspaces: Workspaces, timeout: float = TIMEOUT) -> None:
        self._http = http
        self._url = url
        self._workspaces = workspaces
        self._timeout = timeout
        self._client: AsyncWebClient | None = None
        self._alarmed: set[tuple[str, str]] = set()

    async def call(
        self, method: str, desk: Settings, arguments: Mapping[str, Any], *, post: bool = False
    ) -> Mapping[str, Any]:
        """The answer to one call with a desk's token.

        Raises DeliveryError; with `post`, Uncertain when it may have arrived; and Unavailable when the
        token can not be looked up.
        """
        try:
            token = await self._workspaces.token(desk)
            answer, _ = await self.ask(method, token, arguments, post=post)
        except CredentialsRejected as error:
            self._workspaces.forget(desk.team)
            self._alarm(desk, error)
            raise
        if method == "chat.postMessage":
            self._alarmed.discard((desk.team, desk.channel))
            self._workspaces.lost.discard(desk.team)
        return answer

    def _alarm(self, desk: Settings, error: CredentialsRejected) -> None:
        """Once a channel, until something is posted there again; not where the whole workspace is lost."""
        place = (desk.team, desk.channel)
        if place not in self._alarmed and desk.team not in self._workspaces.lost:
            self._alarmed.add(place)
            logger.error("slack: channel %s of workspace %s can not be reached: %s", *reversed(place), error)

    async def ask(
        self, method: str, token: str, arguments: Mapping[str, Any], *, post: bool = False
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """The answer to one call with any token, and its headers. Raises DeliveryError like `call`."""
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._send(method, {**arguments, "token": token})
        # `from None`: the SDK's errors carry the request, token included.
        except SlackApiError as error:
            raise named(method, error, post=post) from None
        except ClientConnectorError:
            raise RetryLater(f"{method}: Slack can not be reached") from None
        except (ClientError, SlackClientError, OSError, ValueError) as error:
            raise _unknown(method, type(error).__name__, post=post) from None
        headers = {str(name).lower(): str(value) for name, value in response.headers.items()}
        return (response.data if isinstance(response.data, dict) else {}), headers

    async def _send(self, method: str, given: dict[str, Any]) -> AsyncSlackResponse:
        if method in _READS:
            return await self._sdk().api_call(method, http_verb="GET", params=given)
        return await self._sdk().api_call(method, json=given)

    def _sdk(self) -> AsyncWebClient:
        if self._client is None:
            self._client = AsyncWebClient(
                base_url=self._url, session=self._http.session, retry_handlers=[], logger=_logger
            )
        return self._client


def named(method: str, error: SlackApiError, *, post: bool) -> DeliveryError:
    """Slack's refusal as what the core must do about it."""
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    answer = getattr(response, "data", None)
    code = str(answer.get("error", ""))[:60] if isinstance(answer, dict) else ""
    why = f"{method}: {code or status}"
    if status == 429 or code in _LIMITED:
        return RetryLater(why, _retry_after(getattr(response, "headers", {})))
    if code in _ADMIN:
        return CredentialsRejected(why)
    if code in _CARD_GONE:
        return AddressGone(why)
    if code in _REFUSED:
        return MessageRefused(why)
    if status >= 500 or not code or code in _UNSURE:
        return _unknown(method, code or f"status {status}", post=post)
    return RetryLater(why)


def _unknown(method: str, why: str, *, post: bool) -> DeliveryError:
    told = f"{method}: {why}"
    return Uncertain(told) if post else RetryLater(told)


def _retry_after(headers: Mapping[str, Any]) -> timedelta | None:
    seconds = str(headers.get("Retry-After", ""))
    known = seconds.isascii() and seconds.isdigit() and len(seconds) <= 6
    return timedelta(seconds=int(seconds)) if known else None
