"""`python -m tests.promises` plays random cases; `--seed N` plays one again and shows it."""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from bridge.timewords import TIMES
from tests.promises.case import Case, random_case
from tests.promises.promises import PROMISES
from tests.promises.town import BrokenPromise, Town


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.promises", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--first", type=int, default=1, help="the seed of the first case")
    parser.add_argument("--seed", type=int, help="this case alone")
    given = parser.parse_args(arguments)
    TIMES.load()
    if given.seed is not None:
        town = _town(given.seed)
        broken = _broken(town)
        print("\n".join(broken.splitlines() if broken else [str(town.case), *town.log]))
        return int(bool(broken))
    began, zones, changes, near, broken_seeds = time.monotonic(), set[str](), 0, 0, list[int]()
    for seed in range(given.first, given.first + given.cases):
        town = _town(seed)
        if broken := _broken(town):
            broken_seeds.append(seed)
            print(f"seed {seed}:\n{broken}\n")
        zones |= {town.case.rota.zone.key, *town.case.customers}
        changes += town.changes
        near += _clocks_change(town.case)
    seconds = time.monotonic() - began
    outcome = f"BROKEN in {len(broken_seeds)}: {broken_seeds[:10]}" if broken_seeds else "no broken promise"
    print(
        f"{given.cases:,} cases, {near:,} of them over a change of the clocks, {len(zones)} zones, "
        f"{changes:,} steps of callbacks, {len(PROMISES)} promises, {seconds:.0f} s: {outcome}"
    )
    return int(bool(broken_seeds))


def _town(seed: int) -> Town:
    random = Random(seed)
    return Town(random_case(random), random)


def _broken(town: Town) -> str:
    try:
        town.play()
    except BrokenPromise as error:
        return str(error)
    return ""


def _clocks_change(case: Case) -> bool:
    """In one of the zones, between the beginning and the horizon."""
    end = case.start + case.rules.horizon + timedelta(days=1)
    zones = [case.rota.zone, *map(ZoneInfo, case.customers)]
    return any(case.start.astimezone(z).utcoffset() != end.astimezone(z).utcoffset() for z in zones)


if __name__ == "__main__":
    sys.exit(main())
