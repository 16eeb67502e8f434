"""What a run is asked for."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

PARTS = (
    "w1",
    "chat",
    "w2",
    "w3",
    "w4",
    "sqlite",
    "statements",
    "recorder",
    "streams",
    "turns",
    "tenants",
    "rows",
)
WORKLOADS = PARTS[:6]


@dataclass(frozen=True, slots=True)
class Options:
    parts: tuple[str, ...] = PARTS
    rounds: int = 5
    seconds: float = 3.0
    presses: int = 600
    """Claims of one window: so many conversations wait before it begins."""
    streams: int = 2000
    growth: tuple[int, int] = (10_000, 100_000)
    """Other conversations, ten messages each: few and many."""
    tenants: int = 1000
    turns: int = 400
    json: Path | None = None
    markdown: Path | None = None
    profile: Path | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if not isinstance(value, Path)}


QUICK = Options(
    rounds=2, seconds=1.5, presses=200, streams=500, growth=(1_000, 10_000), tenants=100, turns=60
)
"""Minutes instead of half an hour: to see whether something moved at all."""


def read(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measures the bridge against its floors, interleaved."
    )
    parser.add_argument("--only", metavar="PARTS", help=f"comma-separated, of: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, two short rounds")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of one window")
    parser.add_argument("--presses", type=int, help="claims of one window")
    parser.add_argument("--streams", type=int, help="idle event streams")
    parser.add_argument("--growth", metavar="FEW:MANY", help="conversations, such as 10000:1000000")
    parser.add_argument("--tenants", type=int, help="against ten")
    parser.add_argument("--turns", type=int, help="against the first")
    parser.add_argument("--json", type=Path, metavar="FILE", help="everything that was seen")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the tables, as they are printed")
    parser.add_argument(
        "--profile",
        type=Path,
        metavar="FOLDER",
        help="instead: where the service's processor time goes, one text file for each workload",
    )
    given = parser.parse_args(arguments)
    options = QUICK if given.quick else Options()
    for name in (
        "rounds",
        "seconds",
        "presses",
        "streams",
        "tenants",
        "turns",
        "json",
        "markdown",
        "profile",
    ):
        if (value := getattr(given, name)) is not None:
            options = replace(options, **{name: value})
    if given.only:
        options = replace(options, parts=_parts(parser, given.only))
    if given.growth:
        options = replace(options, growth=_growth(parser, given.growth))
    return options


def _parts(parser: argparse.ArgumentParser, text: str) -> tuple[str, ...]:
    named = tuple(text.split(","))
    if unknown := [name for name in named if name not in PARTS]:
        parser.error(f"--only: there is no {unknown[0]}; there are {', '.join(PARTS)}")
    return named


def _growth(parser: argparse.ArgumentParser, text: str) -> tuple[int, int]:
    few, _, many = text.partition(":")
    if not (few.isdigit() and many.isdigit() and 20 <= int(few) < int(many)):
        parser.error("--growth: write FEW:MANY, two numbers of conversations from 20 up")
    return int(few), int(many)
