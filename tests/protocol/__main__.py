"""`python -m tests.protocol` checks everything; `--without SAFEGUARD` shows what goes wrong without it."""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.protocol.checker import Exploration, Report
from tests.protocol.foils import FOILS
from tests.protocol.properties import PROPERTIES
from tests.protocol.scopes import SCOPES


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.protocol", description=__doc__)
    parser.add_argument("--without", choices=FOILS, help="take one safeguard away")
    parser.add_argument("--scope", choices=SCOPES, help="explore this one only")
    args = parser.parse_args(arguments)
    if args.without:
        return _show_foil(args.without)
    return _check([args.scope] if args.scope else list(SCOPES))


def _show_foil(name: str) -> int:
    foil = FOILS[name]
    report = Exploration(SCOPES[foil.scope], foil).run(until=foil.breaks)
    print(f"Without {name}: {foil.why}.")
    for breach in foil.breaks:
        _print_trace(breach, report)
    return 1


def _check(names: list[str]) -> int:
    began, reports = time.monotonic(), list[Report]()
    for name in names:
        report = Exploration(SCOPES[name]).run()
        reports.append(report)
        print(f"{name}: {report.states:,} states, {report.transitions:,} transitions")
        for breach in report.traces:
            _print_trace(breach, report)
    states, transitions = sum(r.states for r in reports), sum(r.transitions for r in reports)
    broken = sum(len(r.traces) for r in reports)
    print(
        f"protocol: {states:,} states, {transitions:,} transitions, {len(PROPERTIES)} properties in "
        f"{len(names)} worlds, {time.monotonic() - began:.1f} s: "
        + (f"{broken} BROKEN" if broken else "all hold")
    )
    return 1 if broken else 0


def _print_trace(name: str, report: Report) -> None:
    print(f"  BROKEN: {PROPERTIES[name]} ({name}).")
    for place, words in enumerate(report.traces[name], start=1):
        print(f"  {place:3}. {words}")


if __name__ == "__main__":
    sys.exit(main())
