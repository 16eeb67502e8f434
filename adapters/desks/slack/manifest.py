"""The Slack app's manifest for one address, and what Slack's own schema does not catch.

The template is `manifests/slack/manifest.json`. Slack's schema lets through unknown scopes and events,
an event without its scope, and switched-on interactivity without an address; `problems` does not.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import adapters

EVENT_SCOPES: Mapping[str, str | None] = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "app_uninstalled": None,
    "tokens_revoked": None,
}
"""The events we listen to, with the scope that each needs."""
SCOPES = {"chat:write", "channels:history", "groups:history", "users:read"}
"""The least that the desk works with: post and update, read thread replies, show agents' names."""


def manifest(url: str) -> dict[str, Any]:
    """The manifest to paste for a bridge at this public address.

    Raises ValueError, with the mend, for an address that Slack could not call.
    """
    address = url.strip().rstrip("/")
    if why := _unreachable(address):
        raise ValueError(why)
    template = json.loads((_templates() / "slack" / "manifest.json").read_text("utf-8"))
    filled: dict[str, Any] = _filled(template, address)
    return filled


def _templates() -> Path:
    """`manifests/` beside the packages, or `adapters/_manifests` where the bridge was installed."""
    packages = Path(adapters.__file__).parent
    installed = packages / "_manifests"
    return installed if installed.is_dir() else packages.parent / "manifests"


def problems(manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with a manifest that Slack's schema accepts; empty when nothing is."""
    scopes = set(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ()))
    settings = manifest.get("settings", {})
    subscribed = settings.get("event_subscriptions", {})
    events = list(subscribed.get("bot_events", ()))
    found = [f"unknown scope {scope}" for scope in sorted(scopes - SCOPES)]
    found += [f"missing scope {scope}" for scope in sorted(SCOPES - scopes)]
    found += [f"unknown event {event}" for event in events if event not in EVENT_SCOPES]
    for event in events:
        needed = EVENT_SCOPES.get(event)
        if needed and needed not in scopes:
            found.append(f"event {event} needs scope {needed}")
    if not settings.get("socket_mode_enabled"):
        if events and not subscribed.get("request_url"):
            found.append("events have no request_url")
        interactivity = settings.get("interactivity", {})
        if interactivity.get("is_enabled") and not interactivity.get("request_url"):
            found.append("interactivity has no request_url")
    if {"assistant_view", "agent_view"} <= set(manifest.get("features", {})):
        found.append("assistant_view and agent_view exclude each other")
    return found


def _unreachable(address: str) -> str:
    mend = "give the bridge's public address, such as https://bridge.example.com"
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return f"The address can not be read: {mend}."
    if parts.scheme != "https" or not host:
        return f"Slack calls https addresses only: {mend}."
    if parts.query or parts.fragment or parts.username is not None or len(address) > 2_000:
        return f"The address must be host and path only: {mend}."
    return ""


def _filled(node: Any, address: str) -> Any:
    if isinstance(node, str):
        return node.replace("{url}", address)
    if isinstance(node, list):
        return [_filled(item, address) for item in node]
    if isinstance(node, dict):
        return {key: _filled(value, address) for key, value in node.items()}
    return node
