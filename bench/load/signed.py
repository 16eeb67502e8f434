"""Signed requests as the outside sends them: Standard Webhooks, and Slack's own way."""

import base64
import hmac
import json
import time
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from bench import scene
from bench.load.wire import request

_numbers = count(1)
_RUN = f"{time.time_ns():x}"
"""Makes ids that no earlier run on the same database has used."""


def unique() -> str:
    return f"{_RUN}{next(_numbers):x}"


def webhook(tenant: str, body: dict[str, Any]) -> bytes:
    """A signed webhook to the tenant's channel `api`."""
    sent = json.dumps(body).encode()
    id, at = unique(), str(int(time.time()))
    mac = hmac.digest(scene.KEY, f"{id}.{at}.".encode() + sent, "sha256")
    headers = {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
    return request("POST", f"/channels/{tenant}/api", headers, sent)


def slack_form(payload: dict[str, Any]) -> bytes:
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return _slack(body, "application/x-www-form-urlencoded")


def slack_event(event: dict[str, Any]) -> bytes:
    envelope = {
        "token": "deprecated",
        "team_id": scene.TEAM,
        "api_app_id": "A000000001",
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{unique()}",
        "event_time": int(time.time()),
        "authorizations": [{"enterprise_id": None, "team_id": scene.TEAM, "user_id": "UBOT", "is_bot": True}],
    }
    return _slack(json.dumps(envelope).encode(), "application/json")


def _slack(body: bytes, content_type: str) -> bytes:
    at = str(int(time.time()))
    mac = hmac.digest(scene.SIGNING_SECRET.encode(), b"v0:" + at.encode() + b":" + body, "sha256")
    headers = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={mac.hex()}",
    }
    return request("POST", "/slack/events", headers, body)


def browser(path: str, body: dict[str, Any], token: str = "") -> bytes:
    """What the web chat's widget sends."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return request("POST", path, headers, json.dumps(body).encode())


def uuid() -> str:
    return str(uuid4())
