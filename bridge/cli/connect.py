"""`connect`: a code with which people bind a channel of theirs to a desk, from inside the platform."""

import argparse

from bridge.cli.arguments import Commands, add_command
from bridge.cli.running import installation, wiring


def add(commands: Commands) -> None:
    summary = "Make a code that connects a channel in Slack or Teams to a desk; good for an hour, once."
    parser = add_command(commands, "connect", summary, run)
    parser.add_argument("tenant", metavar="TENANT")
    parser.add_argument("desk", metavar="DESK")


def run(args: argparse.Namespace) -> int:
    print(wiring().connect(installation(args), args.tenant, args.desk))
    return 0
