"""What is wrong with an app's manifest, beyond what Slack's own schema catches.

The schema lets through scopes and events that do not exist, an event without its scope, and buttons or
commands without an address to call. Each finding is one sentence with its mend.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.desks.slack.incoming import COMMAND
from adapters.desks.slack.manifest import unreachable

EVENTS: Mapping[str, str] = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "app_home_opened": "",
    "app_uninstalled": "",
    "tokens_revoked": "",
}
"""The events that the bridge listens to, with the scope that each needs."""
SCOPES: Mapping[str, str] = {
    "chat:write": "post and update cards",
    "channels:history": "read the threads of public channels",
    "groups:history": "read the threads of private channels",
    "channels:read": "know who is in a public channel, and whether it is archived",
    "groups:read": "know the same of a private channel",
    "commands": "answer /handoff",
    "files:read": "give customers the files that agents put into a thread",
    "users:read": "show agents' names",
}
"""The least that the desk works with, each with its use."""
PATH = "/slack/events"
_AFRESH = "make it afresh with handoff-bridge manifest slack"


def problems(manifest: object) -> list[str]:
    """Empty when nothing is wrong. For any JSON at all."""
    if not isinstance(manifest, dict):
        return [f"the manifest is no JSON object; {_AFRESH}"]
    scopes = _names(manifest, "oauth_config", "scopes", "bot")
    return [
        *_scopes(scopes),
        *_events(manifest, scopes),
        *_addresses(manifest),
        *_switches(manifest),
    ]


def _scopes(scopes: list[str]) -> Iterator[str]:
    for scope in dict.fromkeys(scopes):
        if scope not in SCOPES:
            yield f"unknown scope {scope}: the bridge has no use for it; take it out"
    for scope, use in SCOPES.items():
        if scope not in scopes:
            yield f"missing scope {scope}: the bridge needs it to {use}; add it to oauth_config.scopes.bot"


def _events(manifest: Mapping[str, Any], scopes: list[str]) -> Iterator[str]:
    events = _names(manifest, "settings", "event_subscriptions", "bot_events")
    for event in dict.fromkeys(events):
        needed = EVENTS.get(event)
        if needed is None:
            yield f"unknown event {event}: the bridge does not listen to it; take it out"
        elif needed and needed not in scopes:
            yield f"event {event} needs scope {needed}; Slack never sends it without"
    for event in EVENTS:
        if event not in events:
            yield f"missing event {event}; add it to settings.event_subscriptions.bot_events"


def _addresses(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Over Socket Mode there are none; else each is needed, and they are one."""
    interactivity = _at(manifest, "settings", "interactivity")
    if not isinstance(interactivity, dict) or interactivity.get("is_enabled") is not True:
        yield "interactivity is off, so no button works; set settings.interactivity.is_enabled: true"
    command = _command(manifest)
    if not command:
        yield f"{COMMAND} is missing; add it to features.slash_commands"
    if _at(manifest, "settings", "socket_mode_enabled") is True:
        return
    wanted: dict[str, object] = {
        "events have": _at(manifest, "settings", "event_subscriptions", "request_url"),
        "interactivity has": _at(manifest, "settings", "interactivity", "request_url"),
    }
    if command:
        wanted[f"{COMMAND} has"] = command.get("url")
    for who, address in wanted.items():
        if not isinstance(address, str) or not address:
            yield f"{who} no address; {_AFRESH} --url, or turn on socket_mode_enabled"
        elif why := unreachable(address):
            yield f"{who} an address that does not work. {why}"
        elif not address.endswith(PATH):
            yield f"{who} an address that does not end in {PATH}; {_AFRESH} --url"
    if len({address for address in wanted.values() if isinstance(address, str) and address}) > 1:
        yield f"the addresses differ; all are the bridge's one address with {PATH}"


def _switches(manifest: Mapping[str, Any]) -> Iterator[str]:
    if _at(manifest, "settings", "token_rotation_enabled") is True:
        yield "token_rotation_enabled: the token would end after 12 hours; set it to false"
    if _at(manifest, "features", "app_home", "home_tab_enabled") is not True:
        yield "the app has no Home; set features.app_home.home_tab_enabled: true"
    if _at(manifest, "settings", "org_deploy_enabled") is True:
        yield "org_deploy_enabled: installs for a whole Enterprise Grid are not supported; set it to false"
    features = _at(manifest, "features")
    if isinstance(features, dict) and {"assistant_view", "agent_view"} <= set(features):
        yield "assistant_view and agent_view exclude each other; the bridge uses neither"


def _command(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    commands = _at(manifest, "features", "slash_commands")
    listed = commands if isinstance(commands, list) else []
    ours = (each for each in listed if isinstance(each, dict) and each.get("command") == COMMAND)
    return next(ours, {})


def _at(node: Any, *path: str) -> Any:
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node


def _names(manifest: Mapping[str, Any], *path: str) -> list[str]:
    found = _at(manifest, *path)
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
