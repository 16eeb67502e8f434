"""What was seen of one history: by customers, at the desk, by the AI, and in the books. Plain values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MARK = re.compile(r"\b([magn])-(acme|globex)-(\w+)-(\d+)-(\d+)\b")
"""Every text carries one: who said it (m customer, a assistant, g agent to the customer, n agent's note), of
which tenant, in which history, conversation, and which number."""


PAGE = re.compile(r"^Page \d+: |^Callback (?:now|soon): |claim ran out\. | is waiting for | is passed on by ")


def marks(text: str) -> list[str]:
    return [found.group(0) for found in MARK.finditer(text)]


@dataclass
class Sent:
    """One message of a customer, and every attempt at it."""

    mark: str
    id: str
    text: str
    statuses: list[int | None] = field(default_factory=list)
    """None: the connection was lost before an answer."""

    @property
    def acknowledged(self) -> bool:
        return any(status in (200, 202) for status in self.statuses)


@dataclass
class Said:
    """One row that a customer may see: of the page they read, or as it arrived at the shop."""

    seq: int
    kind: str
    """message or state."""
    author: str = ""
    text: str = ""
    mode: str = ""
    agent: str = ""
    booked: str = ""
    number: int = 0
    """Of the delivery, where it arrived at a shop: rising with the order of the commits."""


@dataclass
class Card:
    handoff: str
    channel: str
    buttons: list[str]
    thread: list[str]
    """What the bridge wrote below it, in order."""

    @property
    def lines(self) -> list[str]:
        """The conversation among it: a page names once more what the customer wants."""
        return [line for line in self.thread if not PAGE.search(line.splitlines()[0] if line else "")]


@dataclass
class Talk:
    """One conversation, from every side."""

    tenant: str
    kind: str
    """web or api."""
    external: str
    id: str
    sent: list[Sent] = field(default_factory=list)
    stored: list[Said] = field(default_factory=list)
    """All that the customer may see, in order, as it is stored."""
    arrived: list[Said] = field(default_factory=list)
    """What came at the shop, in the order of arrival, each webhook-id once. Empty on web chat."""
    audit: list[Mapping[str, Any]] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    """Marks of agents' inside notes."""


@dataclass
class History:
    seed: str
    talks: list[Talk] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    """Marks of one tenant that were seen at another's."""
    statuses: list[tuple[str, int | None]] = field(default_factory=list)
    """(what was asked, the answer) of everything but customers' messages."""
    broken_chain: Sequence[str] = ()
    waiting: Sequence[str] = ()
    """Effects that still waited when all was well again."""
    parked: Sequence[str] = ()
    events: int = 0
    crashes: int = 0
    hung: str = ""
    """Where it stood when it did not come to an end."""
