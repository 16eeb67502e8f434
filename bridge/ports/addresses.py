"""What adapters are addressed with, and what they give back."""

from dataclasses import dataclass
from typing import Any

from bridge.domain.ids import ConversationId, TenantId


@dataclass(frozen=True, slots=True)
class ChannelAddress:
    """One conversation on one channel of one tenant."""

    tenant: TenantId
    channel: str
    """The channel's name in the tenant's settings."""
    external: str
    """The channel's own id of the conversation."""
    settings: Any
    """The channel's section of the settings: the adapter's own `Settings`."""
    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class DeskAddress:
    tenant: TenantId
    desk: str
    settings: Any


@dataclass(frozen=True, slots=True)
class CardRef:
    """Where a card was posted. Opaque but for the desk that made it.

    `place` and `thread` are what an incoming thread line is found by (Slack: channel id and ts).
    """

    place: str
    thread: str
    kind: str = ""
    """The kind of desk that it stands at; the core fills it in."""
    desk: str = ""
    """The desk's name, likewise."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That something arrived; `remote` is the other side's id for it, when it gives one."""

    remote: str = ""


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    text: int = 64_000
    """Longest text of one message, in characters."""
    per_second: float | None = None
    files: bool = False
    """The customer's side is given `Entry.files`: shown as links at least."""
    edits: bool = False
    """It can change what it has shown, by `Entry.replaces`; otherwise `text` says it in words."""


@dataclass(frozen=True, slots=True)
class DeskLimits:
    per_second: float | None = 1.0
    """Posts to one place."""
