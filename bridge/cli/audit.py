"""`audit verify` walks a tenant's chains and anchors; `audit export` writes the rows out."""

import argparse
import sys
from pathlib import Path

from bridge.cli.arguments import Commands, add_command, add_group
from bridge.cli.running import installation, wiring


def add(commands: Commands) -> None:
    group = add_group(commands, "audit", "Prove who did what and why.")
    summary = "Walk a tenant's hash chains; exit 1 and the first bad row when one is broken."
    add_command(group, "verify", summary, verify).add_argument("tenant", metavar="TENANT")
    export_parser = add_command(group, "export", "Write a tenant's audit as JSON lines.", export)
    export_parser.add_argument("tenant", metavar="TENANT")
    export_parser.add_argument("--out", type=Path, metavar="FILE", help="(default: standard output)")


def verify(args: argparse.Namespace) -> int:
    bad = wiring().audit_verify(installation(args), args.tenant)
    if bad is None:
        print(f"ok: every row of {args.tenant} is as it was written")
        return 0
    print(f"{args.tenant}: stream {bad.stream}, row {bad.n}: {bad.why}")
    return 1


def export(args: argparse.Namespace) -> int:
    read = installation(args)
    if args.out is None:
        wiring().audit_export(read, args.tenant, sys.stdout)
    else:
        with args.out.open("w", encoding="utf-8") as out:
            wiring().audit_export(read, args.tenant, out)
    return 0
