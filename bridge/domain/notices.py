"""What the bridge itself says to customers: the notices, and the facts that each states.

A fact is words, or an instant with the zone it is told in; the voice writes it as the customer's language
does. `STATED` names the facts that a notice can't do without: without them it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

NoticeName = Literal[
    "waiting",
    "waiting_off_duty",
    "joined",
    "released",
    "offer",
    "clarify",
    "gave_up",
    "lapsed",
    "passed_on",
    "correction",
    "withdrawn",
    "closed",
    "times",
    "times_gone",
    "no_times",
    "ask_reach",
    "booked",
    "cancelled",
    "callback_due",
    "callback_missed",
    "callback_settled",
]
"""What the customer is told by the bridge itself. Each is said only together with the row it states."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, to be told on the clocks of a zone."""

    at: datetime
    zone: str


NoticeFact = str | Moment | tuple[Moment, ...]

STATED: Mapping[NoticeName, tuple[str, ...]] = {
    "joined": ("agent",),
    "passed_on": ("agent",),
    "times": ("zone",),
    "times_gone": ("zone",),
    "ask_reach": ("when",),
    "booked": ("when",),
    "cancelled": ("when",),
    "callback_due": ("when",),
    "callback_missed": ("when",),
    "callback_settled": ("when",),
}
