"""Whether a request is Slack's: checked on the raw bytes, before anything reads them.

Bolt parses the body before its own check, so that unsigned junk ends in a 500; that is why this is ours.
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)

logger = logging.getLogger(__name__)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The `v0` signature over timestamp and raw body."""
    base = b"v0:" + timestamp.encode("utf-8", "surrogateescape") + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def genuine(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Signed with this secret, within five minutes of now. False for anything else; never raises.

    What only its time speaks against is logged: played again, or a clock is wrong.
    """
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    given = headers.get("X-Slack-Signature", "")
    if not secret or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    expected = sign(secret, timestamp, body)
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape")):
        return False
    age = now.timestamp() - int(timestamp)
    if abs(age) > WINDOW.total_seconds():
        logger.warning(
            "slack: refused for its time alone: is the clock right?", extra={"seconds": round(age)}
        )
        return False
    return True
