"""What the app lacks at a desk, in words for an admin: the token, scopes, an invitation, a living channel."""

from collections.abc import Mapping

from adapters.desks.slack.api import WebApi
from adapters.desks.slack.manifest_checks import SCOPES
from adapters.desks.slack.settings import Settings
from adapters.desks.slack.workspaces import Workspaces
from bridge.ports import CredentialsRejected, DeliveryError

_INVITE = "I am not in this channel. Type: /invite @Handoff"
_WORDS = {
    "not_in_channel": _INVITE,
    "channel_not_found": f"I can not see this channel. {_INVITE.partition('. ')[2]}",
    "is_archived": "This channel is archived. Unarchive it, or connect another one.",
    "token_revoked": "The app's token was revoked. Install the app again.",
    "account_inactive": "The app was removed from this workspace. Install it again.",
    "invalid_auth": "The app's token is not valid. Mend bot_token, or install the app again.",
    "missing_scope": "The app lacks a scope. Paste the newest manifest and install the app again.",
}


def in_words(error: DeliveryError) -> str:
    """A refusal as a sentence with its mend."""
    code = str(error).rpartition(": ")[2]
    return f"{_WORDS[code]} ({error})" if code in _WORDS else f"Slack says: {error}"


async def lacking(api: WebApi, workspaces: Workspaces, desk: Settings) -> list[str]:
    """One sentence each, with the mend; empty when the desk can work. Raises RetryLater, Unavailable."""
    token = await _token(workspaces, desk)
    if not token:
        return [
            "The app is not installed in this workspace. Open /slack/install of the bridge, or set bot_token."
        ]
    try:
        who, headers = await api.ask("auth.test", token, {})
    except CredentialsRejected as error:
        return [in_words(error)]
    if who.get("team_id") != desk.team:
        return [f"The token is for workspace {who.get('team_id')}, not for {desk.team}. Mend bot_token."]
    return [*_scopes(headers), *await _channel(api, token, desk)]


async def _token(workspaces: Workspaces, desk: Settings) -> str:
    try:
        return await workspaces.token(desk)
    except CredentialsRejected:
        return ""


def _scopes(headers: Mapping[str, str]) -> list[str]:
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")} - {""}
    missing = [scope for scope in SCOPES if scope not in granted] if granted else []
    mend = "Paste the newest manifest and install the app again."
    return [f"The app lacks {', '.join(missing)}. {mend}"] if missing else []


async def _channel(api: WebApi, token: str, desk: Settings) -> list[str]:
    """History says whether we are in; only the channel itself says that it is archived."""
    try:
        await api.ask("conversations.history", token, {"channel": desk.channel, "limit": "1"})
        answer, _ = await api.ask("conversations.info", token, {"channel": desk.channel})
    except CredentialsRejected as error:
        return [in_words(error)]
    found = answer.get("channel")
    archived = isinstance(found, dict) and found.get("is_archived")
    return [_WORDS["is_archived"]] if archived else []
