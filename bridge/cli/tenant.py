"""`tenant apply` stores a new version of a tenant's settings, `list` and `show` tell what is stored."""

import argparse
import sys
from pathlib import Path

from bridge.cli.arguments import Commands, WrongUse, add_command, add_group
from bridge.cli.running import installation, wiring
from bridge.cli.terminal import table


def add(commands: Commands) -> None:
    group = add_group(commands, "tenant", "Apply, list and show tenants' settings.")
    summary = "Store a new version of a tenant's settings; running services take it up."
    add_command(group, "apply", summary, apply).add_argument("file", type=Path, metavar="FILE")
    add_command(group, "list", "Name the stored tenants and their versions.", name)
    summary = "Write a tenant's stored settings, as they were written: what is in force."
    add_command(group, "show", summary, show).add_argument("tenant", metavar="TENANT")


def apply(args: argparse.Namespace) -> int:
    if not args.file.is_file():
        raise WrongUse(f"there is no {args.file}; name a tenant's settings file")
    print(wiring().tenant_apply(installation(args), args.file))
    return 0


def name(args: argparse.Namespace) -> int:
    rows = wiring().tenant_list(installation(args))
    if rows:
        print(table([("TENANT", "VERSION", "NAME"), *((r.tenant, str(r.version), r.name) for r in rows)]))
    return 0


def show(args: argparse.Namespace) -> int:
    sys.stdout.write(wiring().tenant_show(installation(args), args.tenant))
    return 0
