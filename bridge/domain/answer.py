"""What the AI is asked and what it says: the shapes of CONTRACT's answerer, as values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Citation:
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    ok: bool = True
    error: str = ""
    result: object = None


@dataclass(frozen=True, slots=True)
class HandoffWish:
    """The AI's own request for a person."""

    reason: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    want: str = ""
    buying: bool = False
    qualified: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    confidence: float | None
    citations: tuple[Citation, ...] = ()
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    handoff: HandoffWish | None = None
    suggestion: str = ""
    intent: Intent | None = None

    @property
    def known_confidence(self) -> float | None:
        """The confidence, or None when it is missing or no number from 0 to 1: never taken as high."""
        value = self.confidence
        if value is None or isinstance(value, bool) or math.isnan(value) or not 0 <= value <= 1:
            return None
        return value

    @property
    def failed_tools(self) -> tuple[ToolCall, ...]:
        return tuple(call for call in self.tool_calls if not call.ok)


@dataclass(frozen=True, slots=True)
class ToolFailure:
    """No answer that may be sent: a tool errored, the AI timed out or answered nonsense."""

    why: str
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    withheld: str = ""
    """What the AI said all the same: kept for the transcript, never sent."""


@dataclass(frozen=True, slots=True)
class Said:
    author: str
    """customer, assistant, agent or system."""
    name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HumanStretch:
    """The time in which a person, not the AI, spoke with the customer."""

    agent: str
    since: datetime
    until: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """The question put to the AI: the customer's messages since the last answer, with what came before."""

    tenant: str
    conversation: str
    turn: int
    language: str
    customer: Mapping[str, object]
    messages: tuple[Said, ...]
    human_stretch: HumanStretch | None = None
