"""The Slack app's manifest: for a public address, or its twin for Socket Mode, which has no address.

The templates are `manifests/slack/*.json`; `manifest_checks` says what is wrong with one.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import adapters


def manifest(url: str) -> dict[str, Any]:
    """The manifest to paste for a bridge at this public address.

    Raises ValueError, with the mend, for an address that Slack could not call.
    """
    address = url.strip().rstrip("/")
    if why := unreachable(address):
        raise ValueError(why)
    filled: dict[str, Any] = _filled(_template("manifest.json"), address)
    return filled


def socket_manifest() -> dict[str, Any]:
    """The manifest for a bridge that calls Slack and needs no public address."""
    return _template("manifest.socket.json")


def unreachable(address: str) -> str:
    """Why Slack could not call an address, with the mend; empty when it could."""
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


def _template(name: str) -> dict[str, Any]:
    """From `manifests/` beside the packages, or `adapters/_manifests` where the bridge was installed."""
    packages = Path(adapters.__file__).parent
    installed = packages / "_manifests"
    folder = installed if installed.is_dir() else packages.parent / "manifests"
    read: dict[str, Any] = json.loads((folder / "slack" / name).read_text("utf-8"))
    return read


def _filled(node: Any, address: str) -> Any:
    if isinstance(node, str):
        return node.replace("{url}", address)
    if isinstance(node, list):
        return [_filled(item, address) for item in node]
    if isinstance(node, dict):
        return {key: _filled(value, address) for key, value in node.items()}
    return node
