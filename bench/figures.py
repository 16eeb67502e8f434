"""Numbers made of numbers: percentiles, medians with their spread, ratios of the same round."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of all lies at or below; the nearest rank."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure of several rounds."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{rounded(self.middle)} ({rounded(self.least)}–{rounded(self.most)})"


def ratios(values: Sequence[float], to: Sequence[float]) -> list[float]:
    """Round by round, so that what slows the machine in one round slows both."""
    return [value / other for value, other in zip(values, to, strict=True)]


def rounded(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
