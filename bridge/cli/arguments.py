"""What all commands' arguments share: `--config` before or after the command, errors in one line."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from bridge import __version__

PROGRAM = "handoff-bridge"
Run = Callable[[argparse.Namespace], int]


class WrongUse(Exception):
    """The command can't be carried out as it was given; the message says what to do instead."""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUse(f"{message}; see: {self.prog} --help")


Commands = Any
"""What argparse's `add_subparsers` gives: its class has no public name."""


def new_parser() -> Parser:
    top = Parser(
        prog=PROGRAM,
        description="The bridge between a company's AI and its people.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    default = Path(os.environ.get("BRIDGE_CONFIG") or "bridge.yaml")
    _add_config(top, default)
    return top


def add_command(commands: Commands, name: str, summary: str, run: Run) -> Parser:
    parser: Parser = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    # Absent here, so that one given before the command is kept.
    _add_config(parser, argparse.SUPPRESS)
    parser.set_defaults(run=run)
    return parser


def add_group(commands: Commands, name: str, summary: str) -> Commands:
    """A command that has commands of its own: `tenant apply`, `tenant list`."""
    parser: Parser = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    _add_config(parser, argparse.SUPPRESS)
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _add_config(parser: Parser, default: Any) -> None:
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=default,
        help="the installation's settings (default: $BRIDGE_CONFIG, else ./bridge.yaml)",
    )
