"""Plays the scenarios and prints the table; exit code 1 when one does not hold."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from textwrap import fill
from time import monotonic

from tests.faults.scenarios.ground import Databases, Ground, databases
from tests.faults.scenarios.scenario import Scenario, plays

WIDTH = 110


async def play(scenario: Scenario, folder: Path, given: Databases) -> str:
    async with Ground(folder, given) as ground:
        return await scenario.play(ground)


def table(chosen: list[Scenario]) -> int:
    wrong, began = 0, monotonic()
    with databases() as given:
        for each in chosen:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    seen, ok = asyncio.run(play(each, Path(folder), given)), "ok"
                except Exception as error:
                    seen, ok, wrong = f"{type(error).__name__}: {error}", "NOT OK", wrong + 1
            print(_row(f"{each.number:>2}", each.done))
            print(_row(f"{ok:>6}", f"→ {seen}"), flush=True)
    print(
        f"\n{len(chosen)} plays of {len({each.number for each in chosen})} scenarios, {wrong} not ok, "
        f"{monotonic() - began:.0f} s"
    )
    return 1 if wrong else 0


def _row(left: str, words: str) -> str:
    return fill(words, WIDTH, initial_indent=f"{left:<8}", subsequent_indent=" " * 10)


def main() -> int:
    known = sorted({each.number for each in plays()})
    parser = argparse.ArgumentParser(prog="python -m tests.faults.scenarios", description=__doc__)
    parser.add_argument("number", nargs="*", type=int, help=f"of {', '.join(map(str, known))}; else all")
    wanted = parser.parse_args().number or known
    if unknown := set(wanted) - set(known):
        parser.error(f"there is no scenario {min(unknown)} here; there are {', '.join(map(str, known))}")
    return table([each for each in plays() if each.number in wanted])


if __name__ == "__main__":
    sys.exit(main())
