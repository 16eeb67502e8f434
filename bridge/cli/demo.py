"""`demo`: everything on one machine, no account and no server needed."""

import argparse
from pathlib import Path

from bridge.cli.arguments import Commands, WrongUse, add_command
from bridge.cli.running import wiring


def add(commands: Commands) -> None:
    summary = "Try everything on this machine: a sample shop, its assistant and a desk in the browser."
    parser = add_command(commands, "demo", summary, run)
    parser.add_argument("--port", type=int, default=8080, help="where to listen (default: 8080)")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("var/demo"),
        metavar="DIR",
        help="where conversations are kept (default: var/demo)",
    )


def run(args: argparse.Namespace) -> int:
    if not 0 <= args.port <= 65535:
        raise WrongUse(f"{args.port} is not a port; write --port 8080")
    wiring().demo(args.port, args.data)
    return 0
