"""Installing the app into a workspace: `/slack/install` → Slack's page → `/slack/oauth_redirect`.

Bolt's flow does it: state, cookie, exchange. The state is a signed token of ten minutes, bound to the
browser by Bolt's cookie, so that nobody installs in somebody else's name; the grant goes into the vault.
An install for a whole Enterprise Grid is refused: it has no workspace that a desk could name.
"""

import logging
import secrets
from collections.abc import Sequence
from html import escape
from urllib.parse import urljoin

from aiohttp import ClientError, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Installation as Granted
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from adapters.desks.slack.manifest_checks import SCOPES
from adapters.desks.slack.settings import Installation
from adapters.desks.slack.workspaces import Workspace, Workspaces
from bridge.ports import Clock, Host, Secrets, Unavailable

logger = logging.getLogger(__name__)
_bolt_logger = logging.getLogger("adapters.desks.slack.bolt")
_bolt_logger.setLevel(logging.ERROR)  # below it Bolt writes whole answers into the log, tokens and all

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
VALID = 600
"""Seconds from the first page to the last."""
_PURPOSE = "slack.oauth"
_GRID = "whole Enterprise Grid"
_WHY = {
    "access_denied": "You did not allow it, so nothing was installed.",
    "invalid_browser": "This page was opened in another browser, or too late. Start again at /slack/install.",
    "invalid_state": "This took longer than ten minutes. Start again at /slack/install.",
    "missing_code": "Slack sent no code. Start again at /slack/install.",
    "invalid_code": "Slack did not accept the code. Start again at /slack/install.",
    "storage_error": (
        "The app can not be installed for a whole Enterprise Grid. Install it into one workspace: "
        "start again at /slack/install and choose the workspace at the top right."
    ),
}


class GridRefused(BoltError):
    """An install for an organization."""


class SignedStates(AsyncOAuthStateStore):
    """States that carry their own proof: nothing is stored, and any replica can read them."""

    def __init__(self, tokens: Secrets, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        issued = f"{int(self._clock.now().timestamp())}.{secrets.token_urlsafe(12)}"
        return self._tokens.sign(_PURPOSE, issued.encode())

    async def async_consume(self, state: str) -> bool:
        read = self._tokens.read(_PURPOSE, state)
        if read is None:
            return False
        issued = int(read.decode().partition(".")[0])
        return 0 <= self._clock.now().timestamp() - issued <= VALID


class VaultStore(AsyncInstallationStore):
    """Bolt's word for where grants go."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def async_save(self, installation: Granted) -> None:
        if installation.is_enterprise_install or not installation.team_id or not installation.bot_token:
            raise GridRefused(_GRID)
        scopes = installation.bot_scopes or []
        granted = scopes.split(",") if isinstance(scopes, str) else list(scopes)
        await self._workspaces.keep(
            Workspace(
                installation.team_id,
                installation.team_name or installation.team_id,
                installation.bot_token,
                installation.bot_user_id or "",
                tuple(granted),
                installation.user_id or "",
            )
        )
        logger.info("slack: installed in workspace %s", installation.team_id)


class OAuth:
    """The two pages. Only where bridge.yaml has `client_id` and `client_secret`."""

    def __init__(self, host: Host, installation: Installation, workspaces: Workspaces) -> None:
        self._host = host
        self._installation = installation
        self._workspaces = workspaces
        self._made: AsyncOAuthFlow | None = None

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get(INSTALL, self._install), web.get(REDIRECT, self._redirected)]

    async def _install(self, request: web.Request) -> web.StreamResponse:
        self._host.throttle.admit(request)
        flow = self._flow()
        return await to_aiohttp_response(await flow.handle_installation(await to_bolt_request(request)))

    async def _redirected(self, request: web.Request) -> web.StreamResponse:
        self._host.throttle.admit(request)
        try:
            answer = await self._flow().handle_callback(await to_bolt_request(request))
        except (ClientError, SlackClientError, OSError, TimeoutError, Unavailable) as error:
            logger.warning("slack: an install was cut short: %s", type(error).__name__)
            answer = _page(
                503, "Handoff is not installed", "Slack did not answer. Start again at /slack/install."
            )
        return await to_aiohttp_response(answer)

    def _flow(self) -> AsyncOAuthFlow:
        if self._made is None:
            self._made = self._new_flow()
        return self._made

    def _new_flow(self) -> AsyncOAuthFlow:
        given = self._installation
        secret = given.client_secret.get_secret_value() if given.client_secret else ""
        client = AsyncWebClient(
            base_url=given.api_url, session=self._host.http.session, retry_handlers=[], logger=_bolt_logger
        )
        settings = AsyncOAuthSettings(
            client_id=given.client_id,
            client_secret=secret,
            scopes=list(SCOPES),
            user_scopes=[],
            redirect_uri=f"{self._host.public_url.rstrip('/')}{REDIRECT}",
            authorization_url=urljoin(given.api_url, "../oauth/v2/authorize"),
            install_page_rendering_enabled=False,
            installation_store=VaultStore(self._workspaces),
            state_store=SignedStates(self._host.secrets, self._host.clock),
            state_expiration_seconds=VALID,
            callback_options=AsyncCallbackOptions(success=_installed, failure=_failed),
            logger=_bolt_logger,
        )
        return AsyncOAuthFlow(client=client, logger=_bolt_logger, settings=settings)


async def _installed(args: AsyncSuccessArgs) -> BoltResponse:
    name = escape(args.installation.team_name or "your workspace")
    words = (
        "Now invite it to a channel with <code>/invite @Handoff</code>, and type there "
        "<code>/handoff connect CODE</code>, with the code from your admin."
    )
    return _page(200, f"Handoff is installed in {name}", words)


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    why = _WHY.get(args.reason, "Slack said no. Start again at /slack/install.")
    status = 200 if args.reason == "access_denied" else 400
    return _page(status, "Handoff is not installed", escape(why))


def _page(status: int, title: str, words: str) -> BoltResponse:
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;"
        "margin:15vh auto;padding:0 1rem;color-scheme:light dark}code{white-space:nowrap}</style>"
        f"<h1>{title}</h1><p>{words}</p></html>"
    )
    headers: dict[str, str | Sequence[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
    }
    return BoltResponse(status=status, body=body, headers=headers)
