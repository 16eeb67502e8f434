"""Precision and recall of the signals on labelled messages, and the time a message takes.

    python bench/signals.py FILE.jsonl [--packs en,es,de] [--misses LABEL] [--lang en]

FILE has one JSON object a line: `text`, `lang`, `labels` (the signals that should fire; empty for
an ordinary message), optional `skip` (labels that this row cannot decide: not scored) and `source`.
`--misses LABEL` prints the wrong rows of one label instead: what fired in vain, what was missed.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.domain.signals import SIGNAL_NAMES, Pack, Signal, detect, load_packs


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled message."""

    text: str
    lang: str
    labels: frozenset[str]
    skip: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one label came to on one row: right, in vain or missed."""

    row: Row
    label: str
    outcome: str
    evidence: str


def read_rows(path: Path) -> list[Row]:
    """Every row of a labelled file."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        rows.append(
            Row(
                text=raw["text"],
                lang=raw.get("lang", "?"),
                labels=frozenset(raw["labels"]),
                skip=frozenset(raw.get("skip", ())),
                source=raw.get("source", "?"),
            )
        )
    return rows


def score(rows: Iterable[Row], packs: Sequence[Pack]) -> list[Verdict]:
    """One verdict for each label of each row that is expected or fired, and not skipped."""
    verdicts = []
    for row in rows:
        fired = {signal.name: signal for signal in detect(row.text, packs)}
        for label in SIGNAL_NAMES:
            if label not in row.skip and (label in fired or label in row.labels):
                verdicts.append(_judge(row, label, fired.get(label)))
    return verdicts


def _judge(row: Row, label: str, signal: Signal | None) -> Verdict:
    if signal is None:
        return Verdict(row, label, "missed", "")
    return Verdict(row, label, "right" if label in row.labels else "in vain", signal.evidence)


def print_table(verdicts: Iterable[Verdict]) -> None:
    """Precision and recall for each language and label."""
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        counts[verdict.row.lang, verdict.label][verdict.outcome] += 1
    print(f"{'lang':5}{'label':16}{'precision':>10}{'recall':>8}{'right':>7}{'in vain':>9}{'missed':>8}")
    for (lang, label), outcomes in sorted(counts.items()):
        right, vain, missed = (outcomes[o] for o in ("right", "in vain", "missed"))
        precision, recall = _ratio(right, right + vain), _ratio(right, right + missed)
        print(f"{lang:5}{label:16}{precision:>10}{recall:>8}{right:>7}{vain:>9}{missed:>8}")


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def print_misses(verdicts: Iterable[Verdict], label: str) -> None:
    """The wrong rows of one label, in vain first."""
    wrong = [v for v in verdicts if v.label == label and v.outcome != "right"]
    for verdict in sorted(wrong, key=lambda v: (v.outcome, v.row.source)):
        shown = verdict.row.text[:150].replace("\n", " ")
        print(f"{verdict.outcome:8}{verdict.row.source[:12]:13}[{verdict.evidence[:40]}] {shown}")


def measure(rows: Sequence[Row], packs: Sequence[Pack], rounds: int = 3) -> tuple[float, float]:
    """Median and 99th percentile of a message's microseconds, best of `rounds`.

    Time of this thread on the processor, so that a busy machine does not blur it.
    """
    best = [float("inf")] * len(rows)
    for _ in range(rounds):
        for index, row in enumerate(rows):
            started = time.thread_time_ns()
            detect(row.text, packs)
            best[index] = min(best[index], (time.thread_time_ns() - started) / 1_000)
    return statistics.median(best), statistics.quantiles(best, n=100)[98]


def main() -> int:
    """Score and time; 2 when the file holds no rows for the language asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    parser.add_argument("--packs", default="en,es,de", help="language codes (default: en,es,de)")
    parser.add_argument("--misses", choices=SIGNAL_NAMES, help="print this label's wrong rows")
    parser.add_argument("--lang", help="only rows of this language")
    options = parser.parse_args()
    packs = load_packs(options.packs.split(","))
    rows = [row for row in read_rows(options.file) if options.lang in (None, row.lang)]
    if len(rows) < 2:
        print("fewer than two rows to score", file=sys.stderr)
        return 2
    verdicts = score(rows, packs)
    if options.misses:
        print_misses(verdicts, options.misses)
        return 0
    print_table(verdicts)
    median, p99 = measure(rows, packs)
    mean_length = statistics.mean(len(row.text) for row in rows)
    print(f"\n{len(rows)} messages of {mean_length:.0f} characters, {len(packs)} packs: ", end="")
    print(f"median {median:.0f} µs, p99 {p99:.0f} µs a message")
    return 0


if __name__ == "__main__":
    sys.exit(main())
