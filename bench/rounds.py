"""The workloads, interleaved: in every round each workload runs on the bridge and on its floors in turn.

The order of the subjects turns with the round, so that none always follows the same one. A first round
that is not counted warms everything up.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.load.workload import Workload
from bench.measure import Window, measure
from bench.subjects.subject import Subject

Say = Callable[[str], None]


@dataclass(frozen=True)
class Match:
    """One workload and those that it is measured on."""

    workload: Workload
    subjects: Sequence[Subject]


@dataclass
class Results:
    """Windows by (workload, at once, subject), one for each round."""

    windows: dict[tuple[str, int, str], list[Window]] = field(default_factory=lambda: defaultdict(list))

    def of(self, workload: str, at_once: int, subject: str, figure: str) -> list[float]:
        """One figure of each round; empty when it was not measured."""
        return [getattr(w, figure) for w in self.windows.get((workload, at_once, subject), ())]


async def play(
    matches: Sequence[Match], rounds: int, seconds: float, at_once: Sequence[int], say: Say
) -> Results:
    results = Results()
    for number in range(rounds + 1):
        for match in matches:
            for many in at_once:
                for subject in turned(match.subjects, number):
                    length = seconds if number else min(seconds, 0.7)
                    window = await measure(subject, match.workload, many, length)
                    say(line(number, match.workload.name, many, subject.name, window))
                    if number:
                        results.windows[match.workload.name, many, subject.name].append(window)
    return results


def turned(subjects: Sequence[Subject], by: int) -> list[Subject]:
    by %= len(subjects)
    return [*subjects[by:], *subjects[:by]]


def line(number: int, workload: str, at_once: int, subject: str, window: Window) -> str:
    what = f"round {number}" if number else "warm-up"
    return (
        f"{what}  {workload:12} {at_once:3} at once  {subject:14} {window.rate:7.0f}/s  "
        f"p50 {window.p50:7.2f} p99 {window.p99:7.2f} ms  "
        f"cpu {window.service:6.2f} + {window.database:5.2f} ms  "
        f"load {window.load:5.2f} ms ({window.load_share:.0%})"
    )
