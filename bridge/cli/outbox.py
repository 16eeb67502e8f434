"""`outbox list` shows what is waiting or parked, `outbox retry` sends it again."""

import argparse

from bridge.cli.arguments import Commands, add_command, add_group
from bridge.cli.running import OutboxRow, installation, wiring
from bridge.cli.terminal import table

PARKED = "dead"
_HEAD = ("KEY", "TENANT", "KIND", "STATUS", "TRIES", "SINCE", "WHY")


def add(commands: Commands) -> None:
    group = add_group(commands, "outbox", "See and send again what has not been delivered.")
    add_command(group, "list", "Show what is waiting or parked.", show)
    retry_parser = add_command(group, "retry", "Send parked effects again.", retry)
    retry_parser.add_argument("keys", nargs="*", metavar="KEY", help="(default: all that are parked)")


def show(args: argparse.Namespace) -> int:
    rows = wiring().outbox_list(installation(args))
    if rows:
        print(table([_HEAD, *(_cells(row) for row in rows)]))
    return 0


def retry(args: argparse.Namespace) -> int:
    read = installation(args)
    keys = args.keys or [row.key for row in wiring().outbox_list(read) if row.status == PARKED]
    count = wiring().outbox_retry(read, keys) if keys else 0
    print(f"{count} will be sent again")
    return 0


def _cells(row: OutboxRow) -> tuple[str, ...]:
    shown_status = "parked" if row.status == PARKED else row.status
    since = f"{row.at:%Y-%m-%d %H:%M:%S}"
    return (row.key, row.tenant, row.kind, shown_status, str(row.attempts), since, row.why or "-")
