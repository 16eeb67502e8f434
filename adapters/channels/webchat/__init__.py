"""The web chat: sessions, messages, signals and one resumable event stream, with its own widget.

A request walks `adapter` (what each address does) → `gate` (who may ask: token, origin, throttle) →
the core's `Inbound`. What the customer sees comes back through `streams`, in the shape `wire` gives it.
The commit is the delivery here: nothing is pushed, the customer's side reads what is recorded.
"""

from adapters.channels.webchat.adapter import Adapter
from adapters.channels.webchat.settings import Settings

__all__ = ["Adapter", "Settings"]
