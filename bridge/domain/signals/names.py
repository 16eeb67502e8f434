"""The names of the signals and the one value that travels: a name and its evidence."""

from dataclasses import dataclass
from typing import Literal, get_args

SignalName = Literal[
    "person_request",
    "frustration",
    "refund",
    "complaint",
    "legal",
    "medical",
    "billing",
    "buying_intent",
]
SIGNAL_NAMES: tuple[SignalName, ...] = get_args(SignalName)


@dataclass(frozen=True, slots=True)
class Signal:
    """A cue that fired. `evidence` is the exact span of the customer's text, never a paraphrase."""

    name: SignalName
    evidence: str
