"""What the floors read from and write to the wire: signed webhooks, signed Slack requests, messages."""

import base64
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from aiohttp import web

from bench import scene

CITATIONS = [{"title": "Delivery", "url": "https://shop.example.com/help/delivery"}]


async def webhook_body(request: web.Request) -> bytes:
    """The body of a webhook that is genuinely signed."""
    body = await request.read()
    signature = _signature(request.headers["webhook-id"], request.headers["webhook-timestamp"], body)
    if not hmac.compare_digest(signature, request.headers["webhook-signature"]):
        raise web.HTTPUnauthorized
    return body


def signed_headers(body: bytes) -> dict[str, str]:
    id, at = uuid4().hex, str(int(time.time()))
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": at,
        "webhook-signature": _signature(id, at, body),
    }


async def slack_payload(request: web.Request) -> dict[str, Any]:
    """A genuinely signed event, or the payload of a press."""
    body = await request.read()
    stamp = request.headers["X-Slack-Request-Timestamp"].encode()
    mac = hmac.digest(scene.SIGNING_SECRET.encode(), b"v0:" + stamp + b":" + body, "sha256")
    if not hmac.compare_digest(f"v0={mac.hex()}", request.headers["X-Slack-Signature"]):
        raise web.HTTPUnauthorized
    if request.content_type != "application/json":
        body = parse_qs(body.decode())["payload"][0].encode()
    payload: dict[str, Any] = json.loads(body)
    return payload


def message(conversation: str, author: str, text: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "message",
        "conversation": conversation,
        "seq": 1,
        "author": author,
        "name": "Shop" if author == "assistant" else "",
        "text": text,
        "at": instant(),
    }
    return {**told, "citations": CITATIONS} if author == "assistant" else told


def question(tenant: str, conversation: str, seq: int, text: str) -> dict[str, Any]:
    """What the tenant's AI is asked: the newest message alone, since nothing is read."""
    return {
        "tenant": tenant,
        "conversation": conversation,
        "turn": seq,
        "language": "en",
        "customer": {},
        "messages": [{"author": "customer", "name": "", "text": text, "at": instant()}],
    }


def instant() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def bearer(request: web.Request) -> str:
    return request.headers["Authorization"].removeprefix("Bearer ")


def _signature(id: str, at: str, body: bytes) -> str:
    mac = hmac.digest(scene.KEY, f"{id}.{at}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"
