"""What a floor stores: one call for each durable event, each a transaction of its own.

Rows are what such a bridge can't do without: the conversation with its fencing epoch, its messages with
their de-duplication key, an outbox row for whatever must leave, and one audit row for every message and
change of owner. No rules, no encryption, no hash chain, no timers, no second look.
"""

from typing import Protocol


class EventStore(Protocol):
    async def open(self) -> None: ...
    async def close(self) -> None: ...

    async def opened(self, tenant: str, conversation: str, profile: str) -> None:
        """A web chat begins."""

    async def wrote(self, tenant: str, conversation: str, key: str, profile: str, text: str) -> int | None:
        """A customer's message, and the question to the AI in the outbox. None for a repeat."""

    async def answered(self, tenant: str, conversation: str, seq: int, text: str, *, push: bool) -> bool:
        """The AI's answer, where nobody has taken over meanwhile; `push`: it must be sent."""

    async def asked_for_person(
        self, tenant: str, conversation: str, key: str, profile: str, text: str, told: str, *, push: bool
    ) -> int | None:
        """The handoff, its page and what the customer is told. None for a repeat; else the epoch."""

    async def posted(self, tenant: str, conversation: str, place: str, thread: str, epoch: int) -> None:
        """The card stands."""

    async def claimed(
        self, tenant: str, conversation: str, epoch: int, agent: str, told: str, *, push: bool
    ) -> int | None:
        """The new epoch; None when somebody was faster."""

    async def agent_wrote(self, tenant: str, place: str, thread: str, key: str, text: str) -> str | None:
        """A line of the thread, on its way to the customer. The conversation; None for a repeat."""

    async def done(self, tenant: str, conversation: str, kind: str) -> None:
        """What was to leave has left."""
