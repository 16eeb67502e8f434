"""What is wrong with a tenant's template: file, line, why, mend."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Flaw:
    file: Path
    line: int
    """From 1; 0 for the file as a whole."""
    why: str
    mend: str


class VoiceError(Exception):
    """A tenant's templates can't be used; `flaws` holds everything that was found."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("; ".join(f"{flaw.file}:{flaw.line}: {flaw.why}" for flaw in self.flaws))
