"""The targets, each a ratio of the same round (or kB), held against what was seen."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.figures import Spread, ratios
from bench.measured import Measured
from bench.rounds import Results


@dataclass(frozen=True, slots=True)
class Target:
    work: str
    limit: float
    at_least: bool
    """Else it is a most."""
    seen: Spread
    unit: str = " ×"

    @property
    def met(self) -> bool:
        return self.seen.middle >= self.limit if self.at_least else self.seen.middle <= self.limit

    @property
    def wanted(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}{self.unit}"


def targets(measured: Measured) -> list[Target]:
    """Those that this run has measured, in the order in which they are set."""
    return [
        *_workloads(measured.workloads),
        *_recorder(measured),
        *_sqlite(measured.workloads),
        *_growth(measured),
        *_streams(measured),
    ]


def _workloads(results: Results) -> Iterator[Target]:
    for work in ("W1", "W1 web chat", "W2"):
        words = f"{work}: messages a second at 32 at once, to the floor's"
        yield from _ratio(results, words, 1.0, True, work, 32, "rate", "bridge", "floor")
    for work in ("W1", "W1 web chat"):
        words = f"{work}: processor time of service and database at 32 at once, to the floor's"
        yield from _ratio(results, words, 2.0, False, work, 32, "cost", "bridge", "floor")
    for work in ("W1", "W1 web chat", "W3"):
        yield from _ratio(
            results, f"{work}: median alone, to the floor's", 2.0, False, work, 1, "p50", "bridge", "floor"
        )
    words = "W3: processor time of service and database at 32 at once, to slack-bolt's alone"
    yield from _ratio(results, words, 2.0, False, "W3", 32, "cost", "bridge", "relay")


def _recorder(measured: Measured) -> Iterator[Target]:
    for kind, limit in (("inbound", 1.0), ("claims", 1.2)):
        ours = [each.rate for each in measured.recorder.get(f"{kind} bridge", ())]
        raw = [each.rate for each in measured.recorder.get(f"{kind} statement", ())]
        if ours:
            words = f"the recorder alone, 32 at once, {kind}: events a second, to one raw statement each"
            yield Target(words, limit, True, Spread.of(ratios(ours, raw)))
    if measured.race:
        seen = Spread.of(ratios(measured.race["bridge"], measured.race["statement"]))
        words = "100 claimers of one conversation: all answered, to SELECT … FOR UPDATE"
        yield Target(words, 0.15, False, seen)


def _sqlite(results: Results) -> Iterator[Target]:
    words = "W1 on SQLite, FULL: messages a second at 32 at once, to the floor's on SQLite"
    yield from _ratio(results, words, 3.0, True, "W1", 32, "rate", "bridge-sqlite", "floor-sqlite")


def _growth(measured: Measured) -> Iterator[Target]:
    few, many = measured.options.get("growth", (0, 0))
    for words, results in (
        (f"{many:,} conversations against {few:,}", measured.rows),
        (f"{measured.options.get('tenants', 0):,} tenants against 10", measured.tenants),
    ):
        for work in ("W1", "W3"):
            cost = f"{work} beside {words}: processor time at 32 at once"
            yield from _ratio(results, cost, 1.15, False, work, 32, "cost", "many", "few")
            alone = f"{work} beside {words}: median alone"
            yield from _ratio(results, alone, 1.15, False, work, 1, "p50", "many", "few")
    turn = measured.options.get("turns", 0)
    for at_once, figure, name in ((4, "cost", "processor time"), (1, "p50", "median alone")):
        later = measured.turns.of("turn many", at_once, "turns", figure)
        first = measured.turns.of("turn 1", at_once, "turns", figure)
        if later:
            seen = Spread.of(ratios(later, first))
            yield Target(f"W1 at turn {turn} against turn 1: {name}", 1.15, False, seen)


def _streams(measured: Measured) -> Iterator[Target]:
    if seen := measured.streams.get("bridge"):
        words = f"memory of an idle event stream, {seen.many:,} of them"
        yield Target(words, 20.0, False, Spread.of([seen.each]), " kB")


def _ratio(
    results: Results,
    words: str,
    limit: float,
    at_least: bool,
    work: str,
    at_once: int,
    figure: str,
    ours: str,
    floor: str,
) -> Iterator[Target]:
    seen = results.of(work, at_once, ours, figure)
    if seen:
        to = results.of(work, at_once, floor, figure)
        yield Target(words, limit, at_least, Spread.of(ratios(seen, to)))
