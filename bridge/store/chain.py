"""The audit's hash chains: each row's keyed hash covers the row and the hash before it.

One chain a stream (a conversation, or `settings`), so that no lock is shared between conversations. Pure:
`recording` writes the rows, `audit` walks them. Rows hold ids, reasons and actors, never bodies.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bridge.domain.effects import AuditRow
from bridge.store.mapping import clear_text

SETTINGS = "settings"
"""The stream of a tenant's settings."""
ANCHORS = "anchors"
START = b""
_SIGNED = ("tenant_id", "stream", "n", "at", "action", "actor", "reason", "before", "after", "epoch", "seq")


@dataclass(frozen=True, slots=True)
class Head:
    """How far a stream goes: the number and the hash of its newest row."""

    n: int = 0
    hash: bytes = START


def signed(key: bytes, before: bytes, row: Mapping[Any, Any], names: tuple[str, ...] = _SIGNED) -> bytes:
    """The hash of a row that follows the one with hash `before`."""
    values = [_plain(row[name]) for name in names]
    text = json.dumps(values, separators=(",", ":"), sort_keys=True)
    return hmac.digest(key, before + text.encode(), "sha256")


class Chain:
    """One stream as it grows within a transaction."""

    def __init__(self, key: bytes, tenant: str, stream: str, head: Head) -> None:
        self._key = key
        self._tenant = tenant
        self._stream = stream
        self.head = head

    def add(self, row: AuditRow, at: datetime) -> dict[str, Any]:
        """The next row of the stream, signed and ready to be inserted."""
        columns: dict[str, Any] = {
            "tenant_id": self._tenant,
            "stream": self._stream,
            "n": self.head.n + 1,
            "at": at,
            "action": row.action,
            "actor": clear_text(row.actor),
            "reason": clear_text(row.reason),
            "before": clear_text(row.before),
            "after": clear_text(row.after),
            "epoch": row.epoch,
            "seq": row.seq,
        }
        columns["hash"] = signed(self._key, self.head.hash, columns)
        self.head = Head(columns["n"], columns["hash"])
        return columns


def anchor_hash(key: bytes, before: bytes, row: Mapping[Any, Any]) -> bytes:
    return signed(key, before, row, ("tenant_id", "n", "at", "heads"))


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value
