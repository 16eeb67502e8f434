"""`migrate`: brings the database to the newest schema."""

import argparse

from bridge.cli.arguments import Commands, add_command
from bridge.cli.running import installation, wiring


def add(commands: Commands) -> None:
    add_command(commands, "migrate", "Bring the database to the newest schema.", run)


def run(args: argparse.Namespace) -> int:
    wiring().migrate(installation(args))
    print("ok: the database has the newest schema")
    return 0
