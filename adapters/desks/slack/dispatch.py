"""Bolt, as the switch between what was verified and read, and what listens to it.

Bolt gets no raw request: signature and shape were checked before, and it never asks Slack who we are
(its own `authorize` costs one `auth.test` a request). Listeners finish before the answer leaves
(`process_before_response`), so what Slack is told to have arrived is committed.
"""

import logging
import re
from typing import Any

from aiohttp import web
from slack_bolt import BoltResponse
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.desks.slack.incoming import (
    ACTIONS,
    CALLBACK,
    LIFECYCLE,
    Greeting,
    Ignored,
    Incoming,
    Lifecycle,
    Line,
    Press,
    Submission,
)
from adapters.desks.slack.lines import Lines
from adapters.desks.slack.places import Places
from adapters.desks.slack.presses import Presses
from bridge.ports import Unavailable

logger = logging.getLogger(__name__)
_bolt_logger = logging.getLogger("adapters.desks.slack.bolt")
_bolt_logger.setLevel(logging.ERROR)  # below it Bolt writes whole payloads into the log


class FromSettings(AsyncAuthorize):
    """Bolt's question for a workspace's token, answered from memory.

    A workspace of no tenant gets through as well: its presses are refused in words, by us.
    """

    def __init__(self, places: Places) -> None:
        self._places = places

    async def __call__(self, *, team_id: str | None, **_: Any) -> AuthorizeResult:
        token = self._places.token(team_id) if team_id else None
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=token)


class Dispatch:
    def __init__(self, presses: Presses, lines: Lines, places: Places) -> None:
        self._presses = presses
        self._lines = lines
        self._places = places
        self._app = AsyncApp(
            name="handoff-bridge",
            logger=_bolt_logger,
            authorize=FromSettings(places),
            signing_secret="checked before",  # noqa: S106 - not a secret: Bolt's own check is off
            process_before_response=True,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        self._app.action(re.compile(f"^(?:{'|'.join(ACTIONS)})$"))(self._pressed)
        self._app.view(CALLBACK)(self._submitted)
        self._app.event("message")(self._wrote)
        for name in LIFECYCLE:
            self._app.event(name)(self._removed)
        self._app.error(self._failed)

    async def __call__(self, incoming: Incoming) -> web.Response:
        if isinstance(incoming, Ignored):
            return web.Response()
        request = AsyncBoltRequest(
            body=_bolt_body(incoming), context={"incoming": incoming}, mode="socket_mode"
        )
        return await to_aiohttp_response(await self._app.async_dispatch(request))

    async def _pressed(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        await self._presses.pressed(context["incoming"])
        await ack()

    async def _submitted(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        if why := await self._presses.submitted(context["incoming"]):
            await ack(response_action="errors", errors={"reply": why})
        else:
            await ack()

    async def _wrote(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        await self._lines.wrote(context["incoming"])
        await ack()

    async def _removed(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        gone: Lifecycle = context["incoming"]
        if self._places.token(gone.team):
            logger.error("slack: %s in workspace %s: its desks can not be paged", gone.what, gone.team)
        await ack()

    async def _failed(self, error: Exception) -> BoltResponse:
        if isinstance(error, Unavailable):
            return BoltResponse(status=503, body="", headers={"Retry-After": "1"})
        logger.error("slack: a listener failed", exc_info=error)
        return BoltResponse(status=500, body="")


def _bolt_body(incoming: Incoming) -> dict[str, Any]:
    """As much of a payload as Bolt needs to choose the listener."""
    match incoming:
        case Press():
            pressed = {"type": "button", "action_id": incoming.action, "block_id": "card"}
            return {"type": "block_actions", "team": {"id": incoming.team}, "actions": [pressed]}
        case Submission():
            view = {"type": "modal", "callback_id": CALLBACK}
            return {"type": "view_submission", "team": {"id": incoming.team}, "view": view}
        case Line():
            return {"type": "event_callback", "team_id": incoming.team, "event": {"type": "message"}}
        case Lifecycle():
            return {"type": "event_callback", "team_id": incoming.team, "event": {"type": incoming.what}}
        case Greeting():
            return {"type": "url_verification", "challenge": incoming.challenge}
        case Ignored():
            return {}
