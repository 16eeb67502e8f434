"""`serve`: the service itself, until it is stopped."""

import argparse

from bridge.cli.arguments import Commands, add_command
from bridge.cli.running import installation, wiring


def add(commands: Commands) -> None:
    add_command(commands, "serve", "Run the service.", run)


def run(args: argparse.Namespace) -> int:
    wiring().serve(installation(args))
    return 0
