"""The seams: what adapters are given, what they must offer, and what the core asks of its surroundings.

Adapters see this package and `bridge.domain`, nothing else of the bridge. aiohttp is the transport
throughout: an adapter returns aiohttp route definitions.
"""

from bridge.ports.adapters import (
    Answerer,
    ChannelAdapter,
    DeskAdapter,
)
from bridge.ports.addresses import (
    CardRef,
    ChannelAddress,
    ChannelLimits,
    DeskAddress,
    DeskLimits,
    Receipt,
)
from bridge.ports.errors import (
    AddressGone,
    Conflict,
    CredentialsRejected,
    DeliveryError,
    MessageRefused,
    RetryLater,
    Unavailable,
    Uncertain,
)
from bridge.ports.host import (
    Board,
    Clock,
    Directory,
    Found,
    Host,
    Inbound,
    Outbound,
    Secrets,
    Throttle,
    Typing,
)
from bridge.ports.surroundings import (
    AuditLine,
    Delivery,
    DueTimer,
    EffectStatus,
    Fanout,
    Key,
    Outbox,
    Recorded,
    Settled,
    Step,
    Store,
    Transaction,
    TranscriptView,
)

__all__ = [
    "AddressGone",
    "Answerer",
    "AuditLine",
    "Board",
    "CardRef",
    "ChannelAdapter",
    "ChannelAddress",
    "ChannelLimits",
    "Clock",
    "Conflict",
    "CredentialsRejected",
    "Delivery",
    "DeliveryError",
    "DeskAdapter",
    "DeskAddress",
    "DeskLimits",
    "Directory",
    "DueTimer",
    "EffectStatus",
    "Fanout",
    "Found",
    "Host",
    "Inbound",
    "Key",
    "MessageRefused",
    "Outbound",
    "Outbox",
    "Receipt",
    "Recorded",
    "RetryLater",
    "Secrets",
    "Settled",
    "Step",
    "Store",
    "Throttle",
    "Transaction",
    "TranscriptView",
    "Typing",
    "Unavailable",
    "Uncertain",
]
