"""How large a world is explored: the channel, the processes, and what may go wrong, each with its bound."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The customer writes as often as they like; the bounds are on what is under way at one time."""

    channel: str
    """`web`: the commit is the delivery. `api`: messages are carried."""
    replicas: int = 1
    gap: bool = False
    """What a dead process left waits until another has seen that it is dead; meanwhile life goes on."""
    desk: bool = True
    """Cards are posted and drawn anew; without it every agent sees the truth at once."""
    looks: bool = True
    """Agents may still see an older card than the one that stands; without it they see that one."""
    callbacks: bool = False
    """Times are offered, booked, moved, cancelled, kept and missed."""
    elsewhere: bool = False
    """People also answer by another route."""
    faults: int = 1
    """Crashes, and desks that refuse a card for good."""
    asks: int = 2
    sends: int = 2
    syncs: int = 2
    """Effects of one kind that are in the outbox at one time."""


SCOPES = {
    "web chat, one process": Scope("web", asks=1),
    "webhook, one process": Scope("api", asks=1, desk=False),
    "web chat, two replicas": Scope("web", replicas=2, gap=True, desk=False, elsewhere=True, faults=2),
    "webhook, two replicas": Scope("api", replicas=2, gap=True, desk=False, asks=1),
    "callbacks, one process": Scope("api", callbacks=True, asks=1, desk=False),
    "desk, two replicas": Scope("web", replicas=2, gap=True, asks=0, looks=False),
}
