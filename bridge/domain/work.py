"""What agents do with a handoff, as it is kept: lines, files, transfers, and how it came out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReleaseOutcome(StrEnum):
    """How a handoff came out, by the word of who released it."""

    RESOLVED = "resolved"
    FOLLOW_UP = "follow_up"
    NOT_NEEDED = "not_needed"
    """No person was needed: also a label for tuning."""


OUTCOMES = {
    ReleaseOutcome.RESOLVED: "Resolved",
    ReleaseOutcome.FOLLOW_UP: "Needs follow-up",
    ReleaseOutcome.NOT_NEEDED: "Not needed",
}
"""As agents read them."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a message: where it can be fetched, never its bytes."""

    name: str
    url: str = ""
    """Empty where it can't be fetched by the other side: it is then named as not delivered."""
    mime: str = ""
    size: int = 0
    """Bytes; 0 = unknown."""

    @property
    def weight(self) -> str:
        """Its size as people read it; empty when it is unknown."""
        if self.size <= 0:
            return ""
        shown, unit = next(
            (self.size / 1000**power, unit)
            for power, unit in ((3, "GB"), (2, "MB"), (1, "kB"), (0, "B"))
            if self.size >= 1000**power
        )
        return f"{shown:.1f} {unit}" if shown < 10 and unit != "B" else f"{shown:.0f} {unit}"


def with_names(text: str, files: tuple[File, ...]) -> str:
    """A message in plain words, for who reads words alone."""
    return "\n".join(filter(None, [text, *(f"[file: {file.name}]" for file in files)]))


@dataclass(frozen=True, slots=True)
class Replaces:
    """What an earlier message says from now on: for sides that can change what they have shown."""

    seq: int
    text: str
    """Empty: it was taken back."""


class LineState(StrEnum):
    INSIDE = "inside"
    """A note, or somebody's who is not the owner."""
    SENT = "sent"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Line:
    """A line in the thread, by the platform's own id, and the entry that it became."""

    id: str
    seq: int
    effect: int = 0
    """The number of the effect that brings it to the customer; 0 = none."""
    state: LineState = LineState.SENT


@dataclass(frozen=True, slots=True)
class Transfer:
    """The newest passing on of a handoff, in names for people."""

    by: str
    desk: str
    """From which desk."""
    to: str
    """A colleague's name; empty when it went to another desk."""
    to_desk: str
    reason: str
    at: datetime


KEPT_LINES = 30
"""The newest lines of a handoff, which can still be edited."""


def kept(lines: tuple[Line, ...], line: Line) -> tuple[Line, ...]:
    """With `line` in the place of the one of the same id, or at the end."""
    if any(each.id == line.id for each in lines):
        return tuple(line if each.id == line.id else each for each in lines)
    return (*lines, line)[-KEPT_LINES:]
