"""`calendar`: the secret link to a desk's callbacks, for the agents' own calendars."""

import argparse

from bridge.cli.arguments import Commands, add_command
from bridge.cli.running import installation, wiring


def add(commands: Commands) -> None:
    summary = "Make the secret link to a desk's callbacks as an iCal; the link before stops working."
    parser = add_command(commands, "calendar", summary, run)
    parser.add_argument("tenant", metavar="TENANT")
    parser.add_argument("desk", metavar="DESK")
    parser.add_argument("--revoke", action="store_true", help="only stop the link that there is")


def run(args: argparse.Namespace) -> int:
    read = installation(args)
    if args.revoke:
        wiring().calendar_revoke(read, args.tenant, args.desk)
        print(f"ok: no link to the callbacks of {args.tenant}/{args.desk} works any more")
        return 0
    print(wiring().calendar_link(read, args.tenant, args.desk))
    return 0
